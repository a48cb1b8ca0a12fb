"""Finds lines of digits on a straightened card, flat or in relief, and reads them; and the expiry below.

The place where raised numbers stand by standard is tried as well as what looks like a row of print
(ISO/IEC 7811-1: middle 21.42 mm above the lower edge).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.api import Image
from models.text.lines import LineReader, ReadDigits
from models.text.rows import Wanted, find_rows
from models.text.strokes import Stroke, straightened

NUMBER = Wanted(heights=(2.0, 7.0), least_length=33.0, join=4.6, run=27.0)
EXPIRY = Wanted(heights=(1.2, 5.0), least_length=4.5, join=1.6, run=3.5, least_aspect=1.8)
EXPIRY_BELOW_MM = (2.5, 18.0)
"""How far below the number the expiry stands."""
EXPIRY_TEXT = re.compile(r"(?<![0-9])(0[1-9]|1[0-2])\s?[/／|lI1-]?\s?([0-9]{2})$")
LEAST_SURE = 0.6
"""Of every sign of an expiry."""
MOST_LINES = 4
"""That are read at most, for the number and for the expiry."""
STANDARD_MIDDLE_MM = 21.42
STANDARD_HEIGHT_MM = 5.0
SECOND_LOOK = (1.15, 0.06)
"""How much higher the second cut is than the first, and how much lower its middle (of the height)."""
DRAWN_OUT = 1.5
"""How much longer the second look sees the line: places of digits come out finer."""


@dataclass(frozen=True, slots=True)
class NumberLine:
    """Digits in a line, read twice."""

    stroke: Stroke
    """Pixels of the straightened card."""
    first: ReadDigits = field(repr=False)
    second: ReadDigits = field(repr=False)
    """Of the same line cut out differently and with its contrast evened: an opinion of its own."""

    def wipe(self) -> None:
        """Overwrite what was read."""
        self.first.wipe()
        self.second.wipe()


class NumberReader:
    """Reads numbers on straightened cards. Used from one lane at a time."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader

    def read(self, card: Image, dots_per_mm: float) -> Iterator[NumberLine]:
        """Lines that may hold a number, the likeliest first; each is read only when asked for."""
        for stroke in find_numbers(card, dots_per_mm):
            first = self._reader.read_digits(straightened(card, stroke, 1.0))
            again = _even(straightened(card, _otherwise(stroke), 1.0))
            yield NumberLine(stroke, first, self._reader.read_digits(again))

    def expiry(self, card: Image, dots_per_mm: float, number: Stroke) -> str:
        """Month and year below the number as ``MM/YY``; empty when none is read surely."""
        near, far = (way * dots_per_mm + number.centre[1] for way in EXPIRY_BELOW_MM)
        rows = [row for row in find_rows(card, dots_per_mm, EXPIRY) if near < row.centre[1] < far]
        rows.sort(key=lambda row: abs(row.centre[0] - card.shape[1] / 2))
        for row in rows[:MOST_LINES]:
            read = self._reader.read_text(straightened(card, row, 1.0))
            found = EXPIRY_TEXT.search(read.text)
            if found and min(read.sure[found.start() : found.end()]) >= LEAST_SURE:
                return f"{found[1]}/{found[2]}"
        return ""


def find_numbers(card: Image, dots_per_mm: float) -> tuple[Stroke, ...]:
    """Lines of digits by shape, the one nearest the standard's place first; that place itself last."""
    standard = _standard(card, dots_per_mm)
    rows = sorted(
        find_rows(card, dots_per_mm, NUMBER), key=lambda row: abs(row.centre[1] - standard.centre[1])
    )
    return (*rows[: MOST_LINES - 1], standard)


def _standard(card: Image, dots_per_mm: float) -> Stroke:
    """Where a raised number stands."""
    height, width = card.shape[:2]
    middle = width / 2, height - STANDARD_MIDDLE_MM * dots_per_mm
    return Stroke(middle, width - 6 * dots_per_mm, STANDARD_HEIGHT_MM * dots_per_mm, 0.0)


def _otherwise(stroke: Stroke) -> Stroke:
    """The same line with other margins."""
    higher, lower = SECOND_LOOK
    x, y = stroke.centre
    return Stroke((x, y + lower * stroke.height), stroke.length * 1.02, stroke.height * higher, stroke.slope)


def _even(line: Image) -> Image:
    """The line with its contrast the same everywhere, in grey, drawn out."""
    grey = cv2.cvtColor(line, cv2.COLOR_BGR2GRAY).astype(np.float32)
    reach = max(2.0, line.shape[0] / 2)
    mean = cv2.GaussianBlur(grey, (0, 0), reach)
    spread = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), reach)) + 4.0
    evened = np.clip((grey - mean) / spread * 48 + 128, 0, 255).astype(np.uint8)
    long = cv2.resize(evened, None, fx=DRAWN_OUT, fy=1.0, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(long, cv2.COLOR_GRAY2BGR), np.uint8)
