"""Frames of the openly documented PIN-pad protocol ``pin-pad``.

``02 | length (2, big endian) | sequence | command or status | body | CRC-16 (2)``; length counts from the
sequence to the end of the body, the CRC (CCITT, start FFFF) covers length to body. An answer bears the
sequence of its request. Makers' own protocols are closed: this one is the template that a maker fills in.
"""

from __future__ import annotations

import binascii
import enum
from dataclasses import dataclass, field

START = 0x02
HEAD_SIZE = 5
"""Start, length, sequence, command: what may be logged."""
_SHORTEST, _LONGEST = 2, 512
_UNIT = "\x1f"


class Command(enum.IntEnum):
    """What the terminal asks."""

    IDENTIFY = 0x01
    """Answer: maker, model, serial number, firmware, separated by 1F."""
    STATE = 0x02
    """Answer: OK, NO_KEY or TAMPERED."""
    ENTER = 0x10
    """Begin an entry: see `Entry`. Answer: ENTERING at once, the outcome later under the same sequence."""
    CANCEL = 0x11
    """End the entry. Answer: OK; the entry itself ends in CANCELLED."""


class Reply(enum.IntEnum):
    """How the pad answers."""

    OK = 0x80
    ENTERING = 0x81
    """The entry has begun; sent again at each key, with the number of digits so far."""
    BLOCK = 0x82
    """The entry has ended: see `Block`."""
    CANCELLED = 0x90
    TOO_SHORT = 0x91
    TIME_IS_UP = 0x92
    NO_KEY = 0xA0
    TAMPERED = 0xA1
    UNKNOWN_COMMAND = 0xA2
    DAMAGED = 0xA3
    """The request arrived with a wrong CRC."""
    BUSY = 0xA4
    """An entry is under way."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A well-formed frame."""

    sequence: int
    code: int
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A whole frame with a wrong CRC."""


def crc(data: bytes) -> bytes:
    """CRC-16 CCITT, start FFFF, big endian."""
    return binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "big")


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    counted = bytes([frame.sequence, frame.code]) + frame.body
    covered = len(counted).to_bytes(2, "big") + counted
    return bytes([START]) + covered + crc(covered)


class Assembler:
    """Finds frames in a byte stream with noise in it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.dropped = 0
        """Bytes since the last `reset` that belonged to no frame."""

    @property
    def begun(self) -> bool:
        """True while a frame, or what may become one, is incomplete."""
        return bool(self._buffer)

    def reset(self) -> None:
        """Forget everything."""
        self._buffer.clear()
        self.dropped = 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        self._buffer += data

    def take(self) -> Frame | Damaged | None:
        """The next whole frame, or None when more bytes are needed."""
        while self._buffer:
            start = self._buffer.find(START)
            self._drop(len(self._buffer) if start < 0 else start)
            if len(self._buffer) < 3:
                return None
            length = int.from_bytes(self._buffer[1:3], "big")
            if not _SHORTEST <= length <= _LONGEST:
                self._drop(1)
                continue
            size = 3 + length + 2
            if len(self._buffer) < size:
                return None
            whole = bytes(self._buffer[:size])
            if crc(whole[1:-2]) != whole[-2:]:
                self._drop(1)
                return Damaged()
            del self._buffer[:size]
            return Frame(whole[3], whole[4], whole[5:-2])
        return None

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self.dropped += count


@dataclass(frozen=True, slots=True)
class Entry:
    """The body of ENTER: seconds (2), fewest and most digits (1 each), block format (1), account number."""

    seconds: int
    fewest: int
    most: int
    format: int
    """4 for ISO 9564-1 format 4 (AES), 0 for format 0 (TDEA)."""
    account: str = field(repr=False)

    def encode(self) -> bytes:
        """The bytes."""
        head = self.seconds.to_bytes(2, "big") + bytes([self.fewest, self.most, self.format])
        return head + self.account.encode("ascii")

    @classmethod
    def decode(cls, body: bytes) -> Entry:
        """From the bytes. `ValueError` when they are none."""
        account = body[5:].decode("ascii")
        if len(body) < 5 or not account.isdigit():
            raise ValueError("not an entry")
        return cls(int.from_bytes(body[:2], "big"), body[2], body[3], body[4], account)


@dataclass(frozen=True, slots=True)
class Block:
    """The body of BLOCK: format (1), digits entered (1), length and key serial, length and block."""

    format: int
    digits: int
    key_serial: bytes = field(repr=False)
    data: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The bytes."""
        parts = b"".join(bytes([len(part)]) + part for part in (self.key_serial, self.data))
        return bytes([self.format, self.digits]) + parts

    @classmethod
    def decode(cls, body: bytes) -> Block:
        """From the bytes. `ValueError` when they are none."""
        if len(body) < 4:
            raise ValueError("a block is longer")
        serial_end = 3 + body[2]
        serial, rest = body[3:serial_end], body[serial_end:]
        if len(serial) != body[2] or not rest or len(rest) != 1 + rest[0]:
            raise ValueError("the lengths in the block do not fit")
        return cls(body[0], body[1], serial, rest[1:])


def names(body: bytes) -> list[str]:
    """Maker, model, serial number and firmware of an IDENTIFY answer, as far as they are there."""
    text = body.decode("ascii", "replace")
    shown = "".join(each for each in text if each.isprintable() or each == _UNIT)
    return [*shown.split(_UNIT), "", "", "", ""][:4]


def encode_names(*parts: str) -> bytes:
    """The body of an IDENTIFY answer."""
    return _UNIT.join(parts).encode("ascii")
