"""Finds the machine-readable zone in a camera's picture, straightens its lines and reads them.

A zone is one to three long, parallel lines of dark print of equal length. They are found by shape alone
(dark strokes joined along the line), so that paper, shadows and the rest of the page matter little.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.api import Image
from models.text.lines import LineReader, ReadLine
from models.text.strokes import Stroke, fitted, straightened

SEARCH_WIDTH = 1000
"""Pixels to which a picture is brought for the search; reading uses the picture itself."""
LEAST_WIDTH = 90
"""Pixels of a picture's width: three for each sign of the shortest line."""
TALLEST = 8
"""Heights of more widths than this are no picture of a page; searching them would take gigabytes."""
STROKE = 17
"""Pixels of the search within which a dark stroke must end."""
JOIN = 27
"""Pixels of the search across which signs of a line are joined: the widest gap of a card that fills it."""
LEAST_LENGTH = 0.25
"""Of the picture's width."""
LEAST_ASPECT = 8.0
MOST_SLOPE_DEGREES = 25.0
LINE_LENGTHS = (30, 36, 44)
MOST_MISREAD = 7
"""A line whose number of signs is further from those of a zone is none."""
MOST_LINES = 12
"""Lines of a picture that are read at most: what else a page has is shorter."""


@dataclass(frozen=True, slots=True)
class ZoneText:
    """What may be a zone."""

    lines: tuple[ReadLine, ...] = field(repr=False)
    confidence: float
    """Of its worst line."""


class ZoneReader:
    """Looks for zones in pictures. Used from one lane at a time."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader

    def read(self, image: Image) -> tuple[ZoneText, ...]:
        """What may be zones in an upright picture, the likeliest first; empty when there is none."""
        scale = image.shape[1] / SEARCH_WIDTH
        strokes = find_lines(image)
        read = [(stroke, self._reader.read(straightened(image, stroke, scale))) for stroke in strokes]
        likely = [(stroke, line) for stroke, line in read if _is_long_enough(line.text)]
        found = [
            ZoneText(tuple(line for _, line in group), min(line.confidence for _, line in group))
            for group in _groups(likely)
        ]
        return tuple(sorted(found, key=lambda zone: (-len(zone.lines), -zone.confidence)))


def find_lines(image: Image) -> tuple[Stroke, ...]:
    """Long lines of dark print, the lowest first; none in a picture too narrow to hold a zone."""
    if image.shape[1] < max(LEAST_WIDTH, image.shape[0] / TALLEST):
        return ()
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height = max(1, round(image.shape[0] * SEARCH_WIDTH / image.shape[1]))
    small = cv2.resize(grey, (SEARCH_WIDTH, height), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (3, 3), 0)
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((STROKE, STROKE), np.uint8))
    _, ink = cv2.threshold(dark, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, JOIN), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    strokes = []
    for label in range(1, count):
        x, y, wide, high = (int(value) for value in boxes[label][:4])
        if wide < LEAST_LENGTH * SEARCH_WIDTH:
            continue
        inside = np.argwhere(labels[y : y + high, x : x + wide] == label)[:, ::-1] + (x, y)
        stroke = fitted(inside.astype(np.float64), MOST_SLOPE_DEGREES, LEAST_ASPECT)
        if stroke is not None:
            strokes.append(stroke)
    strokes.sort(key=lambda stroke: -stroke.centre[1])
    return tuple(strokes[:MOST_LINES])


def _is_long_enough(text: str) -> bool:
    return any(abs(len(text) - length) <= MOST_MISREAD for length in LINE_LENGTHS)


Read = tuple[Stroke, ReadLine]


def _groups(lines: Sequence[Read]) -> Iterator[tuple[Read, ...]]:
    """Three, two or one neighbouring lines, from the top down."""
    downwards = list(reversed(lines))
    for count in (3, 2, 1):
        for start in range(len(downwards) - count + 1):
            group = tuple(downwards[start : start + count])
            if all(_are_neighbours(upper[0], lower[0]) for upper, lower in itertools.pairwise(group)):
                yield group


def _are_neighbours(upper: Stroke, lower: Stroke) -> bool:
    """True when two lines are of one zone: as long, as slanted, one step apart, one below the other."""
    longest = max(upper.length, lower.length)
    apart = np.subtract(lower.centre, upper.centre)
    along = np.array([math.cos(upper.slope), math.sin(upper.slope)])
    shift, step = float(apart @ along), float(apart @ np.array([-along[1], along[0]]))
    height = max(upper.height, lower.height)
    return (
        min(upper.length, lower.length) > 0.8 * longest
        and abs(upper.slope - lower.slope) < math.radians(4)
        and abs(shift) < 0.12 * longest
        and 0.8 * height < step < 4.5 * height
    )
