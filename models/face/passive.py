"""The probability that a face is alive, from one picture, by a network trained on printed and shown faces.

One frame of one network is never a verdict: cameras and attacks differ too much (see the liveness module).
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from models.api import Face, Image
from models.engine import OnnxEngine
from models.face.feed import Feed

SIDE = 128
"""Pixels of the network's picture."""
ROOM = 2.7
"""Side of the square cut out, in lengths of the face's longer side."""
LIVE = 0
"""Index of the class "live" among the network's three."""


class PassiveLiveness:
    """The fr_liveness network. Feeding: BGR, 0 to 255 (its package's own script feeds RGB, wrongly)."""

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self._feed = Feed()
        self.net_ms = 0.0

    def score(self, image: Image, face: Face) -> float:
        """Probability of "live", 0 to 1."""
        left, top, side = surroundings(face.box, image.shape[1], image.shape[0])
        cut = image[top : top + side, left : left + side]
        small = self._feed.room(SIDE, SIDE)
        cv2.resize(cut, (SIDE, SIDE), dst=small, interpolation=cv2.INTER_LINEAR)
        (output,) = self._engine(self._feed.numbers(small))
        self.net_ms = self._engine.last_ms
        shares = np.exp(output[0] - output[0].max())
        return float(shares[LIVE] / shares.sum())


def surroundings(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int]:
    """Left, top and side of the square around `box`, moved to lie inside a picture of `width` × `height`."""
    x, y, across, down = box
    side = max(1, min(math.floor(ROOM * max(across, down)), width, height))
    left = min(max(round(x + across / 2 - side / 2), 0), width - side)
    top = min(max(round(y + down / 2 - side / 2), 0), height - side)
    return left, top, side
