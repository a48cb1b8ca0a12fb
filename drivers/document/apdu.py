"""Commands to a chip and its answers (ISO/IEC 7816-4 §5): how they are written, and what the status says."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Self

SHORT = 256
"""Most bytes of an answer to a command with a one-byte length."""
LONG = 65536


class Sw(enum.IntEnum):
    """Status words of e-documents."""

    OK = 0x9000
    SHORTER = 0x6282
    """The file ended before as much was read."""
    AUTHENTICATION_FAILED = 0x6300
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS = 0x6982
    CONDITIONS = 0x6985
    NO_PROTECTION = 0x6987
    """Secure messaging expected, a part is missing."""
    WRONG_PROTECTION = 0x6988
    """Secure messaging is wrong: the session is over."""
    WRONG_DATA = 0x6A80
    NO_FUNCTION = 0x6A81
    NO_FILE = 0x6A82
    WRONG_PARAMETERS = 0x6A86
    NO_REFERENCE = 0x6A88
    WRONG_OFFSET = 0x6B00
    NO_INSTRUCTION = 0x6D00
    NO_CLASS = 0x6E00
    UNKNOWN = 0x6F00


class Ins(enum.IntEnum):
    """Instructions."""

    MANAGE_SECURITY = 0x22
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_FAR = 0xB1
    """With the offset as a data object, for files above 32 KiB."""
    GET_RESPONSE = 0xC0


PROTECTED = 0x0C
"""Bits of the class byte that say: secure messaging."""
CHAINED = 0x10
"""Bit of the class byte that says: more of this is to come."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a chip."""

    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = field(default=b"", repr=False)
    expected: int | None = None
    """Bytes of answer wanted at most; None when there are none."""
    cla: int = 0

    @property
    def head(self) -> bytes:
        """Class, instruction and parameters."""
        return bytes([self.cla, self.ins, self.p1, self.p2])

    def encode(self) -> bytes:
        """The bytes, lengths in one byte where that is enough."""
        if len(self.data) < SHORT and (self.expected or 0) <= SHORT:
            given = bytes([len(self.data)]) + self.data if self.data else b""
            wanted = b"" if self.expected is None else bytes([self.expected % SHORT])
            return self.head + given + wanted
        given = len(self.data).to_bytes(2, "big") + self.data if self.data else b""
        wanted = b"" if self.expected is None else (self.expected % LONG).to_bytes(2, "big")
        return self.head + b"\0" + given + wanted

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The command that bytes write out. `ValueError` when they write none."""
        if len(data) < 4:
            raise ValueError("shorter than a head")
        head, body = data[:4], data[4:]
        long = len(body) > 1 and body[0] == 0
        size = 2 if long else 1
        body = body[1:] if long else body
        given, wanted = b"", body
        if len(body) > size:
            length = int.from_bytes(body[:size], "big")
            given, wanted = body[size : size + length], body[size + length :]
            if len(given) != length:
                raise ValueError("data cut off")
        if len(wanted) not in (0, size):
            raise ValueError("lengths do not agree")
        most = LONG if long else SHORT
        expected = (int.from_bytes(wanted, "big") or most) if wanted else None
        return cls(head[1], head[2], head[3], given, expected, head[0])


@dataclass(frozen=True, slots=True)
class Response:
    """What a chip answers."""

    data: bytes = field(repr=False)
    sw: int

    @property
    def ok(self) -> bool:
        """True for the status 9000."""
        return self.sw == Sw.OK

    def encode(self) -> bytes:
        """The bytes."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The answer that bytes write out. `ValueError` when there is not even a status."""
        if len(data) < 2:
            raise ValueError("no status")
        return cls(data[:-2], int.from_bytes(data[-2:], "big"))


def select_application(name: bytes) -> Command:
    """Select an application by its name, no answer wanted."""
    return Command(Ins.SELECT, 0x04, 0x0C, name)


def select_file(number: int) -> Command:
    """Select a file of the application, no answer wanted."""
    return Command(Ins.SELECT, 0x02, 0x0C, number.to_bytes(2, "big"))
