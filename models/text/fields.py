"""Reads fields of a straightened document whose places are known: the rows within each, with their boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.api import Image
from models.text.lines import LineReader
from models.text.rows import Box, Wanted, dense, rows_in
from models.text.strokes import Stroke, straightened

ROW = Wanted(heights=(1.6, 6.5), least_length=1.6, join=2.4, run=1.4, least_aspect=0.5, contrast=0.22)
ONE_ROW_MM = 9.0
"""A field lower than this has one row."""
ROW_MM = 3.6
"""Height of a row that was not found by shape."""
LEAST_WIDE = 3.0
"""Width of a row as the network likes it, in heights: a name of one sign is narrower."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands."""

    box: Box
    zone_signs: bool = False
    """Digits and capital letters only."""
    digits: bool = False
    """Digits only."""


@dataclass(frozen=True, slots=True)
class ReadField:
    """What was read in a field. `repr` shows nothing of it."""

    text: str = field(repr=False)
    sure: float
    """Probability of its least sure sign, 0-1; 0 for an empty field."""
    box: Box
    """Around the rows read; that of the field when there are none."""
    rows: int


class FieldReader:
    """Reads fields by their places. Used from one lane at a time."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader

    def read(self, document: Image, dots_per_mm: float, places: Mapping[str, Place]) -> dict[str, ReadField]:
        """The fields by name; a field without print is empty."""
        mask = dense(document, dots_per_mm, ROW)
        return {name: self._field(document, mask, dots_per_mm, place) for name, place in places.items()}

    def _field(self, document: Image, mask: Image, dots_per_mm: float, place: Place) -> ReadField:
        rows = rows_in(mask, dots_per_mm, ROW, place.box)
        if not rows and place.box[3] < ONE_ROW_MM:
            rows = (_only_row(place.box, dots_per_mm),)
        read = [self._row(document, row, place) for row in rows]
        text = "".join(text for text, _ in read)
        sure = min((sure for text, sure in read if text), default=0.0)
        return ReadField(text, sure, _around(rows, place.box, dots_per_mm), len(rows))

    def _row(self, document: Image, row: Stroke, place: Place) -> tuple[str, float]:
        """Text and probability of its least sure sign."""
        line = straightened(document, row, 1.0)
        height, width = line.shape[:2]
        if width < LEAST_WIDE * height:
            beside = round((LEAST_WIDE * height - width) / 2) + 1
            line = np.asarray(cv2.copyMakeBorder(line, 0, 0, beside, beside, cv2.BORDER_REPLICATE), np.uint8)
        if place.digits:
            digits = self._reader.read_digits(line)
            return "".join(map(str, digits.digits)), float(digits.sure.min(initial=1.0))
        if place.zone_signs:
            found = self._reader.read(line)
            return found.text, min(found.sure, default=0.0)
        free = self._reader.read_text(line)
        signs = [(sign, sure) for sign, sure in zip(free.text, free.sure, strict=True) if not sign.isspace()]
        return "".join(sign for sign, _ in signs), min((sure for _, sure in signs), default=0.0)


def _only_row(box: Box, dots_per_mm: float) -> Stroke:
    """The middle of a field in which one row stands and none was found by shape."""
    left, top, wide, high = (side * dots_per_mm for side in box)
    return Stroke((left + wide / 2, top + high / 2), wide, ROW_MM * dots_per_mm, 0.0)


def _around(rows: tuple[Stroke, ...], box: Box, dots_per_mm: float) -> Box:
    """The box around rows that were found inside a field's box."""
    if not rows:
        return box
    left = min(row.centre[0] - row.length / 2 for row in rows) / dots_per_mm
    right = max(row.centre[0] + row.length / 2 for row in rows) / dots_per_mm
    top = min(row.centre[1] - row.height / 2 for row in rows) / dots_per_mm
    bottom = max(row.centre[1] + row.height / 2 for row in rows) / dots_per_mm
    return left, top, right - left, bottom - top
