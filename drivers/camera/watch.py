"""Notices pictures that are of no use: the same one again and again, darkness, or a covered lens.

A thing on the lens is so near that its blur is as wide as a good part of the picture: whatever its colour,
no edge is left in it. Any room has edges, also a dim one and one out of focus; so detail tells them apart,
measured against brightness, with the sensor's noise averaged away.
"""

from __future__ import annotations

import cv2
import numpy as np

from drivers.api import Frame, Image
from drivers.errors import Garbled

ROW_STEP = 2
"""Every second row is compared; the noise of a living sensor changes all of them."""
DARK_STEP = 8
BLACK_MEAN = 16.0
BLACK_SPREAD = 8.0
"""Grey levels. A covered lens or closed shutter gives a dark, even picture; a dim room has lights in it."""
BLACK_SECONDS = 0.5
"""Darkness shorter than this is the exposure settling."""
MIN_SAME = 3
"""Fewer equal pictures than this never count as frozen, however slow the camera."""
CELLS = (32, 24)
"""The picture is averaged to this grid, so that noise goes and structure stays."""
BLUR_CELLS = 2.0
"""Standard deviation of the smoothing that detail is measured against."""
STRONGEST = 95.0
"""Percentile of the detail that counts; an edge anywhere is enough."""
NOISE_LEVELS = 0.8
"""Grey levels of noise that may be left after averaging."""
DAZZLED_MEAN = 245.0
"""A picture as bright as this is dazzled, not covered."""
COVERED_DETAIL = 0.03


class PictureWatch:
    """Checks each frame of one camera. 0 for `freeze_seconds` or `covered_seconds`: that is not checked."""

    def __init__(
        self,
        device: str,
        freeze_seconds: float,
        covered_seconds: float = 0.0,
        covered_detail: float = COVERED_DETAIL,
    ) -> None:
        self._device = device
        self._freeze_seconds = freeze_seconds
        self._rows: Image | None = None
        self._changed_at = 0.0
        self._same = 0
        self._dark_since: float | None = None
        self._covered_seconds, self._covered_detail = covered_seconds, covered_detail
        self._plain_since: float | None = None

    def check(self, frame: Frame) -> None:
        """`Garbled` ``camera.frozen``, ``camera.black`` or ``camera.covered`` when `frame` shows it."""
        self._check_frozen(frame)
        self._check_black(frame)
        self._check_covered(frame)

    def _check_frozen(self, frame: Frame) -> None:
        if self._freeze_seconds <= 0:
            return
        rows = frame.image[::ROW_STEP]
        if self._rows is None or not np.array_equal(rows, self._rows):
            self._rows, self._changed_at, self._same = rows.copy(), frame.at, 0
            return
        self._same += 1
        seconds = frame.at - self._changed_at
        if seconds >= self._freeze_seconds and self._same >= MIN_SAME:
            raise Garbled("camera.frozen", self._device, seconds=round(seconds, 2), frames=self._same)

    def _check_black(self, frame: Frame) -> None:
        few = frame.image[::DARK_STEP, ::DARK_STEP]
        mean, spread = float(few.mean()), float(few.std())
        if mean > BLACK_MEAN or spread > BLACK_SPREAD:
            self._dark_since = None
            return
        if self._dark_since is None:
            self._dark_since = frame.at
        if frame.at - self._dark_since >= BLACK_SECONDS:
            raise Garbled("camera.black", self._device, mean=round(mean, 1), spread=round(spread, 1))

    def _check_covered(self, frame: Frame) -> None:
        if self._covered_seconds <= 0:
            return
        mean, spread = detail(frame.image)
        if not _covered(mean, spread, self._covered_detail):
            self._plain_since = None
            return
        if self._plain_since is None:
            self._plain_since = frame.at
        seconds = frame.at - self._plain_since
        if seconds >= self._covered_seconds:
            raise Garbled("camera.covered", self._device, mean=round(mean, 1), spread=round(spread, 2))


def looks_covered(image: Image, least: float = COVERED_DETAIL) -> bool:
    """True when no edge is to be seen in `image`: less than `least` of its brightness."""
    mean, spread = detail(image)
    return _covered(mean, spread, least)


def detail(image: Image) -> tuple[float, float]:
    """Mean brightness, and how far the strongest edges rise above their surroundings, in grey levels."""
    few = cv2.resize(image, CELLS, interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth = cv2.GaussianBlur(few, (0, 0), BLUR_CELLS, borderType=cv2.BORDER_REPLICATE)
    inner = np.abs(few - smooth)[2:-2, 2:-2]  # the smoothing bends at the margin
    return float(few.mean()), float(np.percentile(inner, STRONGEST))


def _covered(mean: float, spread: float, least: float) -> bool:
    return BLACK_MEAN < mean < DAZZLED_MEAN and spread < least * mean + NOISE_LEVELS
