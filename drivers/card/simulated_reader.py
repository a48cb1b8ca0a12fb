"""The simulated reader as an instrument of `drivers.sim.play`: hears requests, answers after the chip's time.

Knows no port. The answer is made when the chip has done, so that a card lifted meanwhile was not read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from drivers.card import faults, simulated_wire
from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault
from drivers.card.frame import PREAMBLE, encode
from drivers.card.simulated_module import READ_REQUESTS, SimulatedModule
from drivers.sim import wire
from drivers.sim.wire import Piece

OTHER_REQUESTS_SHARE = 0.05
"""Time the chip takes for anything but reading, as a share of the time for reading."""

WORDS = ("insert", "remove", "fault", "clear", "answer")
"""``insert [FILE]``, ``remove``, ``fault NAME [TIMES]``, ``clear``; ``answer`` is its own note to itself."""

_HEAD = len(PREAMBLE) + 2
_LONGEST_LENGTH = 64
_UNREADABLE = encode(b"")
"""Stands for a request whose length cannot be: the module answers it as one of wrong length."""


class SimulatedReaderInstrument:
    """One reader on a line that is `paced` or not."""

    def __init__(
        self, module: SimulatedModule, chip_s: float, cut_after: int | None = None, paced: bool = True
    ) -> None:
        self._module = module
        self._chip_s = chip_s
        self._cut_after = cut_after
        self._paced = paced
        self._inbox = bytearray()
        self._request: tuple[float, bytes] | None = None
        self._times: dict[Fault, int] = {}

    @property
    def rate(self) -> int | None:
        """Bits a second of its line now."""
        return self._module.rate if self._paced else None

    @property
    def words(self) -> tuple[str, ...]:
        """The commands it obeys."""
        return WORDS

    def plugged(self) -> Iterable[Piece]:
        """Forget half-heard requests; it says nothing by itself."""
        self._inbox.clear()
        self._request = None
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """A whole request is answered when the line and the chip have taken their time; a newer one wins."""
        self._inbox += data
        request = self._next_request()
        if request is None:
            return ()
        chip_s = self._chip_s * (1.0 if _is_reading(request) else OTHER_REQUESTS_SHARE)
        after_s = wire.seconds(len(request), self.rate) + chip_s
        self._request = (time.monotonic() + after_s, request)
        return [Piece(after_s, b"", "answer")]

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out one of `WORDS`. `ValueError` or `OSError` when it cannot."""
        match word:
            case "insert":
                self._module.insert(load(Path(argument)) if argument else None)
            case "remove":
                self._module.remove()
            case "fault":
                name, _, times = argument.partition(" ")
                self.break_down(Fault(name), int(times or 0))
            case "clear":
                self._module.faults.clear()
                self._times.clear()
            case "answer":
                return self._answer()
        return ()

    def break_down(self, fault: Fault, times: int = 0) -> None:
        """Have `fault` from now on, or for the next `times` requests that it concerns."""
        self._module.faults.add(fault)
        self._times.pop(fault, None)
        if times:
            self._times[fault] = times

    def _next_request(self) -> bytes | None:
        start = self._inbox.find(PREAMBLE)
        if start < 0:
            del self._inbox[: -len(PREAMBLE) + 1]
            return None
        del self._inbox[:start]
        if len(self._inbox) < _HEAD:
            return None
        length = int.from_bytes(self._inbox[len(PREAMBLE) : _HEAD], "big")
        if not 0 < length <= _LONGEST_LENGTH:
            self._inbox.clear()
            return _UNREADABLE
        if len(self._inbox) < _HEAD + length:
            return None
        request = bytes(self._inbox[: _HEAD + length])
        del self._inbox[: _HEAD + length]
        return request

    def _answer(self) -> Iterable[Piece]:
        # A note left by a request that a newer one has replaced comes too early, or finds nothing to do.
        if self._request is None or self._request[0] > time.monotonic():
            return ()
        request, self._request = self._request[1], None
        concerned = {fault for fault in self._module.faults if faults.concerns(fault, request[_HEAD:-1])}
        self._count(concerned)
        if Fault.SILENCE in concerned or Fault.MUTE_READ in concerned:
            return ()
        rate = self.rate
        return simulated_wire.pieces(
            self._module.answer(request, concerned), rate, concerned, self._cut_after
        )

    def _count(self, concerned: set[Fault]) -> None:
        for fault in concerned & self._times.keys():
            self._times[fault] -= 1
            if not self._times[fault]:
                del self._times[fault]
                self._module.faults.discard(fault)


def load(path: Path) -> CardFile:
    """The card in a JSON file. Raises `OSError` or pydantic's `ValidationError`."""
    return CardFile.model_validate_json(path.read_bytes())


def _is_reading(request: bytes) -> bool:
    return request[_HEAD:-1] in READ_REQUESTS
