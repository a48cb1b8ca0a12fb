"""SDT frames in the HID reports of one family of readers (spec §1).

    flag(1) SRN(2, zero) LEN(2) CMD or RESULT(1) frame… SUM(2)

little endian; LEN counts CMD or RESULT and the frame, SUM adds up the bytes from LEN to the end of the frame.
Flags and CMD differ between makers, so they are settings.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.link.pipe import Pipe

HEAD = 6
SUM = 2
_LONGEST = 1 + 5 + 2 + 0x090A
_MASK = 0xFFFF


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
        self._kept = b""
        """The newest bytes, at most SUM of them may be the sum itself."""

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

        What is no message is handed on as it is: noise to whoever looks for frames.
        """
        report = self._reports.receive(seconds)
        if not report or self._left:
            return self._take(report)
        length = int.from_bytes(report[3:5], "little")
        begins = report[0] == self._marks.response and 1 < length <= _LONGEST
        if not begins or report[5] != 0:
            return report
        self._left = length - 1 + SUM
        self._sum = sum(report[3:HEAD])
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
        """The frame's part of `piece`; the last is spoilt when the sum is wrong.

        Then the frame's own checksum fails too, so that it is asked for again at once.
        """
        piece = self._kept + piece[: self._left]
        self._left -= len(piece) - len(self._kept)
        if self._left > 0:
            # A sum cut in two by the end of a report must not be taken for data.
            keep = max(0, SUM - self._left)
            part, self._kept = (
                (piece[: len(piece) - keep], piece[len(piece) - keep :]) if keep else (piece, b"")
            )
            self._sum += sum(part)
            return part
        part, said = piece[:-SUM], piece[-SUM:]
        self._kept = b""
        self._sum += sum(part)
        if (self._sum & _MASK).to_bytes(2, "little") == said or not part:
            return part
        return part[:-1] + bytes([part[-1] ^ 0xFF])

    def _forget(self) -> None:
        self._left = 0
        self._sum = 0
        self._kept = b""
