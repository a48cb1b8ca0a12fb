"""What the iris engine may be told: sizes of a camera's eyes, and the numbers of the method.

These are numbers of camera and algorithm, not business rules: nothing here accepts a customer.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CameraProfile:
    """How large pupil and iris are in the pictures of one camera at its working distance.

    Radii in pixels, least and most. They must be measured for each model of camera: with wrong ones a circle
    is still found, but often not the iris. Raises ValueError for ranges that no eye can have.
    """

    name: str
    pupil_px: tuple[float, float]
    iris_px: tuple[float, float]

    def __post_init__(self) -> None:
        (small, large), (inner, outer) = self.pupil_px, self.iris_px
        if not 2 <= small < large < outer or not small < inner < outer:
            raise ValueError(f"{self.name}: sizes must grow, from a pupil of 2 px to the largest iris")

    def scaled(self, factor: float) -> CameraProfile:
        """The ranges in a picture enlarged by `factor`."""
        return CameraProfile(
            self.name,
            (self.pupil_px[0] * factor, self.pupil_px[1] * factor),
            (self.iris_px[0] * factor, self.iris_px[1] * factor),
        )


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How boundaries are looked for."""

    working_iris_px: float = 130.0
    """Pictures whose largest iris would be larger are reduced to it first; more detail adds nothing."""
    voting_pupil_px: float = 31.0
    """Pupil centres are looked for in a picture reduced until the largest pupil has this radius."""
    candidates: int = 7
    """Pupil candidates followed up."""
    pupils: int = 5
    """Pupils whose outer boundary is looked for."""
    least_contrast: float = 5.0
    """Grey levels between pupil and iris below which there is no pupil."""
    weak_edge: float = 2.0
    """Rise at the outer boundary below which there is no iris."""


@dataclass(frozen=True, slots=True)
class IrisSettings:
    """All settings of the engine."""

    search: SearchSettings = field(default_factory=SearchSettings)
