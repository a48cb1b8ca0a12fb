"""Pictures made of bytes: a ground with shapes on it; few bytes already look like documents or eyes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.uint8]
"""Height × width × 3."""
MOST_SHAPES = 40
SHAPE = struct.Struct(">B8B3B")
"""Kind; four corners as parts of the frame, a little beyond it on every side; colour."""


def scene(data: bytes) -> Canvas:
    """Two bytes of size (1 to 511 pixels), one of blur, one of ground, then shapes of twelve bytes each."""
    width, height, blur, ground = (*data[:4], 128, 96, 0, 200)[:4] if len(data) >= 4 else (128, 96, 0, 200)
    canvas = np.full((1 + 2 * height, 1 + 2 * width, 3), ground, np.uint8)
    for number in range(min(MOST_SHAPES, (len(data) - 4) // SHAPE.size)):
        kind, *values = SHAPE.unpack_from(data, 4 + number * SHAPE.size)
        ends = (np.reshape(values[:8], (4, 2)) - 32) * (canvas.shape[1], canvas.shape[0]) / 192
        colour = values[8], values[9], values[10]
        DRAWN[kind % len(DRAWN)](canvas, np.rint(ends).astype(np.int32), colour)
    if blur % 16:
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), (blur % 16) / 4), np.uint8)
    return canvas


def shape(kind: int, corners: Sequence[tuple[float, float]], colour: tuple[int, int, int]) -> bytes:
    """The bytes of one shape; corners as parts of the frame."""
    places = [round(part * 192 + 32) for corner in corners for part in corner]
    return SHAPE.pack(kind, *places, *colour)


def _filled(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    cv2.fillPoly(canvas, [ends], colour, cv2.LINE_AA)


def _outlined(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    cv2.polylines(canvas, [ends], True, colour, 2, cv2.LINE_AA)


def _printed(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    """A row of upright strokes between the first two corners, as high as the third is below the first."""
    high = int(np.clip(ends[2, 1] - ends[0, 1], 1, 60))
    for share in np.linspace(0, 1, 3 + colour[0] % 30):
        x, y = (int(each) for each in ends[0] + share * (ends[1] - ends[0]))
        cv2.line(canvas, (x, y), (x, y + high), colour, 1)


def _round(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    """An ellipse in the box of the first and third corner."""
    middle = (ends[0] + ends[2]) // 2
    half = np.abs(ends[2] - ends[0]) // 2
    cv2.ellipse(canvas, (int(middle[0]), int(middle[1])), (int(half[0]), int(half[1])), 0, 0, 360, colour, -1)


def _noisy(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    """Grain in the box of the first and third corner."""
    (left, top), (right, bottom) = np.sort(np.maximum(ends[[0, 2]], 0), axis=0)
    part = canvas[top:bottom, left:right]
    part[:] = np.random.default_rng(tuple(colour)).integers(0, 256, part.shape, np.uint8)


def _grained(canvas: Canvas, ends: npt.NDArray[np.int32], colour: Sequence[int]) -> None:
    """An ellipse of soft grain around middle grey, as an iris has; the colour is its seed."""
    grain = np.random.default_rng(tuple(colour)).normal(110, 90, canvas.shape[:2]).astype(np.float32)
    soft = np.clip(cv2.GaussianBlur(grain, (0, 0), 2), 0, 255).astype(np.uint8)
    inside = np.zeros_like(canvas)
    _round(inside, ends, (255, 255, 255))
    np.copyto(canvas, soft[..., None], where=inside > 0)


DRAWN: tuple[Callable[[Canvas, npt.NDArray[np.int32], Sequence[int]], None], ...] = (
    _filled,
    _outlined,
    _printed,
    _round,
    _noisy,
    _grained,
)
FILLED, OUTLINED, PRINTED, ROUND, NOISY, GRAINED = range(6)
