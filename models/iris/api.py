"""The values of the iris engine. Lengths are pixels of the picture given; y grows downwards."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
"""A near-infrared picture: height × width, 0-255."""
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

PIXELS_MOST = 5_000_000
"""Larger pictures are refused: of cameras that show a whole face, the part with the eye is cut out first."""


class Eye(enum.StrEnum):
    """Whose left and right: the person's own."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle in a picture."""

    x: float
    y: float
    radius: float

    def scaled(self, factor: float) -> Circle:
        """The same circle in a picture enlarged by `factor`; pixel centres lie at whole numbers."""
        return Circle((self.x + 0.5) * factor - 0.5, (self.y + 0.5) * factor - 0.5, self.radius * factor)


@dataclass(frozen=True, slots=True)
class Outline:
    """The two boundaries of an iris."""

    pupil: Circle
    iris: Circle
    contour: Floats = field(repr=False)
    """Radius of the pupil at `models.iris.polar.ANGLES` even angles: pupils are not circles."""
    pupil_edge: float
    """Rise of grey levels across the pupil's boundary."""
    iris_edge: float
    """Rise of grey levels across the outer boundary, left and right."""
    contrast: float
    """Grey levels between pupil and iris."""
    closed: float
    """Share of directions in which the pupil's boundary is visible."""
    certainty: float
    """How clearly the two circles look like pupil and iris; comparable within one picture only."""

    def scaled(self, factor: float) -> Outline:
        """The same outline in a picture enlarged by `factor`."""
        return Outline(
            self.pupil.scaled(factor),
            self.iris.scaled(factor),
            (self.contour * np.float32(factor)).astype(np.float32),
            self.pupil_edge,
            self.iris_edge,
            self.contrast,
            self.closed,
            self.certainty,
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The iris unrolled (Daugman's rubber sheet): rows from pupil to white, columns around."""

    texture: Grey = field(repr=False)
    usable: Flags = field(repr=False)
    """False below lids, lashes and reflections, and outside the picture."""
