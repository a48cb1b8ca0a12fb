"""Starts the simulated reader and plays the person before it: puts a card down, lifts it, pulls the cable.

The reader itself is a separate process (`drivers.card.simulator`); the driver "sdt" opens it by `address`
like any other.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault
from drivers.sim.handle import Simulated


def start_simulator(
    card: CardFile,
    *,
    inserted: bool = True,
    chip_ms: int = 800,
    fault: Fault | None = None,
    cut_after: int | None = None,
    rate: int = 115200,
    tcp: bool = False,
) -> SimulatedReader:
    """A simulated reader with `card` on it, or beside it, ready soon; close it after use.

    `chip_ms` is the time the chip takes to give its content, `cut_after` how many bytes still come when a
    fault breaks an answer off; with `tcp` it is behind a network port instead of on a serial line. Raises
    `TimedOut` or `Missing` when the process does not come up.
    """
    options = ["--chip-ms", str(chip_ms), "--rate", str(rate)]
    options += [] if inserted else ["--absent"]
    options += [] if fault is None else ["--fault", fault.value]
    options += [] if cut_after is None else ["--cut-after", str(cut_after)]
    options += ["--tcp"] if tcp else ["--link", "{folder}/reader"]
    return SimulatedReader(card, options)


class SimulatedReader(Simulated):
    """The running simulator. `address` stays the same when it is unplugged and plugged in again."""

    def __init__(self, card: CardFile, options: list[str]) -> None:
        self._cards_folder = Path(tempfile.mkdtemp(prefix="renzheng-cards-"))
        self._cards = 0
        stored = str(self._store(card))
        # The simulator deletes the folders too, for when this program is killed.
        scratch = ["--scratch", "{folder}", "--scratch", str(self._cards_folder)]
        super().__init__("drivers.card.simulator", ["--card", stored, *scratch, *options])

    def insert(self, card: CardFile | None = None) -> None:
        """Put `card` on the reader, or the one that lay there last."""
        self.tell("insert" if card is None else f"insert {self._store(card)}")

    def remove(self) -> None:
        """Lift the card."""
        self.tell("remove")

    def fault(self, name: Fault | str, times: int = 0) -> None:
        """Give the reader a fault until `clear`, or for `times` requests that it concerns."""
        super().fault(Fault(name), times)

    def close(self) -> None:
        """End the process and remove its files. Safe twice; never raises."""
        super().close()
        shutil.rmtree(self._cards_folder, ignore_errors=True)

    def _store(self, card: CardFile) -> Path:
        self._cards += 1
        path = self._cards_folder / f"card-{self._cards}.json"
        path.write_text(card.model_dump_json(), encoding="utf-8")
        return path
