"""Where a pupil may be: centres of dark discs, of compact dark patches, and of reflections in the dark."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from models.iris.api import Floats, Grey
from models.iris.polar import TURN, low_value, rings
from models.iris.rise import leaving_the_dark

Point = tuple[float, float]

PEAKS = 10
"""Centres taken from the vote."""
EDGE_SHARE, LEAST_EDGE, MOST_EDGE = 0.12, 8.0, 120.0
"""Share of pixels that vote (the steepest), their least gradient, and where its weight stops growing."""
DARKEST_PER_CENT = (0.7, 1.5, 3, 5, 8, 12)
"""Thresholds for dark patches, as shares of the picture's pixels."""
FILLED = 0.6
"""Share of its box that a round patch fills at least (a disc: 0.79)."""
LARGEST_SPOT = 300
"""Pixels of a reflection at most."""
APART = 4.0
"""Centres nearer than this are one."""

_CLEAN = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))


def pupil_centres(filled: Grey, spots: Grey, pupil_px: tuple[float, float], voting_px: float) -> list[Point]:
    """Possible pupil centres, in no order. `spots` are the reflections that were filled."""
    scale = min(0.5, voting_px / pupil_px[1])
    small = cv2.resize(filled, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if min(small.shape) < 8:
        return []
    grey = np.asarray(small, np.uint8)
    least, most = max(round(pupil_px[0] * scale), 4), max(round(pupil_px[1] * scale), 5)
    found = [*_vote(grey, least, most), *_patches(grey, pupil_px[0] * scale, pupil_px[1] * scale)]
    factor = filled.shape[1] / grey.shape[1], filled.shape[0] / grey.shape[0]
    centres = [((x + 0.5) * factor[0] - 0.5, (y + 0.5) * factor[1] - 0.5) for x, y in found]
    return _distinct([*centres, *_dark_spots(filled, spots)])


def likeliest(
    picture: Floats, centres: list[Point], pupil_px: tuple[float, float], count: int
) -> list[Point]:
    """The `count` centres around which a dark disc with a closed edge is most visible."""
    if len(centres) <= count:
        return centres
    least, most = round(pupil_px[0]), round(pupil_px[1])
    depth = int(most * 1.2) + 1
    values = rings(picture, centres, 2 + np.arange(depth), TURN[::4])
    worth = [_disc_likeness(each, least, most) for each in values]
    return [centres[index] for index in np.argsort(worth)[::-1][:count]]


def _vote(small: Grey, least: int, most: int) -> Iterator[Point]:
    """Peaks of a vote in which every edge pixel votes for centres on its dark side (Hough 1962)."""
    grey = small.astype(np.float32)
    right, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    steep = np.asarray(cv2.magnitude(right, down), np.float32)
    height, width = grey.shape
    limit = max(low_value(steep, 1 - EDGE_SHARE), LEAST_EDGE)
    y, x = np.nonzero(steep > limit)
    rise = steep[y, x]
    step_x, step_y = right[y, x] / rise, down[y, x] / rise
    weight = np.minimum(rise, MOST_EDGE)
    votes = np.zeros(height * width, np.float64)
    for radius in range(least, most + 1):
        column = np.rint(x - radius * step_x).astype(np.intp)
        row = np.rint(y - radius * step_y).astype(np.intp)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        place = (row * width + column)[inside]
        votes += np.bincount(place, weights=weight[inside] / radius, minlength=height * width)
    pooled = cv2.GaussianBlur(votes.reshape(height, width).astype(np.float32), (0, 0), 2)
    for _ in range(PEAKS):
        peak = cv2.minMaxLoc(pooled)[3]
        yield float(peak[0]), float(peak[1])
        cv2.circle(pooled, peak, 6, 0.0, -1)


def _patches(small: Grey, least: float, most: float) -> Iterator[Point]:
    """Centres of dark patches about as large and as round as a pupil."""
    levels = np.searchsorted(
        np.cumsum(np.bincount(small.ravel(), minlength=256)), np.array(DARKEST_PER_CENT) * small.size / 100
    )
    for level in dict.fromkeys(levels.tolist()):
        dark = cv2.morphologyEx((small <= level).astype(np.uint8), cv2.MORPH_OPEN, _CLEAN)
        _, _, boxes, middles = cv2.connectedComponentsWithStats(dark)
        for (_, _, width, height, area), (x, y) in zip(boxes[1:], middles[1:], strict=True):
            short, long = min(width, height), max(width, height)
            round_enough = area > FILLED * width * height and long < 1.6 * short
            if round_enough and short >= 1.6 * least and long <= 2.4 * most:
                yield float(x), float(y)


def _dark_spots(filled: Grey, spots: Grey) -> Iterator[Point]:
    """Centres of small reflections whose surroundings are among the darkest of the picture."""
    _, _, boxes, middles = cv2.connectedComponentsWithStats(spots)
    dark = low_value(filled, 0.06)
    for (*_, area), (x, y) in zip(boxes[1:], middles[1:], strict=True):
        near = filled[max(int(y) - 14, 0) : int(y) + 15, max(int(x) - 14, 0) : int(x) + 15]
        if area < LARGEST_SPOT and low_value(near, 0.3) < dark:
            yield float(x), float(y)


def _distinct(centres: list[Point]) -> list[Point]:
    """The centres without those that repeat another one."""
    kept: list[Point] = []
    for x, y in centres:
        if all((x - other) ** 2 + (y - below) ** 2 >= APART**2 for other, below in kept):
            kept.append((x, y))
    return kept


def _disc_likeness(values: Floats, least: int, most: int) -> float:
    """How much the circles around one centre (radius × angle) look like a dark disc with a sharp edge."""
    rise = leaving_the_dark(values, low_value(values[:least], 0.3))
    rise = np.maximum(np.maximum(rise[2:], rise[1:-1]), rise[:-2])
    profile = cv2.blur(rise.mean(1).reshape(-1, 1), (1, 5)).ravel()
    start = max(least - 4, 0)
    best = start + int(np.argmax(profile[start : max(most - 3, start + 1)]))
    closed = float((rise[max(best - 3, 0) : best + 4].max(0) > 5).mean())
    return closed + min(float(profile[best]), 30.0) / 60 - low_value(values[:least], 0.3) / 255
