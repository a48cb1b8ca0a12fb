"""SDT frames in the HID reports of one family of readers (spec §1).

    flag(1) SRN(2, zero) LEN(2) CMD or RESULT(1) frame… SUM(2)

little endian; LEN counts CMD or RESULT and the frame, SUM adds up the bytes from LEN to the end of the frame.
Flags and CMD differ between makers, so they are settings.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.card.frame import LONGEST_LENGTH, PREAMBLE, checksum
from drivers.link.pipe import Pipe

HEAD = 6
SUM = 2
_LONGEST = 1 + len(PREAMBLE) + 2 + LONGEST_LENGTH
_MASK = 0xFFFF
_CHECK_OF_GOOD = checksum(PREAMBLE)
"""XOR of a whole frame whose own checksum holds: that of what it does not cover."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a maker puts at the head of his reports."""

    request: int
    response: int
    command: int


def wrap(flag: int, code: int, frame: bytes) -> bytes:
    """The message that carries `frame`; `code` is CMD of a request, RESULT of a response."""
    counted = (1 + len(frame)).to_bytes(2, "little") + bytes([code]) + frame
    return bytes([flag, 0, 0]) + counted + (sum(counted) & _MASK).to_bytes(2, "little")


class WrappingPipe:
    """A `Pipe` of SDT frames over a `Pipe` of reports. A whole frame must be given to `send` at once."""

    def __init__(self, reports: Pipe, marks: Marks) -> None:
        self._reports = reports
        self._marks = marks
        self._left = 0
        """Bytes of frame and SUM that are still to come."""
        self._sum = 0
        self._check = 0
        """XOR of the frame so far."""
        self._kept = b""
        """The newest bytes: the end of the frame and of the sum, while either is incomplete."""

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._reports.address

    def send(self, data: bytes) -> None:
        """Write one whole frame."""
        self._forget()
        self._reports.send(wrap(self._marks.request, self._marks.command, data))

    def receive(self, seconds: float) -> bytes:
        """The part of a frame that came in the next report; empty when none came within `seconds`.

        What is no message is handed on as it is; whoever looks for frames finds those that are whole.
        """
        report = self._reports.receive(seconds)
        if not report or self._left:
            return self._take(report)
        length = int.from_bytes(report[3:5], "little")
        begins = len(report) >= HEAD and report[0] == self._marks.response and 1 < length <= _LONGEST
        if not begins or report[HEAD - 1] != 0:
            return report
        self._left = length - 1 + SUM
        self._sum = sum(report[3:HEAD])
        self._check = 0
        self._kept = b""
        return self._take(report[HEAD:])

    def purge(self) -> None:
        """Forget what has come."""
        self._forget()
        self._reports.purge()

    def check(self) -> None:
        """Raise `Missing` when the device has gone."""
        self._reports.check()

    def set_rate(self, rate: int) -> None:
        """HID has no rate."""

    def close(self) -> None:
        """Release the device. Safe twice; never raises."""
        self._reports.close()

    def _take(self, piece: bytes) -> bytes:
        """The frame's part of `piece`; its last byte is spoilt when the sum is wrong.

        Then the frame's own checksum fails too, so that it is asked for again at once.
        """
        piece = self._kept + piece[: self._left]
        self._left -= len(piece) - len(self._kept)
        # The last byte of the frame waits for the sum, wherever the end of a report cuts it.
        own = len(piece) - (max(0, SUM + 1 - self._left) if self._left else SUM)
        part, self._kept = piece[:own], piece[own:]
        self._sum += sum(part)
        self._check ^= checksum(part)
        if self._left or not part:
            return part
        wrong = (self._sum & _MASK).to_bytes(2, "little") != self._kept
        self._kept = b""
        if wrong and self._check == _CHECK_OF_GOOD:
            return part[:-1] + bytes([part[-1] ^ 0xFF])
        return part

    def _forget(self) -> None:
        self._left = 0
        self._kept = b""
