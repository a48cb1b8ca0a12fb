"""Compares two impressions by their cylinders: one number from 0 (nothing in common) upwards.

1. Each cylinder is compared with each of the other impression (similarity of the paper, eq. 17).
2. The most similar pairs, each minutia once, support or contradict one another by distance and direction
   (relaxation, after "Local Similarity Sort with Relaxation" of the paper). What stays of the best pairs is
   the first part of the score, 0 to 1; different fingers rarely exceed 0.03.
3. One rigid movement from the best pairs lays one impression on the other. The share of minutiae in the
   overlap that then lie on each other is the second part, 0 to `rigid_weight`.

The result does not depend on the order of the two templates, and is the same number on every run: the two are
put into a fixed order first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.finger.cylinders import Cylinders, Doubles, sigmoid, wrapped
from models.finger.minutiae import Floats
from models.finger.settings import MatchSettings

FEWEST = 3
"""Cylinders without which two impressions cannot be compared."""
APART = 99.0
ALONE = 250_000
"""Multiplications up to which OpenBLAS works in the calling thread (its own limit is 262,144)."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What two impressions have in common."""

    score: float
    """The sum of both parts."""
    similar: float = 0.0
    """First part: similarity of the best pairs after relaxation."""
    together: int = 0
    """Minutiae that lie on each other after one rigid movement."""
    share: float = 0.0
    """Their share of the minutiae in the overlap (the product of both impressions' shares)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of minutiae, row for row."""

    first: Doubles
    second: Doubles
    similarity: Doubles


def compare(one: Cylinders, other: Cylinders, settings: MatchSettings) -> Comparison:
    """Compare two impressions; a score of 0 when one of them has too little to compare."""
    if min(len(one), len(other)) < FEWEST:
        return Comparison(0.0)
    first, second = sorted((one, other), key=_rank)
    pairs = _candidates(first, second, settings)
    if len(pairs.similarity) < FEWEST:
        return Comparison(0.0)
    relaxed = _relaxed(pairs, settings)
    wanted = _counted(min(len(first), len(second)))
    trust = relaxed / pairs.similarity
    best = np.argsort(-trust, kind="stable")[:wanted]
    similar = float(relaxed[best].sum() / wanted)
    together, share = _rigid(first.everything, second.everything, pairs, best, trust[best], settings)
    full = settings.rigid_full
    score = similar + settings.rigid_weight * share * min(together, full) / full
    return Comparison(score, similar, together, share)


def _counted(fewer: int) -> int:
    """How many of the best pairs make up the score, by the cylinders of the poorer impression (eq. 22)."""
    return 4 + round(8 / (1 + math.exp(-0.4 * (fewer - 20))))


def _rank(cylinders: Cylinders) -> tuple[int, bytes]:
    """An order of templates that depends on their content alone."""
    return len(cylinders), cylinders.points.tobytes()


def _candidates(first: Cylinders, second: Cylinders, settings: MatchSettings) -> _Pairs:
    """The most similar pairs, each minutia in one at most."""
    similarity = _similarities(first, second, settings)
    wanted = min(len(first), len(second), settings.most_pairs)
    flat = similarity.ravel()
    look = min(6 * wanted, flat.size)
    top = np.argpartition(-flat, look - 1)[:look]
    top = top[np.argsort(-flat[top], kind="stable")]
    rows, columns = np.divmod(top[flat[top] > 0], len(second))
    used_rows, used_columns = bytearray(len(first)), bytearray(len(second))
    kept: list[tuple[int, int]] = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if used_rows[row] or used_columns[column]:
            continue
        used_rows[row] = used_columns[column] = 1
        kept.append((row, column))
        if len(kept) == wanted:
            break
    left, right = np.array(kept, np.intp).reshape(-1, 2).T
    return _Pairs(first.points[left], second.points[right], similarity[left, right].astype(np.float64))


