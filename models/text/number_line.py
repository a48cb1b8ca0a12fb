"""Finds lines of digits on a straightened card, flat or in relief, and reads them; and the expiry below.

The place where raised numbers stand by standard is tried as well as what looks like a row of print
(ISO/IEC 7811-1: middle 21.42 mm above the lower edge).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from models.api import Image
from models.text.lines import LineReader, ReadDigits
from models.text.rows import Wanted, find_rows
from models.text.strokes import MARGIN, Stroke, along, straightened

NUMBER = Wanted(heights=(2.0, 7.0), least_length=33.0, join=4.6, run=27.0)
SEARCHES = (NUMBER, replace(NUMBER, contrast=0.15, join=7.4), replace(NUMBER, contrast=0.3, join=7.4))
"""Ways to look for the number's row, each where those before gave none. The first sees the faintest print;
the others also groups that stand far apart, for which the ground's pattern must not count."""
EXPIRY = Wanted(heights=(1.2, 5.0), least_length=4.5, join=1.6, run=3.5, least_aspect=1.8)
EXPIRY_BELOW_MM = (2.5, 18.0)
"""How far below the number the expiry stands."""
EXPIRY_TEXT = re.compile(r"(?<![0-9])(0[1-9]|1[0-2])\s?[/／|lI1-]?\s?([0-9]{2})$")
LEAST_SURE = 0.6
"""Of every sign of an expiry."""
MOST_LINES = 3
"""That are read at most of each search, and for the expiry."""
SAME_MM = 1.0
"""Rows whose ends and middles differ by less are one."""
STANDARD_MIDDLE_MM = 21.42
STANDARD_HEIGHT_MM = 5.0
SECOND_LOOK = (1.15, 0.06)
"""How much higher the second cut is than the first, and how much lower its middle (of the height)."""
BESIDE_MM = 8.5
"""How far before and behind the line the second look sees: the widest gap between groups, and a digit."""
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
    beside: int = 0
    """Digits that the second look saw before or behind the line: the line is not the whole number."""

    def wipe(self) -> None:
        """Overwrite what was read."""
        self.first.wipe()
        self.second.wipe()


class NumberReader:
    """Reads numbers on straightened cards. Used from one lane at a time."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader

    def read(self, card: Image, dots_per_mm: float, count: tuple[int, int]) -> Iterator[NumberLine]:
        """Lines that may hold a number of `count` digits (from, to); each is read only when asked for."""
        for stroke in find_numbers(card, dots_per_mm):
            first = self._reader.read_digits(straightened(card, stroke, 1.0))
            if count[0] <= len(first.digits) <= count[1]:
                yield self._looked_again(card, dots_per_mm, stroke, first)
            first.wipe()

    def _looked_again(self, card: Image, dots_per_mm: float, stroke: Stroke, first: ReadDigits) -> NumberLine:
        """The line with its second look, which sees what stands beside it as well."""
        wide = _otherwise(stroke, card.shape[1], BESIDE_MM * dots_per_mm)
        seen = self._reader.read_digits(_even(straightened(card, wide, 1.0)))
        off = np.abs(along(wide, seen.places) - stroke.centre[0])
        inside = off < stroke.length / 2 + MARGIN * stroke.height
        second = ReadDigits(seen.digits[inside], seen.sure[inside], seen.places[inside])
        beside = int((seen.sure[~inside] >= LEAST_SURE).sum())
        seen.wipe()
        return NumberLine(stroke, first, second, beside)

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


def find_numbers(card: Image, dots_per_mm: float) -> Iterator[Stroke]:
    """Lines of digits by shape, in each search those nearest the standard's place first; that place last."""
    standard = _standard(card, dots_per_mm)
    given: list[Stroke] = []
    for wanted in SEARCHES:
        rows = sorted(
            find_rows(card, dots_per_mm, wanted), key=lambda row: abs(row.centre[1] - standard.centre[1])
        )
        for row in rows[:MOST_LINES]:
            if not any(_apart(row, other) < SAME_MM * dots_per_mm for other in given):
                given.append(row)
                yield row
    yield standard


def _apart(one: Stroke, other: Stroke) -> float:
    """How far the ends of two rows are apart at most, or their middles."""
    ends = abs(one.centre[0] - other.centre[0]) + abs(one.length - other.length) / 2
    return max(ends, abs(one.centre[1] - other.centre[1]))


def _standard(card: Image, dots_per_mm: float) -> Stroke:
    """Where a raised number stands."""
    height, width = card.shape[:2]
    middle = width / 2, height - STANDARD_MIDDLE_MM * dots_per_mm
    return Stroke(middle, width - 6 * dots_per_mm, STANDARD_HEIGHT_MM * dots_per_mm, 0.0)


def _otherwise(stroke: Stroke, width: int, beside: float) -> Stroke:
    """The same line with other margins, as far as the card of `width` goes."""
    higher, lower = SECOND_LOOK
    x, y = stroke.centre
    left, right = max(0.0, x - stroke.length / 2 - beside), min(width, x + stroke.length / 2 + beside)
    middle = (
        (left + right) / 2,
        y + lower * stroke.height + (left + right - 2 * x) / 2 * math.tan(stroke.slope),
    )
    return Stroke(middle, right - left, stroke.height * higher, stroke.slope)


def _even(line: Image) -> Image:
    """The line with its contrast the same everywhere, in grey, drawn out."""
    grey = cv2.cvtColor(line, cv2.COLOR_BGR2GRAY).astype(np.float32)
    reach = max(2.0, line.shape[0] / 2)
    mean = cv2.GaussianBlur(grey, (0, 0), reach)
    spread = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), reach)) + 4.0
    evened = np.clip((grey - mean) / spread * 48 + 128, 0, 255).astype(np.uint8)
    long = cv2.resize(evened, None, fx=DRAWN_OUT, fy=1.0, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(long, cv2.COLOR_GRAY2BGR), np.uint8)
