"""What drawing on a face needs: pictures as numbers to calculate with, and the face's own measure."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image, Mesh

Rng = np.random.Generator
Floats = npt.NDArray[np.float32]
EYES = ((33, 133), (362, 263))
"""Mesh points at the corners of the eyes."""


def floats(image: Image) -> Floats:
    """To calculate with."""
    return image.astype(np.float32)


def whole(image: npt.ArrayLike) -> Image:
    """What OpenCV gave back, as a picture."""
    return np.asarray(image, np.uint8)


def clipped(values: npt.NDArray[np.floating]) -> Image:
    """As a picture; what is too dark or too bright is clipped."""
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def noisy(values: npt.NDArray[np.floating], rng: Rng, sigma: float) -> Image:
    """As a picture, with a camera's noise of standard deviation `sigma`."""
    return clipped(values + rng.normal(0, sigma, values.shape))


def unit_of(mesh: Mesh) -> float:
    """Pixels between the middles of the eyes."""
    right, left = (mesh.points[list(corners), :2].mean(axis=0) for corners in EYES)
    return max(float(np.hypot(*(right - left))), 8.0)


def axis_of(mesh: Mesh) -> npt.NDArray[np.float64]:
    """From the person's right eye to the left one, length 1."""
    right, left = (mesh.points[list(corners), :2].mean(axis=0) for corners in EYES)
    across = (left - right).astype(np.float64)
    return np.asarray(across / max(float(np.hypot(*across)), 1e-6))


def inside(shape: tuple[int, ...], outline: npt.NDArray[np.floating]) -> Floats:
    """1 inside the outline, 0 outside."""
    area = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(area, [outline.round().astype(np.int32)], [1.0])
    return area


def place_of(image: Image, point: npt.NDArray[np.floating]) -> tuple[int, int]:
    """Row and column of a point, inside the picture."""
    row, column = round(float(point[1])), round(float(point[0]))
    return min(max(row, 0), image.shape[0] - 1), min(max(column, 0), image.shape[1] - 1)
