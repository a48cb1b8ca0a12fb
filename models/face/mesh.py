"""468 points of a face in three dimensions (MediaPipe Face Mesh, Kartynnik et al. 2019)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from models.api import Face, Image, Mesh
from models.engine import OnnxEngine
from models.face.align import crop, square
from models.face.feed import Feed

SIDE = 192
"""Pixels of the network's picture."""
ROOM = 1.5
"""Side of the square around the face, in lengths of the face: MediaPipe's own region of interest."""
POINTS = 468


class FaceMesh:
    """The mesh network. Feeding: RGB, 0 to 1, the face upright in the middle of a square."""

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self._feed = Feed(1 / 255.0, rgb=True)
        self.net_ms = 0.0

    def find(self, image: Image, face: Face) -> Mesh:
        """The mesh of `face`; `presence` is the network's probability that a face is there."""
        x, y, width, height = face.box
        across = face.points[1] - face.points[0]
        angle = math.atan2(float(across[1]), float(across[0]))
        side = ROOM * max(width, height)
        transform = square((x + width / 2, y + height / 2), side, angle, SIDE)
        picture = crop(image, transform, SIDE, self._feed.room(SIDE, SIDE))
        points, presence = self._engine(self._feed.numbers(picture))
        self.net_ms = self._engine.last_ms
        return Mesh(_placed(points, angle, side, transform), _probability(float(presence.item())))


def _placed(
    raw: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    angle: float,
    side: float,
    transform: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The network's points brought back from the crop into the picture."""
    scale = side / SIDE
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    right, down = transform[:, 2].tolist()
    back = np.array(
        [
            [cos, -sin, 0, sin * down - cos * right],
            [sin, cos, 0, -sin * right - cos * down],
            [0, 0, scale, 0],
        ],
        np.float32,
    )
    # OpenCV, because a product of numpy wakes the threads of its library for each frame.
    placed: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = cv2.transform(  # type: ignore[assignment]
        raw.reshape(POINTS, 1, 3), back
    )
    return placed.reshape(POINTS, 3)


def _probability(logit: float) -> float:
    """The logistic function, safe for any size of `logit`."""
    return 1 / (1 + math.exp(-min(max(logit, -60.0), 60.0)))
