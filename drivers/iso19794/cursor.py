"""Reads the fields of a record one after the other and refuses to read past its end.

All numbers are big endian. Nothing is copied or reserved before its length has been checked.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TypeVar

AnyEnum = TypeVar("AnyEnum", bound=enum.IntEnum)


class BadRecord(ValueError):
    """The bytes are not a record of the kind expected, or a picture in it is not what it says."""


class CannotDecode(BadRecord):
    """The record is sound, but its picture is compressed in a way that cannot be decoded here."""


class Cursor:
    """A place in `data` that only moves forward."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes; `BadRecord` naming `what` when there are not so many."""
        if size > self.left:
            raise BadRecord(f"{what} needs {size} bytes, {self.left} are left")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int, what: str) -> int:
        """The next unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size, what), "big")

    def part(self, size: int, what: str) -> Cursor:
        """A cursor over the next `size` bytes alone."""
        return Cursor(self.take(size, what))

    def finish(self, what: str) -> None:
        """`BadRecord` when `what` has bytes left over."""
        if self.left:
            raise BadRecord(f"{self.left} bytes too many in {what}")


UNKNOWN_TIME = b"\xff" * 9


def read_time(data: bytes) -> datetime | None:
    """The nine bytes of a capture time: year (2), month, day, hour, minute, second, milliseconds (2).

    None for "unknown" and for what is no date: devices in the field count months wrongly.
    """
    year, milliseconds = int.from_bytes(data[:2], "big"), int.from_bytes(data[7:], "big")
    month, day, hour, minute, second = data[2:7]
    try:
        return datetime(year, month, day, hour, minute, second, milliseconds * 1000)
    except ValueError:
        return None


def write_time(moment: datetime | None) -> bytes:
    """The nine bytes of `moment`, or of "unknown"."""
    if moment is None:
        return UNKNOWN_TIME
    fields = bytes([moment.month, moment.day, moment.hour, moment.minute, moment.second])
    return moment.year.to_bytes(2, "big") + fields + (moment.microsecond // 1000).to_bytes(2, "big")


def pack(*fields: tuple[int, int]) -> bytes:
    """Values with their sizes in bytes, one after the other; `BadRecord` when one does not fit."""
    try:
        return b"".join(value.to_bytes(size, "big") for value, size in fields)
    except OverflowError as error:
        raise BadRecord("a field is out of range") from error


def one_of(kind: type[AnyEnum], value: int, what: str) -> AnyEnum:
    """`value` as one of `kind`; `BadRecord` naming `what` when it is none."""
    try:
        return kind(value)
    except ValueError as error:
        raise BadRecord(f"{what} {value}") from error
