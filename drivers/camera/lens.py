"""What the camera itself adds to a picture: exposure, sensor noise, JPEG."""

from __future__ import annotations

import math

import cv2
import numpy as np

from drivers.api import Image

NOISE_SIGMA = 2.2
"""Grey levels; an indoor webcam at moderate gain."""
NOISE_SPARE_PX = 64
"""The noise sheet is this much larger than the picture and laid at another place each time."""
JPEG_QUALITY = 88
MIDDLE = 128


class Lens:
    """Turns a clean picture into one that came from a camera. `numpy` seed, so runs repeat."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._size = (width, height)
        shape = (height + NOISE_SPARE_PX, width + NOISE_SPARE_PX, 3)
        white = self._random.normal(0, 1, shape).astype(np.float32)
        soft = np.asarray(cv2.GaussianBlur(white, (0, 0), 0.6))  # demosaicing spreads noise over neighbours
        noise = soft * (NOISE_SIGMA / soft.std())
        self._noise = np.clip(noise.round() + MIDDLE, 0, 255).astype(np.uint8)

    def see(self, picture: Image, now: float) -> Image:
        """`picture` as the camera delivers it at `now`."""
        width, height = self._size
        top, left = self._random.integers(0, NOISE_SPARE_PX, 2)
        noise = self._noise[top : top + height, left : left + width]
        gain = 1.0 + 0.012 * math.sin(2 * math.pi * 0.31 * now)
        noisy = cv2.addWeighted(picture, gain, noise, 1.0, -MIDDLE)
        _, jpeg = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
