"""A rectangle as an ordinary camera sees it: what its four corners tell of its proportions and its tilt."""

from __future__ import annotations

import numpy as np

from models.paper.edges import Floats

FOCAL = 1.15
"""Focal length taken for granted, in longer sides of the picture: webcams have 0.9 to 1.5."""


def rectangle(quads: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Ratio of first to second side, and cosine between them, of what was seen as quads (… × 4 × 2)."""
    right, below = axes(quads, size)
    long, high = (np.maximum(np.linalg.norm(each, axis=-1), 1e-9) for each in (right, below))
    return long / high, (right * below).sum(-1) / (long * high)


def axes(quads: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """First and second side of the document in the camera's space, at one scale (Heckbert 1989, 2.2.3)."""
    seen = (quads - np.array(size) / 2) / (FOCAL * max(size))
    origin, first, far, last = (seen[..., n, :] for n in range(4))
    beside, below, skew = first - far, last - far, origin - first + far - last
    whole = _turn(beside, below)
    whole = np.where(np.abs(whole) < 1e-12, 1e-12, whole)
    g, h = (_turn(skew, below) / whole)[..., None], (_turn(beside, skew) / whole)[..., None]
    right = np.concatenate([first - origin + g * first, g], axis=-1)
    down = np.concatenate([last - origin + h * last, h], axis=-1)
    return right, down


def clockwise(quad: Floats) -> Floats:
    """The corners in the order of the clock, as seen in a picture."""
    (ax, ay), (bx, by) = quad[1] - quad[0], quad[2] - quad[1]
    return quad if ax * by - ay * bx > 0 else quad[::-1]


def from_the_top(corners: Floats) -> Floats:
    """The same corners, beginning with the longer side that lies higher (or further left)."""
    lengths = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    begin = 0 if lengths[0] + lengths[2] >= lengths[1] + lengths[3] else 1
    turned = np.roll(corners, -begin, 0)
    upper, lower = turned[:2].mean(0), turned[2:].mean(0)
    across, down = np.abs(lower - upper)
    before = lower[1] > upper[1] if down >= across else lower[0] > upper[0]
    return turned if before else np.roll(turned, -2, 0)


def _turn(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
