"""The pupil: its circle and its true contour, refined around possible centres, all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.iris.api import Circle, Floats
from models.iris.candidates import Point
from models.iris.polar import ANGLES, LEFT_ARC, RIGHT_ARC, TURN, around, low_value, rings
from models.iris.rise import leaving_the_dark, leaving_the_pupil

FIRST_RADIUS = 2
OFFSET = FIRST_RADIUS + 1.5
"""Radius of the first rise: see `leaving_the_dark`."""
BANDS = (8, 6, 5)
"""Pixels inside and outside the last circle in which each round looks for the boundary."""
BENDING = 0.6
"""Cost of one pixel between neighbouring angles of the contour, in grey levels."""
SLACK = (0.7, 1.3)
"""How far below the least and above the largest radius of the profile a circle may come out."""
HARMONICS = 4
"""Detail of the contour kept."""
CLOSED = 4.0
"""Rise at which the boundary counts as visible in one direction."""
APART = 3.0
SIDES = LEFT_ARC | RIGHT_ARC
"""Directions that lids hardly ever cover."""
BESIDE = (2, 7)
"""Pixels outside of the pupil between which the iris is taken to lie."""
LEAST_STEP = 12.0
"""Grey levels that the iris counts as brighter than the pupil at least."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil that was found, and how much it looks like one."""

    circle: Circle
    contour: Floats
    edge: float
    contrast: float
    closed: float
    """Share of directions in which the boundary is visible."""
    likeness: float


@dataclass(frozen=True, slots=True)
class _Traced:
    """Boundaries around several centres, centre × angle."""

    radius: npt.NDArray[np.float64]
    weight: Floats
    """How much each place says of the circle."""
    rise: Floats
    """How clearly the boundary is seen there."""


def find_pupils(
    picture: Floats, centres: list[Point], pupil_px: tuple[float, float], least_contrast: float
) -> list[Pupil]:
    """The pupils at these centres, likeliest first; centres that turn out to be none are left out."""
    middle = np.array(centres, np.float64).reshape(-1, 2)
    radius = np.full(len(middle), sum(pupil_px) / 2)
    points, rise = np.zeros((0, ANGLES, 2)), np.zeros((0, ANGLES), np.float32)
    for number in range(len(BANDS)):
        if not len(middle):
            return []
        traced = _boundary(picture, middle, radius, pupil_px, number)
        points = middle[:, None] + traced.radius[..., None] * np.stack([np.cos(TURN), np.sin(TURN)], -1)
        after, radius = _circles(points, np.clip(traced.weight, 0.5, None))
        sane = (radius >= SLACK[0] * pupil_px[0]) & (radius <= SLACK[1] * pupil_px[1])
        sane &= np.hypot(*(after - middle).T) <= radius
        middle, radius, points, rise = after[sane], radius[sane], points[sane], traced.rise[sane]
    if not len(middle):
        return []
    inside = rings(picture, middle, np.linspace(1, 0.8 * radius, 8, axis=1))
    outside = rings(picture, middle, np.linspace(radius + 3, radius + 8, 4, axis=1))
    contours = _contours(middle, radius, points)
    found = _judged(middle, radius, contours, rise, inside, outside)
    return _distinct([one for one in found if one.contrast >= least_contrast])


