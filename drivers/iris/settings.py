"""What can be set about a near-infrared camera that looks at eyes.

Pupil and iris sizes depend on lens and distance and must be set for each model of camera: with wrong ones
the error rate of the comparison later rises many times over (specs/finger_iris.md §3).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, model_validator


class IrisCameraSettings(BaseModel):
    """Sizes of the eye as this camera shows it, and what counts as a good picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pupil_min_px: int = Field(
        16, ge=4, le=1000, title="Smallest pupil", description="Radius in pixels of the camera's picture."
    )
    pupil_max_px: int = Field(
        80, ge=8, le=2000, title="Largest pupil", description="Radius in pixels of the camera's picture."
    )
    iris_min_px: int = Field(
        70, ge=16, le=2000, title="Smallest iris", description="Radius in pixels of the camera's picture."
    )
    iris_max_px: int = Field(
        150, ge=20, le=4000, title="Largest iris", description="Radius in pixels of the camera's picture."
    )
    eyes_in_view: int = Field(
        1,
        ge=1,
        le=2,
        title="Eyes in view",
        description="1: one eye at a time; 2: both, the right eye on the left of the picture.",
    )
    darkest: int = Field(
        60, ge=0, le=255, title="Darkest", description="Grey that the brightest tenth must reach, 0-255."
    )
    most_glare: float = Field(
        0.08, ge=0, le=1, title="Most glare", description="Largest share of the iris that may be white."
    )
    widest_edge_px: float = Field(
        5.0,
        gt=0,
        le=50,
        title="Focus",
        description="Widest transition from pupil to iris that is still sharp.",
    )
    least_usable: float = Field(
        0.65, ge=0, le=1, title="Open eye", description="Share of the iris that must not be covered by lids."
    )
    good_pictures: int = Field(
        2, ge=1, le=10, title="Good pictures", description="How many in a row; the sharpest of them is taken."
    )
    gap_ms: int = Field(
        300,
        ge=0,
        le=5000,
        title="Between two eyes",
        description="How long no eye must be seen before the next counts as the other one (one eye in view).",
    )
    camera: Mapping[str, object] = Field(
        default_factory=dict, title="Camera", description="Options of the camera driver opencv."
    )

    @model_validator(mode="after")
    def _sizes_in_order(self) -> IrisCameraSettings:
        if (
            not self.pupil_min_px < self.pupil_max_px < self.iris_max_px
            or self.iris_min_px >= self.iris_max_px
        ):
            raise ValueError(
                "sizes must grow: pupil_min_px, pupil_max_px, iris_max_px; iris_min_px, iris_max_px"
            )
        return self
