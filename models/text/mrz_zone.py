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
import numpy.typing as npt

from models.api import Image
from models.text.lines import LineReader, ReadLine

SEARCH_WIDTH = 1000
"""Pixels to which a picture is brought for the search; reading uses the picture itself."""
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
MARGIN = 0.35
"""Of the print's height, above, below and at both ends of a line."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of print, in pixels of the search."""

    centre: tuple[float, float]
    length: float
    height: float
    slope: float
    """Radians."""


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
    """Long lines of dark print, the lowest first."""
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
        stroke = _stroke(inside.astype(np.float64))
        if stroke is not None:
            strokes.append(stroke)
    strokes.sort(key=lambda stroke: -stroke.centre[1])
    return tuple(strokes[:MOST_LINES])


def straightened(image: Image, stroke: Stroke, scale: float) -> Image:
    """The line cut out of the picture, level, with a margin."""
    along = np.array([math.cos(stroke.slope), math.sin(stroke.slope)])
    across = np.array([-along[1], along[0]])
    margin = MARGIN * stroke.height
    half_long, half_high = stroke.length / 2 + margin, stroke.height / 2 + margin
    centre = np.array(stroke.centre)
    corners = [centre - half_long * along + side * half_high * across for side in (-1, 1)]
    corners.append(centre + half_long * along - half_high * across)
    wide, high = max(2, round(2 * half_long * scale)), max(2, round(2 * half_high * scale))
    source = (np.array(corners) * scale).astype(np.float32)
    target = np.array([[0, 0], [0, high], [wide, 0]], np.float32)
    warp = cv2.getAffineTransform(source, target)
    cut: Image = cv2.warpAffine(  # type: ignore[assignment]
        image, warp, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cut


def _stroke(points: Points) -> Stroke | None:
    """The line through the middle of the print; None when the print is not long and flat."""
    centre = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points[:: max(1, len(points) // 4000)] - centre, full_matrices=False)
    along = axes[0] if axes[0][0] >= 0 else -axes[0]
    slope = math.atan2(along[1], along[0])
    if abs(slope) > math.radians(MOST_SLOPE_DEGREES):
        return None
    across = np.array([-along[1], along[0]])
    lengthwise, crosswise = (points - centre) @ along, (points - centre) @ across
    begin, end = float(lengthwise.min()), float(lengthwise.max())
    middles, heights = _profile(lengthwise, crosswise, begin, end)
    if len(middles) < 4:
        return None
    tilt, shift = np.polyfit(middles[:, 0], middles[:, 1], 1)
    length, height = end - begin, float(np.percentile(heights, 75))
    if height < 5 or length / height < LEAST_ASPECT:
        return None
    middle = (begin + end) / 2
    point = centre + middle * along + (tilt * middle + shift) * across
    return Stroke((float(point[0]), float(point[1])), length, height, slope + math.atan(float(tilt)))


def _profile(lengthwise: Points, crosswise: Points, begin: float, end: float) -> tuple[Points, Points]:
    """Middle and height of the print in each of many slices along the line."""
    slices = 40
    which = np.minimum(((lengthwise - begin) / max(end - begin, 1) * slices).astype(int), slices - 1)
    middles, heights = [], []
    for number in range(slices):
        inside = crosswise[which == number]
        if len(inside) < 3:
            continue
        low, high = np.percentile(inside, (3, 97))
        middles.append((begin + (number + 0.5) * (end - begin) / slices, (low + high) / 2))
        heights.append(high - low)
    return np.array(middles), np.array(heights)


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
