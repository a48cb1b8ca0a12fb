"""Joins minutiae records as devices and other systems exchange them with the minutiae our engines compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from drivers.capture import Finger
from drivers.iso19794.cursor import BadRecord
from drivers.iso19794.minutiae import (
    MOST_COORDINATE,
    MOST_MINUTIAE,
    FingerView,
    Minutia,
    MinutiaeRecord,
    Ridge,
    decode,
    encode,
)
from models.finger.minutiae import Minutiae, Position

PER_CM = 197
"""Pixels per centimetre of 500 dpi, as records write it: the true 196.85 is no whole number."""
STEPS = 256
"""Directions that a record can say."""
MOST_SIDE = 0xFFFF


def write_record(fingers: Sequence[tuple[Position, Minutiae, int]]) -> bytes:
    """An ISO/IEC 19794-2:2005 record of position, minutiae and quality (0–100) of one or more impressions.

    At most 255 minutiae of each, the most confident; positions to the pixel, angles to 1.4°. Raises BadRecord
    for a picture or a number of impressions that no record can hold.
    """
    counted: dict[Position, int] = {}
    views = []
    for position, minutiae, quality in fingers:
        number = counted[position] = counted.get(position, -1) + 1
        views.append(FingerView(Finger(position), _rows(minutiae), quality, number=number))
    width = max((minutiae.width for _, minutiae, _ in fingers), default=0)
    height = max((minutiae.height for _, minutiae, _ in fingers), default=0)
    return encode(MinutiaeRecord(width, height, tuple(views), (PER_CM, PER_CM)))


def read_record(data: bytes) -> tuple[tuple[Position, Minutiae, int], ...]:
    """Position, minutiae (at 500 dpi), quality of each impression in a record; BadRecord when it is none."""
    record = decode(data)
    scales = tuple(1.0 if each == PER_CM else 500 / (each * 2.54) for each in record.per_cm)
    width, height = (round(size * by) for size, by in zip((record.width, record.height), scales, strict=True))
    if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE):
        raise BadRecord(f"a picture of {width} × {height} pixels at 500 dpi")
    return tuple(
        (Position(view.finger), _minutiae(view, scales, width, height), view.quality) for view in record.views
    )


def _rows(minutiae: Minutiae) -> tuple[Minutia, ...]:
    best = minutiae.best(MOST_MINUTIAE)
    rows = tuple(
        Minutia(
            Ridge(int(kind)),
            min(max(round(x), 0), MOST_COORDINATE),
            min(max(round(y), 0), MOST_COORDINATE),
            round(angle * STEPS / (2 * math.pi)) % STEPS,
            min(max(round(quality * 100), 1), 100),
        )
        for x, y, angle, kind, quality in best.table.tolist()
    )
    best.wipe()
    return rows


def _minutiae(view: FingerView, scales: Sequence[float], width: int, height: int) -> Minutiae:
    """Minutiae whose quality is not reported are trusted by half."""
    rows = [
        (each.x, each.y, each.angle * 2 * math.pi / STEPS, each.kind, (each.quality or 50) / 100)
        for each in view.minutiae
    ]
    table = np.array(rows, np.float64).reshape(-1, 5)
    table[:, :2] *= scales
    return Minutiae(table.astype(np.float32), width, height)
