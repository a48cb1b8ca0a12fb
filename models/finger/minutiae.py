"""The minutiae of one impression, as every stage passes them on.

Positions are pixels at 500 dpi from the picture's top left corner, y downwards. Angles are those of
ISO/IEC 19794-2:2005 §6.5.3: radians from the x axis, counter-clockwise as seen, along the ridge.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

X, Y, ANGLE, KIND, QUALITY = range(5)
"""Columns of `Minutiae.table`."""


class Position(enum.IntEnum):
    """Finger positions of ISO/IEC 19794-2:2005, table 2."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


class MinutiaKind(enum.IntEnum):
    """What a ridge does at a minutia; the numbers of ISO/IEC 19794-2:2005."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """Minutiae of one impression. `repr` shows none of them."""

    table: Floats = field(repr=False)
    """N × 5: x, y, angle (0 to 2π), kind, quality (0 to 1, the finder's confidence)."""
    width: int
    """Pixels of the picture at 500 dpi."""
    height: int

    def __post_init__(self) -> None:
        if self.table.ndim != 2 or self.table.shape[1] != 5 or not np.isfinite(self.table).all():
            raise ValueError(f"a table of minutiae is N × 5 finite numbers, not {self.table.shape}")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def xy(self) -> Floats:
        """N × 2."""
        return self.table[:, :2]

    @property
    def angle(self) -> Floats:
        """N, radians."""
        return self.table[:, ANGLE]

    @property
    def quality(self) -> Floats:
        """N, 0 to 1."""
        return self.table[:, QUALITY]

    def best(self, most: int, least_quality: float = 0.0) -> Self:
        """The `most` minutiae of highest quality, none below `least_quality`; a copy, in a fixed order."""
        table = self.table[self.quality >= least_quality]
        order = np.lexsort((table[:, X], table[:, Y], -table[:, QUALITY]))[:most]
        return type(self)(table[order].copy(), self.width, self.height)

    def wipe(self) -> None:
        """Overwrite every number with zero."""
        self.table.fill(0)
