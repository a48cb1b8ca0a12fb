"""Near-infrared pictures: brought to one form, and told lit from unlit where the lamp blinks.

Cameras give them as GREY, Y10, Y12 or Y16, or as YUYV or JPEG with neutral chroma (specs/sbi.md §3); the
contract wants height × width × 3, 0-255.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image

LEAST_BITS = 8
REMEMBERED = 4
"""Pictures among which the brightest says how a lit one looks."""
LIT_SHARE = 0.75
"""A lit picture has at least this share of the brightness of the brightest; an unlit one far less."""
DEEP_FORMATS = frozenset({"Y10 ", "Y12 ", "Y16 "})
"""V4L2 pixel formats with more than eight bits, which OpenCV must hand over as they are."""


class EightBit:
    """Turns pictures of one stream into three equal channels of eight bits."""

    def __init__(self) -> None:
        self._bits = LEAST_BITS

    def __call__(self, picture: npt.NDArray[Any]) -> Image:
        """`picture`; how many bits its samples have is seen from the brightest so far."""
        flat = picture if picture.ndim == 2 else picture[..., 0] if picture.shape[2] == 1 else None
        if flat is None:
            flat = cv2.cvtColor(picture[..., :3], cv2.COLOR_BGR2GRAY)
        if flat.dtype != np.uint8:
            # A ten-bit sensor fills ten of the sixteen bits; the scale never goes back, or it would flicker.
            self._bits = max(self._bits, int(flat.max(initial=0)).bit_length())
            flat = np.right_shift(flat, self._bits - LEAST_BITS).astype(np.uint8)
        return np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2BGR), np.uint8)


class Lamp:
    """Tells which pictures were taken with the infrared lamp on, where it is on for every second one."""

    def __init__(self) -> None:
        self._means: deque[float] = deque(maxlen=REMEMBERED)

    def lit(self, picture: Image) -> bool:
        """True when `picture` is a lit one."""
        mean = float(picture[::8, ::8].mean())
        self._means.append(mean)
        return len(self._means) > 1 and mean >= LIT_SHARE * max(self._means)
