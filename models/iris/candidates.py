"""Where a pupil may be: centres of dark discs, of compact dark patches, and of reflections in the dark."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from models.iris.api import Floats, Grey
from models.iris.polar import TURN, low_value, low_values, rings
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
DARK = 0.06
"""Share of the picture's pixels that are as dark as what surrounds a reflection in a pupil."""
AROUND, DARK_SHARE = 14, 0.3
"""Pixels to each side that count as a reflection's surroundings, and the share of them that must be dark."""
LARGEST_SPOT = 300
"""Pixels of a reflection at most."""
SMALL = 4 * 65_535
"""Pixels of pictures whose pieces can be counted in 16 bits, at half the time: no four pixels hold two."""
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
    worth = _disc_likeness(rings(picture, centres, 2 + np.arange(depth), TURN[::4]), least, most)
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
    radius = np.arange(least, most + 1, dtype=np.float32)[:, None]
    wide, high = width + 2 * most, height + 2 * most
    row = np.rint((y + most).astype(np.float32) - radius * (down[y, x] / rise))
    column = np.rint((x + most).astype(np.float32) - radius * (right[y, x] / rise))
    place = (row * np.float32(wide) + column).astype(np.intp)
    weight = np.minimum(rise, MOST_EDGE) / radius
    votes = np.bincount(place.ravel(), weight.ravel(), wide * high).reshape(high, wide)
    votes = votes[most : most + height, most : most + width].astype(np.float32)
    pooled = cv2.GaussianBlur(votes, (0, 0), 2)
    for _ in range(PEAKS):
        peak = cv2.minMaxLoc(pooled)[3]
        yield float(peak[0]), float(peak[1])
        cv2.circle(pooled, peak, 6, 0.0, -1)


def _patches(small: Grey, least: float, most: float) -> Iterator[Point]:
    """Centres of dark patches about as large and as round as a pupil."""
    for level in dict.fromkeys(_levels(small, np.array(DARKEST_PER_CENT) / 100)):
        dark = cv2.morphologyEx((small <= level).astype(np.uint8), cv2.MORPH_OPEN, _CLEAN)
        boxes, middles = _pieces(np.asarray(dark, np.uint8))
        (width, height), area = boxes[:, :2].T, boxes[:, 2]
        short, long = np.minimum(width, height), np.maximum(width, height)
        fits = (area > FILLED * width * height) & (long < 1.6 * short)
        fits &= (short >= 1.6 * least) & (long <= 2.4 * most)
        yield from ((float(x), float(y)) for x, y in middles[fits])


def _dark_spots(filled: Grey, spots: Grey) -> Iterator[Point]:
    """Centres of small reflections whose surroundings are among the darkest of the picture."""
    (dark,) = _levels(filled, np.array([DARK]))
    below = cv2.integral((filled < dark).astype(np.uint8))
    height, width = filled.shape
    for (*_, area), (x, y) in zip(*_pieces(spots), strict=True):
        if area >= LARGEST_SPOT:
            continue
        top, bottom = max(int(y) - AROUND, 0), min(int(y) + AROUND + 1, height)
        left, right = max(int(x) - AROUND, 0), min(int(x) + AROUND + 1, width)
        darker = below[bottom, right] - below[top, right] - below[bottom, left] + below[top, left]
        if darker > int(DARK_SHARE * ((bottom - top) * (right - left) - 1)):
            yield float(x), float(y)


def _pieces(flags: Grey) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Width, height and area of each connected piece; and their middles."""
    kind = cv2.CV_16U if flags.size < SMALL else cv2.CV_32S
    _, _, boxes, middles = cv2.connectedComponentsWithStats(flags, connectivity=8, ltype=kind)
    return np.asarray(boxes[1:, 2:], np.int32), np.asarray(middles[1:], np.float64)


def _levels(picture: Grey, shares: npt.NDArray[np.float64]) -> list[int]:
    """The grey levels up to which these shares of the picture's pixels go."""
    counts = cv2.calcHist([picture], [0], None, [256], [0, 256]).ravel()
    levels: list[int] = np.searchsorted(counts.cumsum(dtype=np.float64), shares * picture.size).tolist()
    return levels


def _distinct(centres: list[Point]) -> list[Point]:
    """The centres without those that repeat another one."""
    kept: list[Point] = []
    for x, y in centres:
        if all((x - other) ** 2 + (y - below) ** 2 >= APART**2 for other, below in kept):
            kept.append((x, y))
    return kept


def _disc_likeness(values: Floats, least: int, most: int) -> Floats:
    """How much the circles around each centre (centre × radius × angle) look like a sharp dark disc."""
    dark = low_values(values[:, :least], 0.3)
    rise = leaving_the_dark(values, dark[:, None, None])
    rise = np.maximum(np.maximum(rise[:, 2:], rise[:, 1:-1]), rise[:, :-2])
    profile = cv2.blur(rise.mean(2), (5, 1))
    start = max(least - 4, 0)
    best = start + profile[:, start : max(most - 3, start + 1)].argmax(1)
    beside = np.clip(best[:, None] + np.arange(-3, 4), 0, rise.shape[1] - 1)
    closed = (np.take_along_axis(rise, beside[..., None], 1).max(1) > 5).mean(1)
    edge = profile[np.arange(len(best)), best]
    return np.asarray(closed + np.minimum(edge, 30) / 60 - dark / 255, np.float32)
