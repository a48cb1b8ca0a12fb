"""Notices moving pictures that come back, and a picture that stands still under fresh noise.

Each frame is remembered as a small grey picture, in which noise averages out. A loop shows a stretch of
motion again at the same distance in time, far closer to its first showing than the motion itself is wide; a
living person's swaying never repeats itself so.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from models.api import Image

SIZE = (16, 12)


class LoopSettings(BaseModel):
    """When a stretch of frames is one that was seen before. Measured on virtual people and loops."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(default=8, ge=4, description="Frames of the stretch that must come back")
    least_lag: int = Field(default=6, ge=2, description="Least distance between the stretches, in frames")
    most_frames: int = Field(default=240, ge=16, description="Frames remembered")
    same_share: float = Field(
        default=0.12,
        gt=0,
        lt=1,
        description="Difference of the stretches below this share of the motion within them is a repetition",
    )
    least_motion: float = Field(
        default=0.12, gt=0, description="Grey levels a stretch must move at the least to be told apart"
    )
    repeats: int = Field(default=6, ge=1, description="Stretches that must come back")
    still_seconds: float = Field(
        default=2.0, gt=0, description="A picture without motion this long stands still"
    )
    still_motion: float = Field(
        default=0.12, gt=0, description="Grey levels of motion below which nobody alive is there"
    )


class Loops:
    """Remembers the frames of one stream."""

    def __init__(self, settings: LoopSettings) -> None:
        self._settings = settings
        self._small = np.zeros((settings.most_frames, SIZE[0] * SIZE[1]), np.float32)
        self._apart = np.full((settings.most_frames, settings.most_frames), np.inf, np.float32)
        self._at: list[float] = []
        self.repeats = 0
        """Stretches that came back."""
        self.still_seconds = 0.0
        """Longest time without motion."""

    def add(self, image: Image, at: float) -> None:
        """Take in one frame; beyond `most_frames` nothing is looked at any more."""
        count = len(self._at)
        if count >= self._settings.most_frames:
            return
        if min(image.shape[:2]) < SIZE[0]:
            image = np.asarray(cv2.resize(image, (4 * SIZE[0], 4 * SIZE[1])), np.uint8)
        cells = _means(image)
        self._small[count] = cells - cells.mean()
        self._at.append(at)
        if count:
            gaps = self._small[:count] - self._small[count]
            self._apart[count, :count] = np.square(gaps).mean(axis=1)
        self._look(count)

    @property
    def looped(self) -> bool:
        """True when enough stretches of motion came back."""
        return self.repeats >= self._settings.repeats

    @property
    def still(self) -> bool:
        """True when nothing moved for too long."""
        return self.still_seconds >= self._settings.still_seconds

    def _look(self, count: int) -> None:
        chosen = self._settings
        first = count - chosen.window + 1
        if first < 0:
            return
        self._stand_still(count)
        stretch = self._small[first : count + 1]
        noise = _noise(stretch)
        motion = _spread(stretch) ** 2 - noise
        lags = range(chosen.least_lag, first + 1)
        if motion < chosen.least_motion**2 or not lags:
            return
        steps = np.arange(first, count + 1)
        nearest = min(float(self._apart[steps, steps - lag].mean()) for lag in lags)
        self.repeats += nearest - 2 * noise < chosen.same_share * motion

    def _stand_still(self, count: int) -> None:
        ends = self._at[count]
        first = next(i for i, at in enumerate(self._at) if at >= ends - self._settings.still_seconds)
        long = (
            self._at[first] - self._at[0] > 0 and ends - self._at[first] > 0.8 * self._settings.still_seconds
        )
        if long and _spread(self._small[first : count + 1]) < self._settings.still_motion:
            self.still_seconds = max(self.still_seconds, self._settings.still_seconds)


def _means(image: Image) -> npt.NDArray[np.float32]:
    """Exact means of the picture's cells, without rounding."""
    high, wide = (side // cells for side, cells in zip(image.shape[:2], SIZE[::-1], strict=True))
    green = image[: high * SIZE[1], : wide * SIZE[0], 1]
    sums = green.reshape(SIZE[1], high, SIZE[0], wide).mean(axis=(1, 3), dtype=np.float32)
    return np.asarray(sums.ravel(), np.float32)


def _noise(stretch: npt.NDArray[np.float32]) -> float:
    """Variance of the cells' noise: what is left of second differences in the cells that move least."""
    bent = np.square(stretch[2:] - 2 * stretch[1:-1] + stretch[:-2]).mean(axis=0)
    return float(np.median(bent)) / BENT


BENT = 6.0
"""Variance of a second difference of independent values, in variances of one."""


def _spread(stretch: npt.NDArray[np.float32]) -> float:
    """How much a stretch moves: root mean square departure from its own mean."""
    return float(np.sqrt(np.square(stretch - stretch.mean(axis=0)).mean()))
