"""What differs from one take to the next: light, camera, how the person stands. From a seed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image

UNIT = 128
"""Value of a light map that leaves a pixel as it is."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """One take's circumstances; the default is an evenly lit counter and a person who looks at the lens."""

    gain: float = 1.0
    """Brightness of the light."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Of blue, green, red."""
    side_light: float = 0.0
    """How much brighter the picture's left edge is than its right one; negative the other way."""
    noise: float = 2.2
    """Sensor noise in grey levels."""
    jpeg: int = 88
    size: float = 1.0
    """Of the face, as a multiple of the usual."""
    offset: tuple[float, float] = (0.0, 0.0)
    """Of the face from its usual place, in shares of the picture's width and height."""
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    """How the person holds the head at rest, in degrees."""
    vigour: float = 1.0
    """How far and how lively they move, as a multiple of the usual."""
    reaction_seconds: float | None = None
    """None: as the camera's settings say."""

    def lit(self, width: int, height: int) -> Image:
        """The light as a map to multiply with: UNIT leaves a pixel alone."""
        across = 1 + self.side_light * np.linspace(0.5, -0.5, width, dtype=np.float32)
        field: npt.NDArray[np.float32] = self.gain * across[None, :, None] * np.array(self.tint, np.float32)
        whole = np.broadcast_to(field, (height, width, 3))
        return np.clip(UNIT * whole, 0, 255).astype(np.uint8)

    @property
    def even(self) -> bool:
        """True when the light changes nothing."""
        return self.gain == 1.0 and self.side_light == 0.0 and set(self.tint) == {1.0}


def conditions(seed: int) -> Conditions:
    """Circumstances drawn from `seed`, within what a bank's counter sees."""
    draw = np.random.default_rng([seed, 27])
    warm = float(draw.uniform(-0.07, 0.07))
    return Conditions(
        gain=float(draw.uniform(0.65, 1.22)),
        tint=(1 - warm, 1.0, 1 + warm),
        side_light=float(draw.uniform(-0.5, 0.5)),
        noise=float(draw.uniform(1.2, 4.2)),
        jpeg=int(draw.integers(75, 95)),
        size=float(draw.uniform(0.8, 1.12)),
        offset=(float(draw.uniform(-0.07, 0.07)), float(draw.uniform(-0.05, 0.05))),
        yaw=float(draw.uniform(-5, 5)),
        pitch=float(draw.uniform(-4, 5)),
        roll=float(draw.uniform(-5, 5)),
        vigour=float(draw.uniform(0.85, 1.25)),
        reaction_seconds=float(draw.uniform(0.4, 1.4)),
    )


def under(picture: Image, light: Image) -> Image:
    """`picture` in a light map."""
    return np.asarray(cv2.multiply(picture, light, scale=1 / UNIT), np.uint8)