def _similarities(first: Cylinders, second: Cylinders, settings: MatchSettings) -> Floats:
    """One minus the normalised distance of every two cylinders; 0 where they cannot be compared."""
    common = _products(first.values, second.values)
    mine, theirs = _products(first.squares, second.valid), _products(first.valid, second.squares)
    apart = np.sqrt(np.maximum(mine + theirs - 2 * common, 0))
    similarity = 1 - apart / np.maximum(np.sqrt(mine) + np.sqrt(theirs), 1e-6)
    shared = _products(first.valid, second.valid) / first.valid.shape[1]
    turned = np.abs(wrapped(first.points[:, None, 2] - second.points[None, :, 2]))
    similarity[(shared < settings.shared) | (turned > settings.turned)] = 0
    return np.asarray(similarity, np.float32)


def _products(left: Floats, right: Floats) -> Floats:
    """`left` times `right` transposed, in pieces so small that the algebra library starts no threads.

    On a busy machine its threads wait for one another far longer than the work takes: 30 ms for some matches.
    """
    rows = max(1, ALONE // max(right.size, 1))
    pieces = [left[at : at + rows] @ right.T for at in range(0, len(left), rows)]
    return np.concatenate(pieces)


def _relaxed(pairs: _Pairs, settings: MatchSettings) -> Doubles:
    """Similarities after each pair has been supported or contradicted by all others."""
    distance_one, bearing_one, turn_one = _relations(pairs.first)
    distance_two, bearing_two, turn_two = _relations(pairs.second)
    steep = 30.0
    support = sigmoid(np.abs(distance_one - distance_two), settings.distance, -8 / settings.distance)
    support *= sigmoid(np.abs(wrapped(turn_one - turn_two)), settings.angle, -steep)
    support *= sigmoid(np.abs(wrapped(bearing_one - bearing_two)), settings.angle, -steep)
    np.fill_diagonal(support, 0)
    support /= len(pairs.similarity) - 1
    value = pairs.similarity
    for _ in range(settings.rounds):
        value = 0.5 * value + 0.5 * (support @ value)
    return value


def _relations(points: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Distance, bearing as seen from the first, and difference of direction of every two minutiae."""
    step = points[None, :, :2] - points[:, None, :2]
    distance = np.hypot(step[..., 0], step[..., 1])
    bearing = points[:, None, 2] - np.arctan2(step[..., 1], step[..., 0])
    return distance, bearing, points[:, None, 2] - points[None, :, 2]


def _rigid(
    first: Doubles,
    second: Doubles,
    pairs: _Pairs,
    best: npt.NDArray[np.intp],
    trust: Doubles,
    settings: MatchSettings,
) -> tuple[int, float]:
    """Minutiae that lie on each other after the movement that the best pairs ask for, and their share."""
    one, two, weight = pairs.first[best], pairs.second[best], trust + 1e-9
    turn = math.atan2(*((weight * part(two[:, 2] - one[:, 2])).sum() for part in (np.sin, np.cos)))
    half_one, half_two = _turned(first, turn / 2), _turned(second, -turn / 2)
    gap = _turned(two, -turn / 2)[:, :2] - _turned(one, turn / 2)[:, :2]
    half_one[:, :2] += np.average(gap, axis=0, weights=weight)
    step = half_one[:, None] - half_two[None]
    distance = np.hypot(step[..., 0], step[..., 1])
    fits = (distance < settings.near) & (np.abs(wrapped(step[..., 2])) < settings.alike)
    cost = np.where(fits, distance, APART)
    nearest = cost.argmin(1)
    mutual = (cost.min(1) < APART) & (cost.argmin(0)[nearest] == np.arange(len(cost)))
    together = int(mutual.sum())
    overlap = _within(half_one, half_two, settings.border) * _within(half_two, half_one, settings.border)
    return together, together * together / max(overlap, 1)


def _turned(points: Doubles, angle: float) -> Doubles:
    """A copy of x, y, angle turned around the origin."""
    cosine, sine = math.cos(angle), math.sin(angle)
    x, y, direction = points.T
    return np.column_stack([cosine * x - sine * y, sine * x + cosine * y, direction + angle])


def _within(points: Doubles, others: Doubles, border: float) -> int:
    """How many points lie in the box around the others."""
    low, high = others[:, :2].min(0) - border, others[:, :2].max(0) + border
    return int(((points[:, :2] > low) & (points[:, :2] < high)).all(1).sum())
