"""Finger minutiae records of ISO/IEC 19794-2:2005 (``FMR  20``), the record format: reading and writing.

Strict: every length must be the true one. Only zeros may follow it: some devices fill up a fixed size.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.capture import Finger
from drivers.iso19794.cursor import BadRecord, Cursor, one_of, pack

MAGIC = b"FMR\x00 20\x00"
HEADER_SIZE = 24
VIEW_SIZE = 4
MINUTIA_SIZE = 6
MOST_BYTES = 1 << 20
MOST_MINUTIAE = 255
MOST_COORDINATE = 0x3FFF
MOST_QUALITY = 100
LIVE_PLAIN = 0
"""Impression type of a finger laid flat on a sensor."""


class Ridge(enum.IntEnum):
    """What a ridge does at a minutia."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


class Minutia(NamedTuple):
    """One minutia as the record has it."""

    kind: Ridge
    x: int
    """Pixels from the left."""
    y: int
    """Pixels from the top."""
    angle: int
    """0 to 255: steps of 360/256 degrees, counter-clockwise from the x axis."""
    quality: int
    """1 to 100; 0 when it is not reported."""


@dataclass(frozen=True, slots=True)
class FingerView:
    """One impression of one finger. `repr` shows no minutiae."""

    finger: Finger
    minutiae: tuple[Minutia, ...] = field(repr=False)
    quality: int = 0
    """0 to 100."""
    impression: int = LIVE_PLAIN
    number: int = 0
    """Counts the views of one finger."""
    extended: bytes = field(default=b"", repr=False)
    """Extended data (ridge counts, cores and deltas, the maker's own) as stored."""


@dataclass(frozen=True, slots=True)
class MinutiaeRecord:
    """Minutiae of one or more impressions, all of one picture size."""

    width: int
    height: int
    views: tuple[FingerView, ...]
    per_cm: tuple[int, int] = (197, 197)
    """Pixels per centimetre across and down; 197 is 500 per inch."""
    equipment: int = 0
    """Certification (4 bits) and identifier (12 bits) of the capture equipment."""


def decode(data: bytes) -> MinutiaeRecord:
    """The record in `data`, with one view at least; `BadRecord` when it is none."""
    if len(data) > MOST_BYTES:
        raise BadRecord(f"{len(data)} bytes")
    whole = Cursor(data)
    if whole.take(len(MAGIC), "head") != MAGIC:
        raise BadRecord("not a minutiae record of 2005")
    length = whole.number(4, "length")
    if not HEADER_SIZE <= length <= len(data) or data[length:].strip(b"\0"):
        raise BadRecord(f"the record says {length} of {len(data)} bytes")
    cursor = Cursor(data[:length])
    cursor.take(len(MAGIC) + 4, "head")
    equipment = cursor.number(2, "equipment")
    width, height = cursor.number(2, "width"), cursor.number(2, "height")
    per_cm = cursor.number(2, "resolution"), cursor.number(2, "resolution")
    if not all((width, height, *per_cm)):
        raise BadRecord(f"{width} × {height} pixels, {per_cm} per cm")
    count = cursor.number(1, "number of views")
    if not count or cursor.number(1, "reserved byte"):
        raise BadRecord(f"{count} views, or a reserved byte that is not zero")
    views = tuple(_read_view(cursor) for _ in range(count))
    cursor.finish("record")
    return MinutiaeRecord(width, height, views, per_cm, equipment)


def encode(record: MinutiaeRecord) -> bytes:
    """The bytes of a record. `BadRecord` when something in it does not fit."""
    views = b"".join(_write_view(view) for view in record.views)
    if not record.views or not all((record.width, record.height, *record.per_cm)):
        raise BadRecord("no view, no size or no resolution")
    size = ((record.width, 2), (record.height, 2), *((each, 2) for each in record.per_cm))
    length = HEADER_SIZE + len(views)
    return MAGIC + pack((length, 4), (record.equipment, 2), *size, (len(record.views), 1), (0, 1)) + views


def _read_view(cursor: Cursor) -> FingerView:
    finger = one_of(Finger, cursor.number(1, "finger"), "finger")
    number, impression = divmod(cursor.number(1, "impression"), 16)
    quality = cursor.number(1, "quality")
    if quality > MOST_QUALITY:
        raise BadRecord(f"finger quality {quality}")
    minutiae = tuple(_read_minutia(cursor) for _ in range(cursor.number(1, "number of minutiae")))
    extended = cursor.take(cursor.number(2, "extended data"), "extended data")
    return FingerView(finger, minutiae, quality, impression, number, extended)


def _read_minutia(cursor: Cursor) -> Minutia:
    kind, x = divmod(cursor.number(2, "minutia"), MOST_COORDINATE + 1)
    reserved, y = divmod(cursor.number(2, "minutia"), MOST_COORDINATE + 1)
    if reserved:
        raise BadRecord("reserved bits of a minutia are set")
    angle, quality = cursor.number(1, "minutia"), cursor.number(1, "minutia")
    if quality > MOST_QUALITY:
        raise BadRecord(f"minutia quality {quality}")
    return Minutia(one_of(Ridge, kind, "kind of minutia"), x, y, angle, quality)


def _write_view(view: FingerView) -> bytes:
    if len(view.minutiae) > MOST_MINUTIAE or not 0 <= view.quality <= MOST_QUALITY:
        raise BadRecord(f"{len(view.minutiae)} minutiae, quality {view.quality}")
    if not (0 <= view.number < 16 and 0 <= view.impression < 16):
        raise BadRecord(f"view {view.number}, impression {view.impression}")
    head = pack(
        (view.finger, 1),
        (view.number << 4 | view.impression, 1),
        (view.quality, 1),
        (len(view.minutiae), 1),
    )
    return head + _write_minutiae(view.minutiae) + pack((len(view.extended), 2)) + view.extended


def _write_minutiae(minutiae: Sequence[Minutia]) -> bytes:
    for each in minutiae:
        if not (0 <= each.x <= MOST_COORDINATE and 0 <= each.y <= MOST_COORDINATE):
            raise BadRecord("a minutia outside of what a record can say")
        if not 0 <= each.quality <= MOST_QUALITY:
            raise BadRecord(f"minutia quality {each.quality}")
    return b"".join(
        pack((each.kind << 14 | each.x, 2), (each.y, 2), (each.angle, 1), (each.quality, 1))
        for each in minutiae
    )
