"""The outer boundary of the iris: the circle with the steepest sides (integro-differential, Daugman 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.iris.api import Circle, Floats
from models.iris.polar import LEFT_ARC, RIGHT_ARC, TURN, rings

SMOOTH = 1.5
"""Pixels of smoothing, so that iris texture does not look like a boundary."""
SPAN = 4
"""Pixels inside and outside between which the rise is taken."""
WIDEST_RATIO, NARROWEST_RATIO = 1.35, 5.5
"""Iris radius in pupil radii, at least and at most."""
SHIFT = 0.25
"""How far the two centres may lie apart, in pupil radii."""
STEP = 3
"""Pixels between the centres tried first."""
OFF_CENTRE = 0.004
"""What a pixel's square of distance between the centres costs, in grey levels."""

_SIDES = np.concatenate([TURN[LEFT_ARC], TURN[RIGHT_ARC]])
_LEFT = int(LEFT_ARC.sum())


@dataclass(frozen=True, slots=True)
class Limbus:
    """The outer boundary."""

    circle: Circle
    edge: float


def smoothed(picture: Floats) -> Floats:
    """The picture as `find_limbus` wants it."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), SMOOTH), np.float32)


def find_limbus(smooth: Floats, pupil: Circle, iris_px: tuple[float, float]) -> Limbus | None:
    """The outer boundary around this pupil, or None when no radius is possible."""
    first = max(WIDEST_RATIO * pupil.radius, pupil.radius + 8, iris_px[0])
    last = min(iris_px[1], NARROWEST_RATIO * pupil.radius)
    if last - first < 6:
        return None
    radii = first + np.arange(int(last - first) + 1, dtype=np.float64)
    reach = max(STEP, int(SHIFT * pupil.radius) // STEP * STEP)
    even = np.arange(-reach, reach + 1, STEP, dtype=np.float64)
    shift, _, _ = _best(smooth, pupil, _grid(even), radii)
    shift, place, edge = _best(smooth, pupil, shift + _grid(np.array([-1.0, 0.0, 1.0])), radii)
    circle = Circle(pupil.x + float(shift[0]), pupil.y + float(shift[1]), float(radii[place]))
    return Limbus(circle, edge)


def _best(
    smooth: Floats, pupil: Circle, shifts: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], int, float]:
    """The best shift of the centre, the index of its radius, and the rise there."""
    score = side_rise(smooth, np.array([pupil.x, pupil.y]) + shifts, radii)
    score -= OFF_CENTRE * (shifts**2).sum(1)[:, None].astype(np.float32)
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    return shifts[row], int(column), float(score[row, column])


def side_rise(smooth: Floats, centres: npt.ArrayLike, radii: npt.NDArray[np.float64]) -> Floats:
    """Rise across the circles at both sides, centre × radius; the weaker side counts most."""
    wide = np.concatenate([radii[0] - np.arange(SPAN, 0, -1), radii, radii[-1] + np.arange(1, SPAN + 1)])
    values = rings(smooth, centres, wide, _SIDES)
    left, right = values[..., :_LEFT].mean(2), values[..., _LEFT:].mean(2)
    rises = [(side[:, 8:] + side[:, 6:-2] - side[:, 2:-6] - side[:, :-8]) / 2 for side in (left, right)]
    return np.asarray(np.minimum(*rises) * 0.6 + 0.2 * (rises[0] + rises[1]), np.float32)


def _grid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """All pairs of `values`."""
    return np.stack(np.meshgrid(values, values, indexing="ij"), -1).reshape(-1, 2)
