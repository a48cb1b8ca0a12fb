"""The process of a simulated device: bytes on its port and command lines on standard input, until the end.

One JSON line ``{"ready": true, "address": …}`` when it can be opened, then one for each command:
``unplug``, ``replug``, ``quit``, and whatever words the instrument knows (``insert``, ``fault NAME
[TIMES]`` …). Ends when standard input closes or its parent dies.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from typing import Protocol

from pydantic import ValidationError

from drivers.sim.port import Port
from drivers.sim.wire import Piece

PARENT_CHECK_S = 1.0
"""How often to look whether the parent still lives."""
_STDIN = 0


class Instrument(Protocol):
    """What a simulated device does; knows no port and no clock."""

    @property
    def rate(self) -> int | None:
        """Bits a second of its line now; None where the line has no rate."""

    @property
    def words(self) -> tuple[str, ...]:
        """The commands it obeys."""

    def plugged(self) -> Iterable[Piece]:
        """It was plugged in or powered up: forget half-heard requests; what it says by itself."""

    def hear(self, data: bytes) -> Iterable[Piece]:
        """What comes back for `data` from the host, each piece at its time from now.

        Pieces cannot be taken back; a long stream is sent one piece at a time, by the `then` of each.
        """

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out a command; what it says by itself. `ValueError` with the reason when it cannot."""


def play(instrument: Instrument, port: Port, parent: int) -> None:
    """Serve `instrument` at `port` until standard input closes, ``quit``, or the process `parent` is gone.

    Ask for the parent's id before anyone can hear that the simulator is ready.
    """
    signal.signal(signal.SIGTERM, _stop)
    player = _Player(instrument, port)
    try:
        player.say(instrument.plugged())
        _tell(ready=True, address=port.address)
        player.run(parent)
    finally:
        port.unplug()


class _Player:
    def __init__(self, instrument: Instrument, port: Port) -> None:
        self._instrument = instrument
        self._port = port
        self._lines = bytearray()
        self._due: list[tuple[float, int, Piece]] = []
        self._count = 0

    def say(self, pieces: Iterable[Piece]) -> None:
        now = time.monotonic()
        for piece in pieces:
            self._count += 1
            self._due.append((now + piece.after_s, self._count, piece))
        self._due.sort(key=lambda each: each[:2])

    def run(self, parent: int) -> None:
        while os.getppid() == parent:
            watched = self._port.descriptors() if self._port.plugged else ()
            ready, _, _ = select.select([_STDIN, *watched], [], [], self._idle_seconds())
            if _STDIN in ready and not self._take_commands():
                return
            if self._port.plugged and any(each in ready for each in watched):
                self._hear()
            self._work()

    def _idle_seconds(self) -> float:
        if not self._due:
            return PARENT_CHECK_S
        return min(PARENT_CHECK_S, max(0.0, self._due[0][0] - time.monotonic()))

    def _hear(self) -> None:
        data = self._port.read()
        rate = self._instrument.rate
        # At another rate a real device sees framing errors and stays silent.
        if data and (rate is None or self._port.host_talks_at(rate)):
            self.say(self._instrument.hear(data))

    def _work(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            piece = self._due.pop(0)[2]
            if self._port.plugged and piece.data:
                self._port.write(piece.data)
            if piece.then:
                self._carry_out(piece.then, "")

    def _take_commands(self) -> bool:
        """Carry out the lines that came; False when there will be no more."""
        data = os.read(_STDIN, 4096)
        self._lines += data
        *lines, rest = self._lines.split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            word, _, argument = line.decode().strip().partition(" ")
            if word == "quit":
                return False
            if word:
                self._obey(word, argument.strip())
        return bool(data)

    def _obey(self, word: str, argument: str) -> None:
        try:
            self._carry_out(word, argument)
        except (ValueError, OSError) as error:
            # A validation error would quote what was to be simulated.
            reason = type(error).__name__ if isinstance(error, ValidationError) else str(error)
            _tell(failed=word, reason=reason)
        else:
            _tell(done=word, address=self._port.address, plugged=self._port.plugged)

    def _carry_out(self, word: str, argument: str) -> None:
        if word == "unplug":
            self._due.clear()
            self._port.unplug()
        elif word == "replug":
            if not self._port.plugged:
                self._port.plug()
                self.say(self._instrument.plugged())
        elif word in self._instrument.words:
            self.say(self._instrument.obey(word, argument))
        else:
            raise ValueError(f"known: {', '.join((*self._instrument.words, 'unplug', 'replug', 'quit'))}")


def _tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _stop(signal_number: int, frame: object) -> None:
    sys.exit(0)
