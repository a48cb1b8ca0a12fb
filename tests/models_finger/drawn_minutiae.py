"""Minutiae by lot, and the same finger laid down again."""

from __future__ import annotations

import math

import numpy as np

from models.finger.minutiae import Minutiae, MinutiaKind


def drawn(seed: int, count: int = 40, side: int = 300, apart: float = 12.0) -> Minutiae:
    """Minutiae by lot, no two closer than `apart` pixels, directions as smooth as a finger's."""
    lot = np.random.default_rng(seed)
    places: list[tuple[float, float]] = []
    while len(places) < count:
        x, y = lot.uniform(20, side - 20, 2)
        if all(math.hypot(x - a, y - b) >= apart for a, b in places):
            places.append((x, y))
    xy = np.array(places).reshape(-1, 2)
    swirl = lot.uniform(0, 2 * math.pi) + xy @ lot.uniform(-0.01, 0.01, 2)
    table = np.column_stack(
        [
            xy,
            np.mod(swirl + math.pi * lot.integers(0, 2, count), 2 * math.pi),
            lot.choice([MinutiaKind.ENDING, MinutiaKind.BIFURCATION], count),
            lot.uniform(0.4, 1, count),
        ]
    )
    return Minutiae(table.astype(np.float32), side, side)


def moved(minutiae: Minutiae, turn: float, shift: tuple[float, float], jitter: float, seed: int) -> Minutiae:
    """The same finger laid down again: turned (counter-clockwise), shifted, each place off a little."""
    lot = np.random.default_rng(seed)
    table = minutiae.table.astype(np.float64)
    middle = np.array([minutiae.width / 2, minutiae.height / 2])
    x, y = (table[:, :2] - middle).T
    cosine, sine = math.cos(turn), math.sin(turn)
    table[:, 0] = cosine * x + sine * y + middle[0] + shift[0] + lot.normal(0, jitter, len(table))
    table[:, 1] = -sine * x + cosine * y + middle[1] + shift[1] + lot.normal(0, jitter, len(table))
    table[:, 2] = np.mod(table[:, 2] + turn + lot.normal(0, jitter / 40, len(table)), 2 * math.pi)
    order = lot.permutation(len(table))
    return Minutiae(table[order].astype(np.float32), minutiae.width, minutiae.height)
