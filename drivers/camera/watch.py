"""Notices pictures that are of no use: the same one again and again, or darkness."""

from __future__ import annotations

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


class PictureWatch:
    """Checks each frame of one camera. `freeze_seconds` 0 switches the freeze check off."""

    def __init__(self, device: str, freeze_seconds: float) -> None:
        self._device = device
        self._freeze_seconds = freeze_seconds
        self._rows: Image | None = None
        self._changed_at = 0.0
        self._same = 0
        self._dark_since: float | None = None

    def check(self, frame: Frame) -> None:
        """`Garbled` with code ``camera.frozen`` or ``camera.black`` when `frame` shows it; else nothing."""
        self._check_frozen(frame)
        self._check_black(frame)

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
