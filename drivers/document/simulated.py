"""Starts a simulated e-document on a virtual reader, and plays the person who puts it down and lifts it.

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

    def __init__(self, person: DocumentFile, port: int, options: Sequence[str] = ()) -> None:
        """`port` of the virtual reader; further `options` of `drivers.document.simulator`."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(person.model_dump_json())
            file.flush()
            arguments = ["--document", file.name, "--port", str(port), "--signers", "{folder}/signers"]
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
            self.unplug()
            self.tell(f"document {file}")
        self.replug()

    def remove(self) -> None:
        """Lift it."""
        self.unplug()