def _boundary(
    picture: Floats,
    middle: npt.NDArray[np.float64],
    radius: npt.NDArray[np.float64],
    pupil_px: tuple[float, float],
    number: int,
) -> _Traced:
    """The boundary around each centre in the given round of refinement."""
    least, most = max(round(pupil_px[0]), 2), round(pupil_px[1])
    depth = int(most * 1.25) + 2
    if number:
        depth = min(depth, max(int(radius.max()), 2) + BANDS[number] + BESIDE[1])
    values = rings(picture, middle, FIRST_RADIUS + np.arange(depth))
    inner = [max(int(0.6 * each), 4) if number else least for each in radius]
    dark = np.array(
        [low_value(each[:rows], 0.3) for each, rows in zip(values, inner, strict=True)], np.float32
    )[:, None, None]
    if number:
        rise = leaving_the_pupil(values, dark, _step(values, dark, radius))
        place = np.rint(radius - OFFSET).astype(np.intp)
    else:
        rise = leaving_the_dark(values, dark)
        place = _steepest_sides(around(rise, 2), least, most)
    band = min(BANDS[number], (rise.shape[1] - 1) // 2)
    first = np.clip(place - band, 0, rise.shape[1] - 2 * band - 1)
    window = around(_rows(rise, first, 2 * band + 1), 2)
    last = number == len(BANDS) - 1
    path = closed_path(-window) if last else _steepest(window)
    plain = around(_rows(leaving_the_dark(values, dark), first, 2 * band + 1), 2) if last else window
    weight, edge = (np.take_along_axis(each, path[:, None], 1)[:, 0] for each in (window, plain))
    return _Traced(path + first[:, None] + OFFSET, weight, edge)


def _rows(values: Floats, first: npt.NDArray[np.intp], count: int) -> Floats:
    """So many radii of each centre, from its `first` on."""
    wanted = first[:, None] + np.arange(count)
    return np.asarray(np.take_along_axis(values, wanted[..., None], 1), np.float32)


def _steepest_sides(rise: Floats, least: int, most: int) -> npt.NDArray[np.intp]:
    """The radius index of the steepest sides around each centre: lids hardly ever cover them."""
    start = max(least - 3, 1)
    steep = rise[..., SIDES].mean(2)[:, start : max(most, start + 1)]
    return np.asarray(start + steep.argmax(1), np.intp)


def _step(values: Floats, dark: Floats, radius: npt.NDArray[np.float64]) -> Floats:
    """Grey levels by which the iris beside each pupil is brighter, centre × 1 × 1."""
    first = np.rint(radius - FIRST_RADIUS).astype(np.intp)[:, None] + np.arange(*BESIDE)
    ring = np.take_along_axis(values[..., SIDES], np.clip(first, 0, values.shape[1] - 1)[..., None], 1)
    step = np.median(ring, axis=(1, 2))[:, None, None] - dark
    return np.asarray(np.maximum(step, LEAST_STEP), np.float32)


def _steepest(window: Floats) -> npt.NDArray[np.intp]:
    """The radius index of the steepest rise at each angle, a little smoothed."""
    smooth = around(window, 2)
    smooth[:, 1:-1] = (smooth[:, :-2] + smooth[:, 1:-1] + smooth[:, 2:]) / 3
    return np.asarray(smooth.argmax(1), np.intp)


def closed_path(cost: Floats) -> npt.NDArray[np.intp]:
    """The cheapest closed way around, one radius index per angle (dynamic programming).

    `cost` is centre × radius × angle. Neighbouring angles differ by at most one radius.
    """
    count, depth, angles = cost.shape
    lap = angles // 4
    turned = np.ascontiguousarray(
        np.concatenate([cost[..., -lap:], cost, cost[..., :lap]], 2).transpose(2, 1, 0)
    )
    totals = np.full((len(turned), depth + 2, count), 1e9, np.float32)
    totals[0, 1:-1] = turned[0]
    bent = np.empty((depth, count), np.float32)
    for before, after, here in zip(totals[:-1], totals[1:, 1:-1], turned[1:], strict=True):
        np.minimum(before[:-2], before[2:], out=bent)
        bent += np.float32(BENDING)
        np.minimum(bent, before[1:-1], out=bent)
        np.add(bent, here, out=after)
    below, straight, above = totals[:-1, :-2], totals[:-1, 1:-1], totals[:-1, 2:]
    ways = np.stack([below + np.float32(BENDING), straight, above + np.float32(BENDING)])
    steps = ways.argmin(0) - 1
    path = np.empty((len(turned), count), np.intp)
    path[-1] = totals[-1, 1:-1].argmin(0)
    every = np.arange(count)
    for angle in range(len(turned) - 1, 0, -1):
        path[angle - 1] = path[angle] + steps[angle - 1, path[angle], every]
    return path[lap : lap + angles].T


def _circles(
    points: npt.NDArray[np.float64], weight: Floats
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centres and radii of circles through `points` (circle × point × 2), a second time without strays."""
    middle, radius = _fit(points, weight.astype(np.float64))
    away = np.abs(np.hypot(*np.moveaxis(points - middle[:, None], 2, 0)) - radius[:, None])
    near = away < np.maximum(2.0, 1.5 * np.median(away, 1))[:, None]
    return _fit(points, weight * near + 1e-3)


def _fit(
    points: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least-squares circles (Kåsa 1976), each point weighted."""
    origin = points.mean(1, keepdims=True)
    local = points - origin
    rows = np.concatenate([local, np.ones((*local.shape[:2], 1))], 2) * weight[..., None]
    right = (local**2).sum(2) * weight
    normal = np.einsum("kpi,kpj->kij", rows, rows)
    first = np.linalg.solve(normal, np.einsum("kpi,kp->ki", rows, right)[..., None])[..., 0]
    middle = first[:, :2] / 2
    radius = np.sqrt(np.maximum(first[:, 2] + (middle**2).sum(1), 1))
    return middle + origin[:, 0], radius


def _judged(
    middle: npt.NDArray[np.float64],
    radius: npt.NDArray[np.float64],
    contours: Floats,
    rise: Floats,
    inside: Floats,
    outside: Floats,
) -> list[Pupil]:
    """The pupils with their measures, from the grey levels inside and outside of them."""
    count = len(middle)
    within, beside = inside.reshape(count, -1), outside.reshape(count, -1)
    dark = np.median(within, 1).astype(np.float64)
    contrast = np.median(beside, 1).astype(np.float64) - dark
    closed = (rise > CLOSED).mean(1)
    uneven = contours.std(1).astype(np.float64) / radius
    likeness = closed + 0.5 * np.minimum(contrast / np.maximum(dark + 10, 25), 1.0) - dark / 255
    likeness -= within.std(1).astype(np.float64) / 40 + 6 * np.maximum(uneven - 0.03, 0)
    edge = np.clip(rise, 0, None).mean(1)
    measured = np.stack([*middle.T, radius, edge, contrast, closed, likeness], 1).tolist()
    return [
        Pupil(Circle(x, y, r), contour, *measures)
        for (x, y, r, *measures), contour in zip(measured, contours, strict=True)
    ]


def _contours(
    middle: npt.NDArray[np.float64], radius: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> Floats:
    """The radius at even angles around each circle's centre, without detail that no pupil has."""
    apart = points - middle[:, None]
    angles = np.arctan2(apart[..., 1], apart[..., 0]) % (2 * np.pi)
    lengths = np.hypot(apart[..., 0], apart[..., 1])
    even = np.array([np.interp(TURN, *_unrolled(*each)) for each in zip(angles, lengths, strict=True)])
    waves = np.fft.rfft(np.clip(even, 0.9 * radius[:, None], 1.1 * radius[:, None]))
    waves[:, HARMONICS + 1 :] = 0
    return np.fft.irfft(waves, ANGLES).astype(np.float32)


def _unrolled(
    angle: npt.NDArray[np.float64], radius: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Angles in order and a little more than once around, with their radii."""
    order = np.argsort(angle)
    angle, radius = angle[order], radius[order]
    turns = np.concatenate([angle[-3:] - 2 * np.pi, angle, angle[:3] + 2 * np.pi])
    return turns, np.concatenate([radius[-3:], radius, radius[:3]])


def _distinct(pupils: list[Pupil]) -> list[Pupil]:
    """Likeliest first, without those that repeat another one."""
    kept: list[Pupil] = []
    for one in sorted(pupils, key=lambda each: -each.likeness):
        away = [np.hypot(one.circle.x - other.circle.x, one.circle.y - other.circle.y) for other in kept]
        if all(each >= APART for each in away):
            kept.append(one)
    return kept
