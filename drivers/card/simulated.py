"""Starts the simulated reader and plays the person before it: puts a card down, lifts it, pulls the cable.

The reader itself is a separate process (`drivers.card.simulator`); the driver "sdt" opens it by `address`
like any other.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault
from drivers.errors import Missing, TimedOut, Unsupported

READY_LIMIT_S = 5.0
COMMAND_LIMIT_S = 5.0
CLOSE_LIMIT_S = 3.0
_DEVICE = "simulated card reader"


def start_simulator(
    card: CardFile,
    *,
    inserted: bool = True,
    chip_ms: int = 800,
    fault: Fault | None = None,
    cut_after: int | None = None,
    rate: int = 115200,
) -> SimulatedReader:
    """A simulated reader with `card` on it, or beside it, ready within 5 s; close it after use.

    `chip_ms` is the time the chip takes to give its content, `cut_after` how many bytes still come when a
    fault breaks an answer off. Raises `TimedOut` or `Missing` when the process does not come up.
    """
    options = ["--chip-ms", str(chip_ms), "--rate", str(rate)]
    options += [] if inserted else ["--absent"]
    options += [] if fault is None else ["--fault", fault.value]
    options += [] if cut_after is None else ["--cut-after", str(cut_after)]
    return SimulatedReader(card, options)


class SimulatedReader:
    """The running simulator. `address` stays the same when it is unplugged and plugged in again."""

    def __init__(self, card: CardFile, options: list[str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="renzheng-reader-"))
        self._cards = 0
        command = [sys.executable, "-m", "drivers.card.simulator", "--card", str(self._store(card))]
        # The simulator deletes the folder too, for when this program is killed.
        command += ["--link", str(self._folder / "reader"), "--scratch", str(self._folder), *options]
        # Its own session: a Ctrl-C in the terminal must reach the program first, which then closes it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._heard = bytearray()
        try:
            self.address = str(self._hear(READY_LIMIT_S)["address"])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """Of the simulator's process."""
        return self._process.pid

    def insert(self, card: CardFile | None = None) -> None:
        """Put `card` on the reader, or the one that lay there last."""
        self._tell("insert" if card is None else f"insert {self._store(card)}")

    def remove(self) -> None:
        """Lift the card."""
        self._tell("remove")

    def unplug(self) -> None:
        """Pull the reader's cable: who has it open sees it vanish."""
        self._tell("unplug")

    def replug(self) -> None:
        """Plug the reader in again, at the same address."""
        self._tell("replug")

    def fault(self, fault: Fault | str, times: int = 0) -> None:
        """Give the reader a fault until `clear`, or for `times` requests that it concerns."""
        self._tell(f"fault {Fault(fault)} {times}")

    def clear(self) -> None:
        """Take all faults away."""
        self._tell("clear")

    def close(self) -> None:
        """End the process and remove its files. Safe twice; never raises."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(CLOSE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _store(self, card: CardFile) -> Path:
        self._cards += 1
        path = self._folder / f"card-{self._cards}.json"
        path.write_text(card.model_dump_json(), encoding="utf-8")
        return path

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            raise Missing("simulator.ended", _DEVICE)
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except OSError as error:
            raise Missing("simulator.ended", _DEVICE) from error
        said = self._hear(COMMAND_LIMIT_S)
        if "failed" in said:
            raise Unsupported("simulator.command_refused", _DEVICE, reason=said.get("reason", ""))

    def _hear(self, seconds: float) -> Mapping[str, object]:
        """The next JSON line of the process."""
        ends = time.monotonic() + seconds
        out = self._process.stdout
        if out is None or out.closed:
            raise Missing("simulator.ended", _DEVICE)
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                if not selector.select(max(0.0, ends - time.monotonic())):
                    raise TimedOut("simulator.not_ready", _DEVICE)
                piece = os.read(out.fileno(), 4096)
                if not piece:
                    raise Missing("simulator.ended", _DEVICE, exit_code=self._process.poll())
                self._heard += piece
        line, _, rest = bytes(self._heard).partition(b"\n")
        self._heard = bytearray(rest)
        said: Mapping[str, object] = json.loads(line)
        return said
