"""What lies below and around a document: a desk top with sheets, a keyboard, cables and boxes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image

SURFACES = ("wood", "cloth", "plain", "marble")


def spread(size: tuple[int, int], random: np.random.Generator) -> Image:
    """A cluttered desk of `size` (width, height)."""
    picture = _surface(size, random)
    for _ in range(int(random.integers(1, 6))):
        (_sheet, _keys, _cable, _box)[int(random.integers(4))](picture, random)
    return picture


def _surface(size: tuple[int, int], random: np.random.Generator) -> Image:
    width, height = size
    tone = np.array(random.integers(30, 215, 3), float) * 0.35 + float(random.integers(30, 190)) * 0.65
    kind = SURFACES[int(random.integers(len(SURFACES)))]
    values: npt.NDArray[Any] = np.zeros((height, width), np.float32)
    if kind == "wood":
        rough = random.normal(0, 14, (height // 3, 6)).astype(np.float32)
        values = cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC)
    elif kind == "cloth":
        values = random.normal(0, 9, (height, width)).astype(np.float32)
    elif kind == "marble":
        for cells in (5, 17):
            rough = random.normal(0, 12, (cells, cells)).astype(np.float32)
            values += cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(tone + values[..., None], 0, 255), np.uint8)


def _somewhere(picture: Image, random: np.random.Generator) -> tuple[int, int]:
    return int(random.integers(picture.shape[1])), int(random.integers(picture.shape[0]))


def _turned_box(picture: Image, random: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Corners of a rectangle somewhere, turned somehow."""
    wide = float(random.uniform(low, high)) * picture.shape[1]
    shape = (_somewhere(picture, random), (wide, wide * float(random.uniform(0.4, 1.4))))
    corners = cv2.boxPoints((*shape, float(random.uniform(0, 90))))
    return np.rint(corners).astype(np.int32)


def _sheet(picture: Image, random: np.random.Generator) -> None:
    """Paper with lines of print."""
    corners = _turned_box(picture, random, 0.2, 0.6)
    shade = int(random.integers(185, 248))
    cv2.fillConvexPoly(picture, corners, (shade, shade, shade), cv2.LINE_AA)
    origin, right, below = corners[0], corners[1] - corners[0], corners[3] - corners[0]
    for row in np.linspace(0.1, 0.9, int(random.integers(5, 14))):
        start = origin + 0.1 * right + row * below
        for word in np.linspace(0.0, 0.75, 8)[: int(random.integers(3, 9))]:
            begin, end = start + word * right, start + (word + 0.07) * right
            ends = [tuple(int(value) for value in point) for point in (begin, end)]
            cv2.line(picture, ends[0], ends[1], (60, 60, 60), 2, cv2.LINE_AA)


def _keys(picture: Image, random: np.random.Generator) -> None:
    """Part of a keyboard."""
    x, y = _somewhere(picture, random)
    size = int(random.integers(22, 50))
    shade = int(random.integers(20, 90))
    for row in range(4):
        for column in range(7):
            corner = x + column * (size + 5) + row * 6, y + row * (size + 5)
            far = corner[0] + size, corner[1] + size
            cv2.rectangle(picture, corner, far, (shade, shade, shade), -1)
            cv2.rectangle(picture, corner, far, (shade + 40, shade + 40, shade + 40), 1)


def _cable(picture: Image, random: np.random.Generator) -> None:
    """A bent line."""
    points = np.array([_somewhere(picture, random) for _ in range(4)], float)
    t = np.linspace(0, 1, 40)[:, None]
    first, second, third, last = points
    curve = (1 - t) ** 3 * first + 3 * t * (1 - t) ** 2 * second + 3 * t**2 * (1 - t) * third + t**3 * last
    shade = int(random.integers(10, 70))
    cv2.polylines(
        picture,
        [np.rint(curve).astype(np.int32)],
        False,
        (shade, shade, shade),
        int(random.integers(4, 12)),
        cv2.LINE_AA,
    )


def _box(picture: Image, random: np.random.Generator) -> None:
    """A coloured thing with straight edges."""
    colour = [int(value) for value in random.integers(20, 235, 3)]
    cv2.fillConvexPoly(picture, _turned_box(picture, random, 0.08, 0.35), colour, cv2.LINE_AA)
