"""Minutia Cylinder-Code: what lies around each minutia, in numbers that do not change when the finger turns.

Cappelli, Ferrara and Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010: a cylinder over each minutia,
its base divided into cells and its height into directions; each cell holds how much the neighbours contribute
there. Real-valued form, eight cells across and six directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from models.finger.minutiae import Floats, Minutiae
from models.finger.settings import CylinderSettings

Doubles = npt.NDArray[np.float64]
FEWEST = 5
"""Minutiae without which there is no hull worth the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Cylinders:
    """The comparable form of one impression. `repr` shows nothing of it. Positions have y upwards."""

    points: Doubles = field(repr=False)
    """n × 3: x, y, angle of the minutiae that have a cylinder."""
    values: Floats = field(repr=False)
    """n × (base cells · sections): contributions, zero where not valid."""
    squares: Floats = field(repr=False)
    """n × base cells: sum of the squared values over the sections."""
    valid: Floats = field(repr=False)
    """n × base cells: 1 where the cell says something; the same in all sections."""
    everything: Doubles = field(repr=False)
    """N × 3: x, y, angle of all minutiae."""

    def __len__(self) -> int:
        return len(self.points)

    def wipe(self) -> None:
        """Overwrite every number with zero."""
        for each in (self.points, self.values, self.squares, self.valid, self.everything):
            each.fill(0)


def describe(minutiae: Minutiae, settings: CylinderSettings) -> Cylinders:
    """The cylinders of an impression; none when there are too few minutiae."""
    everything = np.column_stack([minutiae.xy * (1, -1), minutiae.angle]).astype(np.float64)
    base = _base(settings)
    if len(everything) < FEWEST:
        none = np.zeros((0, len(base)), np.float32)
        return Cylinders(everything[:0], none.repeat(settings.sections, 1), none, none.copy(), everything)
    centres = _centres(everything, base)
    valid = _inside(centres, everything[:, :2], settings.hull_margin)
    values = _contributions(everything, centres, settings)
    reach = settings.radius + 3 * settings.spread
    apart = everything[:, None, :2] - everything[None, :, :2]
    around = ((apart**2).sum(-1) <= reach**2).sum(1) - 1
    usable = (valid.mean(1) >= settings.least_valid) & (around >= settings.least_around)
    told = valid[usable].astype(np.float32)
    kept = values[usable].astype(np.float32) * told[..., None]
    squares = (kept * kept).sum(-1)
    return Cylinders(
        everything[usable], kept.reshape(len(kept), len(base) * settings.sections), squares, told, everything
    )


def wrapped(angle: Doubles) -> Doubles:
    """An angle in [−π, π)."""
    return np.mod(angle + math.pi, 2 * math.pi) - math.pi


@cache
def _base(settings: CylinderSettings) -> Doubles:
    """c × 2: the centres of a cylinder's cells around its minutia."""
    line = (np.arange(settings.cells) + 0.5) * 2 * settings.radius / settings.cells - settings.radius
    across, up = np.meshgrid(line, line)
    inside = np.hypot(across, up) <= settings.radius
    return np.column_stack([across[inside], up[inside]])


def _centres(minutiae: Doubles, base: Doubles) -> Doubles:
    """N × c × 2: the cells of every cylinder, turned with its minutia."""
    cosine, sine = np.cos(minutiae[:, 2:]), np.sin(minutiae[:, 2:])
    x = minutiae[:, :1] + cosine * base[:, 0] - sine * base[:, 1]
    y = minutiae[:, 1:2] + sine * base[:, 0] + cosine * base[:, 1]
    return np.stack([x, y], axis=-1)


def _contributions(minutiae: Doubles, centres: Doubles, settings: CylinderSettings) -> Doubles:
    """N × c × sections: what the neighbours contribute to each cell, 0 to 1 (paper, eqs. 3 to 11)."""
    count, spread, angle_spread = len(minutiae), settings.spread, settings.angle_spread
    distance = ((centres[:, :, None] - minutiae[None, None, :, :2]) ** 2).sum(-1)
    spatial = np.exp(distance / (-2 * spread**2)) / (spread * math.sqrt(2 * math.pi))
    spatial[distance > (3 * spread) ** 2] = 0
    spatial[np.arange(count), :, np.arange(count)] = 0
    width = 2 * math.pi / settings.sections
    sections = -math.pi + (np.arange(settings.sections) + 0.5) * width
    turned = wrapped(minutiae[:, None, 2] - minutiae[None, :, 2])
    off = wrapped(sections - turned[..., None])
    angular = np.exp(off**2 / (-2 * angle_spread**2)) * width / (angle_spread * math.sqrt(2 * math.pi))
    return sigmoid(spatial @ angular, settings.middle, settings.steepness)


def sigmoid(value: Doubles, middle: float, steepness: float) -> Doubles:
    """1/(1 + e^(−steepness·(value − middle)))."""
    return 1 / (1 + np.exp(np.clip(-steepness * (value - middle), -60, 60)))


def _inside(centres: Doubles, points: Doubles, margin: float) -> npt.NDArray[np.bool_]:
    """N × c: True where a cell lies within `margin` of the hull of all minutiae."""
    hull = _hull(points)
    if len(hull) < 3:
        return np.ones(centres.shape[:2], bool)
    edges = np.roll(hull, -1, axis=0) - hull
    outward = np.column_stack([edges[:, 1], -edges[:, 0]]) / np.hypot(*edges.T)[:, None]
    beyond = centres @ outward.T - (hull * outward).sum(1)
    return np.asarray(beyond.max(-1) <= margin, np.bool_)


def _hull(points: Doubles) -> Doubles:
    """The corners of the convex hull, counter-clockwise (Andrew's monotone chain)."""
    ordered = np.unique(points, axis=0).tolist()
    halves = [_half(ordered), _half(ordered[::-1])]
    return np.array([corner for half in halves for corner in half[:-1]], np.float64).reshape(-1, 2)


def _half(ordered: list[list[float]]) -> list[list[float]]:
    """One side of the hull."""
    chain: list[list[float]] = []
    for x, y in ordered:
        while len(chain) >= 2:
            (x0, y0), (x1, y1) = chain[-2:]
            if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                break
            chain.pop()
        chain.append([x, y])
    return chain
