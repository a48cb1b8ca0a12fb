"""Brings whatever a camera or a file gives to a grey picture of 8 bits, or says that it cannot be used."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.iris.api import PIXELS_MOST, Grey

LEAST_SIDE = 32
"""Shorter sides cannot show an iris that could be compared."""


def grey_picture(picture: npt.NDArray[np.generic]) -> Grey | None:
    """Grey and BGR(A) pictures of 8 or 16 bits as 8-bit grey; None for anything else, or an unusable size."""
    if picture.ndim not in (2, 3) or picture.dtype not in (np.uint8, np.uint16):
        return None
    height, width = picture.shape[:2]
    if min(height, width) < LEAST_SIDE or height * width > PIXELS_MOST:
        return None
    flat = _one_channel(picture)
    if flat is None:
        return None
    return _eight_bits(np.ascontiguousarray(flat))


def _one_channel(picture: npt.NDArray[np.generic]) -> npt.NDArray[np.generic] | None:
    """The brightness of colour pictures."""
    if picture.ndim == 2:
        return picture
    channels = picture.shape[2]
    if channels == 1:
        return picture[..., 0]
    if channels not in (3, 4):
        return None
    colour = np.ascontiguousarray(picture[..., :3])
    grey: npt.NDArray[np.generic] = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    return grey


def _eight_bits(picture: npt.NDArray[np.generic]) -> Grey:
    """The most significant 8 of the bits that are used: cameras put 10 and 12 bits into 16."""
    if picture.dtype == np.uint8:
        return np.asarray(picture, np.uint8)
    used = max(int(picture.max(initial=0)).bit_length(), 8)
    return (np.asarray(picture, np.uint16) >> (used - 8)).astype(np.uint8)
