"""How far the eyes are open and where they look, from a network that looks at each eye alone.

The network is MediaPipe Iris (Ablavatski 2020).

The face mesh cannot answer this: on pictures of people with closed eyes its eyelids stay where an open eye
has them. The eye network's opening falls to about 0.6 of the person's own open level in a blink.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from models.api import Image, Mesh
from models.engine import Engine
from models.face.align import crop, square
from models.face.feed import Feed

SIDE = 64
"""Pixels of the network's picture."""
ROOM = 2.3
"""Side of the square around an eye, in distances between its corners: MediaPipe's own region of interest."""
POINTS = 71
IRIS_POINTS = 5
"""The first is the middle of the iris."""
CORNERS = (0, 8)
"""Contour points at the corners of an eye."""
LOWER, UPPER = slice(1, 8), slice(9, 16)
"""Contour points of the lids, from the outer corner to the inner one."""
RIGHT, LEFT = (33, 133), (263, 362)
"""Mesh points at the outer and the inner corner of the person's right and left eye."""


Point = Sequence[float]
"""x and y, as plain numbers: for so few, arrays take longer."""


@dataclass(frozen=True, slots=True)
class Look:
    """What both eyes show together."""

    opening: float
    """Mean distance between the lids, in distances between the corners."""
    aside: float
    """How far the irises lie towards the person's own left of the middle between the corners, in the same
    unit."""


class Eyes:
    """The eye network. Feeding: RGB, 0 to 1, a left eye upright in the middle of a square."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._feed = Feed(1 / 255.0, rgb=True)
        self.net_ms = 0.0

    def opening(self, image: Image, mesh: Mesh) -> float:
        """Mean over both eyes of the distance between the lids, in distances between the corners."""
        return self.look(image, mesh).opening

    def look(self, image: Image, mesh: Mesh) -> Look:
        """Opening and direction of both eyes."""
        self.net_ms = 0.0
        right, left = self._one(image, mesh, RIGHT, mirrored=True), self._one(image, mesh, LEFT)
        return Look((right.opening + left.opening) / 2, (left.aside - right.aside) / 2)

    def _one(self, image: Image, mesh: Mesh, corners: tuple[int, int], mirrored: bool = False) -> Look:
        """One eye; `aside` is counted towards its outer corner. A right eye is shown in the mirror."""
        (x, y), (u, v) = mesh.points[list(corners), :2].tolist()
        across = (u - x, v - y) if mirrored else (x - u, y - v)
        side = ROOM * max(math.hypot(*across), 1.0)
        place = square(((x + u) / 2, (y + v) / 2), side, math.atan2(across[1], across[0]), SIDE)
        picture = crop(image, place, SIDE, self._feed.room(SIDE, SIDE))
        if mirrored:
            picture = cv2.flip(picture, 1, self._feed.room(SIDE, SIDE, 1))  # type: ignore[assignment]
        contour, iris = self._engine(self._feed.numbers(picture))
        self.net_ms += self._engine.last_ms
        points = contour.reshape(POINTS, 3)[: UPPER.stop, :2].tolist()
        return Look(opening_of(points), aside_of(points, iris.reshape(IRIS_POINTS, 3)[0, :2].tolist()))


def opening_of(points: Sequence[Point]) -> float:
    """Mean distance between the lids over the distance between the corners, of the first contour points."""
    width = math.dist(points[CORNERS[0]], points[CORNERS[1]])
    lids = [math.dist(lower, upper) for lower, upper in zip(points[LOWER], points[UPPER], strict=True)]
    return sum(lids) / len(lids) / max(width, 1e-6)


def aside_of(points: Sequence[Point], iris: Point) -> float:
    """How far the middle of the iris lies from the middle between the corners, along them, in their distance.

    Positive towards the second corner.
    """
    (x, y), (u, v) = points[CORNERS[0]], points[CORNERS[1]]
    along = (iris[0] - (x + u) / 2) * (u - x) + (iris[1] - (y + v) / 2) * (v - y)
    return along / max((u - x) ** 2 + (v - y) ** 2, 1e-12)
