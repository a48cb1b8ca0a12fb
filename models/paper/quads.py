"""Four-sided figures that straight edges make: how well each is covered by edge, and ends at its corners."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from models.paper.edges import Floats, Line

LEAST_AREA = 0.015
"""Of the picture."""
LEAST_SIDE_COVER = 0.35
LEAST_COVER = 0.55
ENDS = 0.07
"""Of a side, at each corner: there corners may be round."""
BEYOND = 0.12
"""Of a side, past each corner: an outline does not go on there."""
MOST_APART = np.cos(np.deg2rad(28))
"""Between opposite sides."""
LEAST_CROSSING = np.cos(np.deg2rad(48))
"""Between neighbouring sides."""


def find_quads(lines: Sequence[Line], size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Four-sided outlines (… × 4 × 2) with their scores, whatever their proportions."""
    nothing = np.zeros((0, 4, 2)), np.zeros(0)
    if len(lines) < 4:
        return nothing
    meet, along = _crossings(lines)
    cover, beyond = _cover(lines, along)
    normals = np.array([line.normal for line in lines])
    between = np.abs(normals @ normals.T)
    pairs = [(a, b) for a, b in itertools.combinations(range(len(lines)), 2) if between[a, b] > MOST_APART]
    if not pairs:
        return nothing
    pair = np.array(pairs)
    first, second = np.triu_indices(len(pairs), 1)
    (a, b), (c, d) = pair[first].T, pair[second].T
    crossing = np.maximum.reduce([between[a, c], between[a, d], between[b, c], between[b, d]])
    keep = crossing < LEAST_CROSSING
    a, b, c, d = (each[keep] for each in (a, b, c, d))
    sides = np.stack([cover[a, c, d], cover[c, a, b], cover[b, c, d], cover[d, a, b]])
    past = np.stack([beyond[a, c, d], beyond[c, a, b], beyond[b, c, d], beyond[d, a, b]])
    good = (sides.min(0) > LEAST_SIDE_COVER) & (sides.mean(0) > LEAST_COVER)
    a, b, c, d, sides, past = a[good], b[good], c[good], d[good], sides[:, good], past[:, good]
    quads = np.stack([meet[a, c], meet[a, d], meet[b, d], meet[b, c]], axis=1)
    share = area(quads) / (size[0] * size[1])
    score = (sides.mean(0) + sides.min(0)) / 2 - 0.3 * past.mean(0)
    score = score * (0.8 + 0.2 * np.clip(share / 0.25, 0, 1))
    score[share < LEAST_AREA] = 0
    return quads, score


def area(quads: Floats) -> Floats:
    """Area of each quad; 0 for one whose sides cross."""
    ahead = np.roll(quads, -1, 1)
    doubled = quads[..., 0] * ahead[..., 1] - quads[..., 1] * ahead[..., 0]
    edges = ahead - quads
    turns = edges[..., 0] * np.roll(edges, -1, 1)[..., 1] - edges[..., 1] * np.roll(edges, -1, 1)[..., 0]
    convex = (turns > 0).all(1) | (turns < 0).all(1)
    return np.asarray(np.where(convex, np.abs(doubled.sum(1)) / 2, 0))


def _crossings(lines: Sequence[Line]) -> tuple[Floats, Floats]:
    """Where each line meets each other: the points, and how far along the first line they lie."""
    normals = np.array([line.normal for line in lines])
    away = np.array([line.away for line in lines])
    turned = normals[:, None, 0] * normals[None, :, 1] - normals[:, None, 1] * normals[None, :, 0]
    turned = np.where(np.abs(turned) < 1e-3, np.nan, turned)
    x = (away[:, None] * normals[None, :, 1] - away[None, :] * normals[:, None, 1]) / turned
    y = (normals[:, None, 0] * away[None, :] - normals[None, :, 0] * away[:, None]) / turned
    meet = np.nan_to_num(np.stack([x, y], axis=2), nan=1e6)
    directions = np.array([line.direction for line in lines])
    return meet, np.einsum("abk,ak->ab", meet, directions)


def _cover(lines: Sequence[Line], along: Floats) -> tuple[Floats, Floats]:
    """Of the part of line a between its crossings with b and c: the share with edge, inside and past."""
    count = len(lines)
    cover, beyond = np.zeros((count,) * 3), np.zeros((count,) * 3)
    for number, line in enumerate(lines):
        start, end = along[number][:, None], along[number][None, :]
        span = end - start
        steps = np.arange(len(line.covered)) + line.first

        shares = (ENDS, 1 - ENDS, -BEYOND, 0.0, 1.0, 1 + BEYOND)
        inner, outer, before, begin, stop, after = (
            np.interp(start + share * span, steps, line.covered) for share in shares
        )
        length = np.maximum(np.abs(span), 1e-6)
        cover[number] = np.abs(outer - inner) / length / (1 - 2 * ENDS)
        past = np.abs(begin - before) + np.abs(after - stop)
        beyond[number] = past / length / (2 * BEYOND)
    return cover, beyond
