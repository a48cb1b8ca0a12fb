"""Memory that a network's input is written into: kept from picture to picture, one for each thread.

Taking it anew for each frame costs more than filling it: the system has to hand out and clear the pages.
"""

from __future__ import annotations

import threading

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

COLOURS = 3


class Feed(threading.local):
    """The input of one network: each value becomes (value - `mean`) * `scale`; `rgb` turns the colours round.

    What `room` and `numbers` give is overwritten by the next picture of the same thread: never keep it.
    """

    def __init__(self, scale: float = 1.0, *, mean: float = 0.0, rgb: bool = False) -> None:
        self._scale = np.float32(scale)
        self._mean = np.float32(mean)
        self._rgb = rgb
        self._rooms: dict[int, npt.NDArray[np.uint8]] = {}
        self._planes = np.empty(0, np.uint8)
        self._numbers = np.empty(0, np.float32)

    def room(self, height: int, width: int, slot: int = 0) -> Image:
        """Memory for a picture of this size; `slot` tells pictures apart that are needed at once."""
        size = height * width * COLOURS
        kept = self._rooms.get(slot)
        if kept is None or kept.size < size:
            kept = self._rooms[slot] = np.empty(size, np.uint8)
        return kept[:size].reshape(height, width, COLOURS)

    def numbers(self, picture: Image) -> npt.NDArray[np.float32]:
        """`picture` as 1 × 3 × height × width."""
        height, width = picture.shape[:2]
        size = height * width * COLOURS
        if self._numbers.size < size:
            self._planes, self._numbers = np.empty(size, np.uint8), np.empty(size, np.float32)
        planes = self._planes[:size].reshape(COLOURS, height, width)
        numbers = self._numbers[:size].reshape(1, COLOURS, height, width)
        cv2.split(picture, list(planes[::-1] if self._rgb else planes))
        np.copyto(numbers[0], planes)
        if self._mean:
            numbers -= self._mean
        if self._scale != 1:
            numbers *= self._scale
        return numbers
