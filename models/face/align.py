"""Lines a face up on the five-point template that the recognition networks were trained with."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

SIDE = 112
"""Pixels of an aligned face's side."""

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Eyes, nose tip, mouth corners in an aligned face; source: ArcFace (Deng et al. 2019), insightface."""

Transform = npt.NDArray[np.float64]
"""2 × 3: from picture pixels to crop pixels."""


def align(image: Image, points: npt.NDArray[np.float32]) -> Image:
    """The face as 112 × 112 BGR, eyes, nose and mouth on the template."""
    return crop(image, similarity(points, TEMPLATE), SIDE)


def similarity(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32]) -> Transform:
    """Rotation, one scale and shift that bring `source` (n × 2) nearest to `target` by least squares.

    In the plane with points as complex numbers this is one division; it gives what Umeyama (1991) gives
    whenever no mirror image fits better.
    """
    given, wanted = _complex(source), _complex(target)
    given_mean, wanted_mean = sum(given) / len(given), sum(wanted) / len(wanted)
    given = [point - given_mean for point in given]
    spread = sum(point.real**2 + point.imag**2 for point in given)
    crossed = sum(point.conjugate() * (goal - wanted_mean) for point, goal in zip(given, wanted, strict=True))
    turn = crossed / spread if spread > 0 else 1.0 + 0.0j
    shift = wanted_mean - turn * given_mean
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def square(centre: tuple[float, float], side: float, angle: float, pixels: int) -> Transform:
    """Brings the square of `side` around `centre`, turned by `angle` radians, to `pixels` × `pixels`."""
    scale = pixels / side
    cos, sin = math.cos(-angle) * scale, math.sin(-angle) * scale
    x, y = centre
    return np.array([[cos, -sin, pixels / 2 - cos * x + sin * y], [sin, cos, pixels / 2 - sin * x - cos * y]])


def crop(image: Image, transform: Transform, pixels: int, into: Image | None = None) -> Image:
    """The `pixels` × `pixels` picture that `transform` cuts out, written `into` memory of that size if given.

    Outside the picture it is black. Interpolation is bilinear, as the networks' training faces were cut.
    """
    result: Image = cv2.warpAffine(  # type: ignore[assignment]
        image, transform, (pixels, pixels), dst=into, flags=cv2.INTER_LINEAR, borderValue=(0.0, 0.0, 0.0)
    )
    return result


def _complex(points: npt.NDArray[np.float32]) -> list[complex]:
    """Points of the plane as complex numbers; for a handful of them quicker than arrays."""
    return [complex(x, y) for x, y in points.tolist()]
