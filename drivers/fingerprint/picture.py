"""The picture that an EF01 module sends: four bits a pixel, high nibble first (spec §3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from drivers.capture import Grey

SIZES: Mapping[int, tuple[int, int]] = MappingProxyType(
    {256 * 288 // 2: (256, 288), 192 * 192 // 2: (192, 192), 160 * 160 // 2: (160, 160)}
)
"""Width and height by the length of the data, where nothing else tells them."""
STRETCH = 17
"""15 × 17 = 255."""


def size_of(length: int, told: tuple[int, int]) -> tuple[int, int] | None:
    """Width and height of a picture of `length` bytes; None when it fits neither `told` nor a known one.

    `told` is what module or settings say, zeros when they do not.
    """
    width, height = told
    if width and height:
        return told if length in (width * height // 2, width * height) else None
    return SIZES.get(length)


def unpack(data: bytes, size: tuple[int, int]) -> Grey:
    """The picture; eight bits a pixel where there is a byte for each."""
    width, height = size
    raw = np.frombuffer(data, np.uint8)
    if len(data) == width * height:
        return raw.reshape(height, width).copy()
    pixels = np.empty(2 * len(data), np.uint8)
    pixels[0::2], pixels[1::2] = raw >> 4, raw & 0x0F
    return (pixels * STRETCH).reshape(height, width)


def pack(picture: Grey) -> bytes:
    """The four-bit data of a picture, as a module sends it."""
    pixels = picture.reshape(-1) >> 4
    return ((pixels[0::2] << 4) | pixels[1::2]).tobytes()
