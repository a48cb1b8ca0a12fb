"""Frames of the SDT protocol (specs/id_reader_protocol.md §2).

Request ``AA AA AA 96 69 | Len | CMD PARA data | CHK``, answer ``AA AA AA 96 69 | Len | SW1 SW2 SW3 data |
CHK``; Len (big endian) counts what follows it with CHK, CHK is the XOR of everything from Len on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

PREAMBLE = bytes.fromhex("AA AA AA 96 69")
SHORTEST_LENGTH = 4
"""Len of an answer without data: SW1 SW2 SW3 CHK."""
LONGEST_LENGTH = 0x090A
"""Len of the longest answer, text + photo + fingerprint."""
HEAD_SIZE = len(PREAMBLE) + 5
"""Preamble, Len and SW1-SW3: what may be logged of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A well-formed answer: its SW3 and its data."""

    status: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A whole frame whose checksum is wrong."""

    length: int


def checksum(data: bytes) -> int:
    """XOR of all bytes."""
    return reduce(xor, data, 0)


def encode(body: bytes) -> bytes:
    """The frame around `body` (CMD PARA data, or SW1 SW2 SW3 data)."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes([checksum(counted)])


def encode_answer(status: int, data: bytes = b"") -> bytes:
    """The frame a reader answers with."""
    return encode(bytes([0, 0, status]) + data)


class Assembler:
    """Finds answers in a byte stream with noise in it. Inside a frame only its length counts."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.dropped = 0
        """Bytes since the last `reset` that belonged to no frame."""

    @property
    def begun(self) -> bool:
        """True while a frame, or what may become one, is incomplete."""
        return bool(self._buffer)

    @property
    def half(self) -> bool:
        """True when the head of a frame is there and its end is not."""
        return len(self._buffer) >= len(PREAMBLE) + 2 and self._buffer.startswith(PREAMBLE)

    @property
    def heard(self) -> bool:
        """True when anything at all came since the last `reset`."""
        return bool(self._buffer) or self.dropped > 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        self._buffer += data

    def reset(self) -> None:
        """Forget everything."""
        self._buffer.clear()
        self.dropped = 0

    def take(self) -> Answer | Damaged | None:
        """The next whole frame, or None when more bytes are needed."""
        while self._align():
            length = int.from_bytes(self._buffer[len(PREAMBLE) : len(PREAMBLE) + 2], "big")
            if not SHORTEST_LENGTH <= length <= LONGEST_LENGTH:
                self._drop(1)
                continue
            size = len(PREAMBLE) + 2 + length
            if len(self._buffer) < size:
                return None
            counted = bytes(self._buffer[len(PREAMBLE) : size])
            del self._buffer[:size]
            if checksum(counted) != 0:
                return Damaged(length)
            return Answer(counted[4], counted[5:-1])
        return None

    def _align(self) -> bool:
        """Bring the preamble to the front; True when the length is there too."""
        start = self._buffer.find(PREAMBLE)
        if start < 0:
            start = len(self._buffer) - _overlap(self._buffer)
        self._drop(start)
        return len(self._buffer) >= len(PREAMBLE) + 2

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self.dropped += count


def _overlap(data: bytearray) -> int:
    """How many bytes at the end of `data` may begin a preamble."""
    longest = min(len(data), len(PREAMBLE) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(PREAMBLE[:size])), 0)
