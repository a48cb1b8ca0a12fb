"""Minutiae by the LEADER network of the University of Bologna (see models/catalogue.toml).

The network takes grey values as they are (0–255) in a frame whose sides are multiples of 32, and gives for
every pixel position, direction, kind, and a confidence that is zero except at minutiae.
"""

from __future__ import annotations

import math

import numpy as np

from models.engine import Engine
from models.finger.minutiae import Floats, Minutiae, MinutiaKind
from models.finger.picture import Finger

MULTIPLE = 32
DIRECTION, KIND, CONFIDENCE = 1, 2, 3
"""Channels of the output."""
ENDING_FROM = 0.5
"""Values of the kind's channel from here on say ending, below bifurcation."""


class Leader:
    """Finds minutiae. Use it from one lane at a time: it keeps its frame between pictures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._frame: Floats = np.zeros((1, 0, 0, 1), np.float32)

    @property
    def last_ms(self) -> float:
        """Wall time of the network in the latest run."""
        return self._engine.last_ms

    def find(self, finger: Finger, confidence: float) -> Minutiae:
        """All minutiae of at least `confidence`, placed in the whole picture."""
        height, width = finger.grey.shape
        top, left = (-size % MULTIPLE // 2 for size in (height, width))
        frame = self._framed(height, width)
        frame.fill(finger.grey[0, 0])
        frame[0, top : top + height, left : left + width, 0] = finger.grey
        (found,) = self._engine(frame)
        frame.fill(0)
        seen = found[0, top : top + height, left : left + width]
        rows, columns = np.nonzero(seen[..., CONFIDENCE] >= confidence)
        table = np.empty((len(rows), 5), np.float32)
        chosen = seen[rows, columns]
        table[:, 0], table[:, 1] = columns + finger.left, rows + finger.top
        table[:, 2] = np.mod(chosen[:, DIRECTION], 2 * math.pi)
        table[:, 3] = np.where(chosen[:, KIND] >= ENDING_FROM, MinutiaKind.ENDING, MinutiaKind.BIFURCATION)
        table[:, 4] = np.clip(chosen[:, CONFIDENCE], 0, 1)
        return Minutiae(table, finger.width, finger.height)

    def _framed(self, height: int, width: int) -> Floats:
        """The frame for a picture of this size; the last one again if it fits."""
        shape = (1, *(-(-size // MULTIPLE) * MULTIPLE for size in (height, width)), 1)
        if self._frame.shape != shape:
            self._frame = np.empty(shape, np.float32)
        return self._frame
