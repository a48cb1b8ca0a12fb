"""What the camera itself adds to a picture: exposure, sensor noise, JPEG."""

from __future__ import annotations

import math

import cv2
import numpy as np

from drivers.api import Image
from drivers.camera.conditions import Conditions, under

NOISE_SPARE_PX = 64
"""The noise sheet is this much larger than the picture and laid at another place each time."""
MIDDLE = 128


class Lens:
    """Turns a clean picture into one that came from a camera. `numpy` seed, so runs repeat."""

    def __init__(self, width: int, height: int, seed: int, conditions: Conditions | None = None) -> None:
        chosen = conditions or Conditions()
        self._light = None if chosen.even else chosen.lit(width, height)
        self._jpeg = chosen.jpeg
        self._random = np.random.default_rng(seed)
        self._size = (width, height)
        shape = (height + NOISE_SPARE_PX, width + NOISE_SPARE_PX, 3)
        white = self._random.normal(0, 1, shape).astype(np.float32)
        soft = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.6))  # demosaicing spreads noise over neighbours
        noise = soft * (chosen.noise / soft.std())
        self._noise = np.clip(noise.round() + MIDDLE, 0, 255).astype(np.uint8)

    def see(self, picture: Image, now: float) -> Image:
        """`picture` as the camera delivers it at `now`."""
        width, height = self._size
        top, left = self._random.integers(0, NOISE_SPARE_PX, 2)
        noise = self._noise[top : top + height, left : left + width]
        gain = 1.0 + 0.012 * math.sin(2 * math.pi * 0.31 * now)
        lit = picture if self._light is None else under(picture, self._light)
        noisy = cv2.addWeighted(lit, gain, noise, 1.0, -MIDDLE)
        _, jpeg = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, self._jpeg))
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
