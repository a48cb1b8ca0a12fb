"""Starts a simulated e-document, and plays the person who puts it down and lifts it.

with SimulatedPassport(person) as passport:
    reader = open_device("emrtd", passport.address, {"signers": passport.signers})
with PrivatePcscd() as pcscd, SimulatedPassport(person, pcscd.port) as passport:
    reader = open_device("emrtd", "pcsc:", {"signers": passport.signers})
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from drivers.document.documentfile import DocumentFile
from drivers.sim.handle import Simulated


class SimulatedPassport(Simulated):
    """A running simulator with a document of `person`."""

    def __init__(self, person: DocumentFile, port: int | None = None, options: Sequence[str] = ()) -> None:
        """On the virtual reader at `port`, or on its own; `options` of `drivers.document.simulator`."""
        self._virtual = port is not None
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(person.model_dump_json())
            file.flush()
            arguments = ["--document", file.name, "--signers", "{folder}/signers"]
            arguments += [] if port is None else ["--port", str(port)]
            super().__init__("drivers.document.simulator", [*arguments, *options])

    @property
    def signers(self) -> Path:
        """Folder with the country signers of its documents."""
        return self.folder / "signers"

    def insert(self, person: DocumentFile | None = None) -> None:
        """Put the document down, or another one."""
        if person is not None:
            file = self.folder / "document.json"
            file.write_text(person.model_dump_json(), encoding="utf-8")
            self.remove()
            self.tell(f"document {file}")
        self.tell("replug" if self._virtual else "insert")

    def remove(self) -> None:
        """Lift it."""
        self.tell("unplug" if self._virtual else "remove")
