"""Looks for the sensor's noise: a real camera has some in every frame, and never the same twice.

A video put in the camera's place was coded or rendered: parts that do not move are equal in frame after
frame, or carry one noise pattern. Cameras that filter over time look alike, so this
speaks only against "live".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from models.api import Image

Floats = npt.NDArray[np.float32]

PATCH = 24
"""Side of a patch in pixels."""
PLACES = tuple((down, across) for down in (0.04, 0.3, 0.6, 0.9) for across in (0.03, 0.12, 0.83, 0.93))
"""Where patches are taken, in shares of the picture: along its left and right edge, beside the person."""
DARK, BRIGHT = 14, 241
"""A patch beyond these means is clipped and has no noise to show."""
STILL = 14.0
"""A patch whose mean changes by more than this between two frames shows something else than noise."""


class NoiseSettings(BaseModel):
    """When a stream has no noise of a sensor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_noise: float = Field(
        default=0.25,
        ge=0,
        description="Median change of a resting pixel from frame to frame, in grey levels. 0 turns this off, "
        "for cameras that filter or code over time",
    )
    equal_share: float = Field(
        default=0.6,
        gt=0,
        le=1,
        description="Share of resting patches equal to the frame before, from which the stream was coded",
    )
    least_frames: int = Field(default=12, ge=4, description="Frames needed to judge")


class Noise:
    """What is known of one stream's noise."""

    def __init__(self, settings: NoiseSettings) -> None:
        self._settings = settings
        self._before: Floats | None = None
        self._changes: list[float] = []
        self._equal = 0
        self._patches = 0

    def add(self, image: Image) -> None:
        """Take in one frame."""
        patches = _patches(image)
        before, self._before = self._before, patches
        if before is None or before.shape != patches.shape:
            return
        means = patches.mean(axis=(1, 2))
        resting = (np.abs(means - before.mean(axis=(1, 2))) < STILL) & (means > DARK) & (means < BRIGHT)
        if not resting.any():
            return
        changes = np.abs(patches[resting] - before[resting]).mean(axis=(1, 2))
        self._changes.append(float(np.median(changes)))
        self._equal += int((changes == 0).sum())
        self._patches += int(resting.sum())

    @property
    def level(self) -> float | None:
        """Change of resting pixels from frame to frame, in grey levels; None while unknown."""
        if len(self._changes) < self._settings.least_frames:
            return None
        return float(np.median(self._changes))

    @property
    def equal_share(self) -> float:
        """Share of resting patches that did not change at all."""
        return self._equal / max(self._patches, 1)

    @property
    def missing(self) -> bool:
        """True when the stream lacks a sensor's noise."""
        level = self.level
        if level is None or self._settings.least_noise == 0:
            return False
        return level < self._settings.least_noise or self.equal_share >= self._settings.equal_share


def _patches(image: Image) -> Floats:
    """The patches of the green channel, as numbers."""
    high, wide = image.shape[:2]
    if min(high, wide) < 4 * PATCH:
        return np.zeros((0, PATCH, PATCH), np.float32)
    corners = [(round(down * (high - PATCH)), round(across * (wide - PATCH))) for down, across in PLACES]
    return np.stack([image[y : y + PATCH, x : x + PATCH, 1] for y, x in corners]).astype(np.float32)
