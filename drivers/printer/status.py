"""The real-time status of an ESC/POS printer: DLE EOT n, one byte each (Epson ESC/POS reference)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from drivers.errors import DeviceError, Fault, Retry


class Status(enum.IntEnum):
    """The four questions."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


_FIXED_MASK, _FIXED = 0x93, 0x12
_FINISHED_MASK, _FINISHED = 0x90, 0x00
FINISHED_REQUEST = b"\x1dr\x01"
"""GS r 1: answered in the order of the print data, so its answer says that all before it was printed."""


def request(question: Status) -> bytes:
    """DLE EOT n."""
    return bytes([0x10, 0x04, question])


def is_status(byte: int) -> bool:
    """True for a byte with the fixed bits of an answer to DLE EOT."""
    return byte & _FIXED_MASK == _FIXED


def is_finished(byte: int) -> bool:
    """True for a byte with the fixed bits of an answer to GS r."""
    return byte & _FINISHED_MASK == _FINISHED


@dataclass(frozen=True, slots=True)
class Condition:
    """What the four answers say."""

    offline: bool = False
    cover_open: bool = False
    no_paper: bool = False
    paper_low: bool = False
    cutter: bool = False
    broken: bool = False

    @classmethod
    def of(cls, answers: dict[Status, int]) -> Condition:
        """From the answers to all questions."""
        printer, offline, error, paper = (answers[each] for each in Status)
        return cls(
            offline=bool(printer & 0x08),
            cover_open=bool(offline & 0x04),
            no_paper=bool(offline & 0x20 or paper & 0x60),
            paper_low=bool(paper & 0x0C),
            cutter=bool(error & 0x08),
            broken=bool(error & 0x60),
        )

    def encode(self) -> dict[Status, int]:
        """The four answers, as a printer gives them."""
        down = self.offline or self.cover_open or self.no_paper or self.cutter or self.broken
        return {
            Status.PRINTER: _FIXED | 0x08 * down,
            Status.OFFLINE: _FIXED
            | 0x04 * self.cover_open
            | 0x20 * self.no_paper
            | 0x40 * (self.cutter or self.broken),
            Status.ERROR: _FIXED | 0x08 * self.cutter | 0x20 * self.broken,
            Status.PAPER: _FIXED | 0x0C * (self.paper_low or self.no_paper) | 0x60 * self.no_paper,
        }

    def obstacle(self, device: str) -> DeviceError | None:
        """Why nothing can be printed now; None when it can."""
        if self.cover_open:
            return Retry("printer.cover_open", device)
        if self.no_paper:
            return Retry("printer.no_paper", device)
        if self.cutter:
            return Fault("printer.cutter", device)
        if self.broken:
            return Fault("printer.broken", device)
        if self.offline:
            return Fault("printer.offline", device)
        return None
