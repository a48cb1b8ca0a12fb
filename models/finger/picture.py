"""Brings whatever a sensor or a file gives to one form: grey, 8 bits, 500 dpi, cut to the ridges."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from models.finger.ridges import Grey, Ridges, find_ridges
from models.finger.settings import NOMINAL_DPI, ExtractSettings, RidgeSettings

MOST_RAW_PIXELS = 25_000_000
"""Larger pictures are refused unseen."""
MOST_NOMINAL_PIXELS = 3_000_000
"""At 500 dpi larger ones are refused too: the plate for four fingers has 1600 × 1500."""
NO_RIDGES = "finger.no_ridges"
UNFIT = "finger.picture_unfit"


class UnfitPicture(Exception):
    """A picture that is none of a finger; `code` is a message key: ``finger.no_ridges`` or
    ``finger.picture_unfit`` (size, resolution or kind of numbers)."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class Finger:
    """A picture of a finger at 500 dpi."""

    grey: Grey = field(repr=False)
    """Cut to the ridges and a margin."""
    ridges: Ridges = field(repr=False)
    """Of the whole picture."""
    left: int
    top: int
    """Where the cut lies in the whole picture."""
    width: int
    height: int
    """Of the whole picture at 500 dpi."""
    mask: npt.NDArray[np.bool_] = field(repr=False)
    """Pixels of the cut that show ridges."""


def prepare(
    picture: npt.NDArray[np.generic], dpi: float, ridge: RidgeSettings, limits: ExtractSettings
) -> Finger:
    """The finger in `picture`: height × width, or with 3 or 4 channels (BGR); 8 or 16 bits, or booleans.

    Raises UnfitPicture: no ridges, a size or resolution that no sensor has, or numbers that are no picture.
    """
    if not limits.lowest_dpi <= dpi <= limits.highest_dpi:
        raise UnfitPicture(UNFIT, f"{dpi:g} dpi")
    grey = _nominal(_grey(picture), dpi)
    ridges = find_ridges(grey, ridge)
    if ridges.area_mm2 < limits.least_area_mm2:
        raise UnfitPicture(NO_RIDGES, f"{ridges.area_mm2:.0f} mm² of ridges")
    height, width = grey.shape
    left, top, right, bottom = ridges.box(width, height, ridge.margin)
    if (right - left) * (bottom - top) > limits.most_pixels:
        raise UnfitPicture(UNFIT, f"{right - left} × {bottom - top} pixels")
    mask = ridges.pixels(width, height)[top:bottom, left:right]
    return Finger(grey[top:bottom, left:right], ridges, left, top, width, height, mask)


def _grey(picture: npt.NDArray[np.generic]) -> Grey:
    """One channel of 8 bits."""
    if picture.size == 0 or picture.size > MOST_RAW_PIXELS or picture.ndim not in (2, 3):
        raise UnfitPicture(UNFIT, f"a picture of {picture.shape}")
    if picture.dtype == np.uint16:
        eight = (picture.view(np.uint16) >> 8).astype(np.uint8)
    elif picture.dtype == np.bool_:
        eight = picture.astype(np.uint8) * np.uint8(255)
    elif picture.dtype == np.uint8:
        eight = picture.astype(np.uint8, copy=False)
    else:
        raise UnfitPicture(UNFIT, f"pixels of {picture.dtype}")
    if eight.ndim == 2:
        return np.ascontiguousarray(eight)
    if eight.shape[2] == 1:
        return np.ascontiguousarray(eight[..., 0])
    if eight.shape[2] not in (3, 4):
        raise UnfitPicture(UNFIT, f"{eight.shape[2]} channels")
    return cv2.cvtColor(np.ascontiguousarray(eight[..., :3]), cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]


def _nominal(grey: Grey, dpi: float) -> Grey:
    """`grey` at 500 dpi; up to 1 dpi off is left alone."""
    scale = 1.0 if abs(dpi - NOMINAL_DPI) <= 1 else NOMINAL_DPI / dpi
    height, width = (max(1, round(size * scale)) for size in grey.shape)
    if height * width > MOST_NOMINAL_PIXELS:
        raise UnfitPicture(UNFIT, f"{width} × {height} pixels")
    if scale == 1:
        return grey
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(grey, (width, height), interpolation=way)  # type: ignore[return-value]
