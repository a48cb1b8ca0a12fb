"""How the face is lit: from the aligned face, and from its surroundings for a light behind it.

What stops a person compares the face with itself or with its own surroundings where that is possible. The
mean grey value is only reported: it says as much of the skin as of the lamp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Face, Image

FLOOR = 8.0
"""Added to grey values before they are compared as exposure steps: below it there is only noise."""
FULL = 250
"""From this grey value on the camera is at its end, or JPEG has rounded it there."""
TAIL = 0.05
"""Share of the face that counts as its darkest and as its brightest part."""
GRID = 24
"""Cells along the face's width in which the surroundings are looked at."""

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Light:
    """The numbers of `models.api.Quality` of the same names."""

    luminance: float
    contrast: float
    highlight: float
    clipped: float
    dynamic_range: float
    backlight: float
    unevenness: float


def light_of(image: Image, face: Face, inner: Grey) -> Light:
    """The light on the inner part `inner` of an aligned face, and around `face` in `image`."""
    counts = np.bincount(inner.ravel(), minlength=256)
    shares = np.cumsum(counts) / inner.size
    low, middle, high = np.searchsorted(shares, (TAIL, 0.5, 1 - TAIL)).tolist()
    mean, deviation = cv2.meanStdDev(inner)
    half = inner.shape[1] // 2
    right, left = cv2.mean(inner[:, :half])[0], cv2.mean(inner[:, half:])[0]
    return Light(
        luminance=float(mean.item()),
        contrast=float(deviation.item()),
        highlight=float(high),
        clipped=float(1 - shares[FULL - 1]),
        dynamic_range=float(high - low),
        backlight=steps(_around(image, face, middle), middle),
        unevenness=abs(steps(right, left)),
    )


def steps(one: float, other: float) -> float:
    """How much brighter `one` is than `other`, in exposure steps."""
    return math.log2((one + FLOOR) / (other + FLOOR))


def _around(image: Image, face: Face, otherwise: float) -> float:
    """The brighter quarter of what is seen beside and above the face; `otherwise` when nothing is."""
    x, y, width, height = face.box
    step = max(1, round(width / GRID))
    left, right = max(round(x - width), 0), max(round(x + 2 * width), 0)
    top, bottom = max(round(y - 0.7 * height), 0), max(round(y + 0.8 * height), 0)
    green = image[top:bottom:step, left:right:step, 1]
    if not green.size:
        return otherwise
    across = np.abs(left + np.arange(green.shape[1]) * step - (x + width / 2)) > 0.75 * width
    above = top + np.arange(green.shape[0]) * step < y - 0.35 * height
    seen = green[above[:, None] | across[None, :]]
    if not seen.size:
        return otherwise
    return float(np.partition(seen, seen.size * 3 // 4)[seen.size * 3 // 4])
