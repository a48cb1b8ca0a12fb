"""What a terminal's camera may be told to be: limits of the liveness check that depend on the camera.

Where the numbers come from: docs/liveness.md. None of them accepts anybody: each only speaks
against a stream. What is asked of a customer stands in the rule pack.
"""

from __future__ import annotations

from pydantic import Field

from config.section import Section


class LivenessLimits(Section):
    """When the pictures of this terminal's camera are none of a camera, or none of a living face."""

    least_noise: float = Field(
        0.25,
        ge=0,
        le=20,
        description="Pixels at rest change less from frame to frame, in grey levels: not a camera. 0 for a "
        "camera that filters over time; a coded video is then not told from it.",
    )
    equal_share: float = Field(
        0.6, gt=0, le=1, description="More resting patches equal to the frame before: a coded video."
    )
    infrared_relief: float = Field(
        0.09, ge=0, le=1, description="Less contrast in the near-infrared face: flat. 0 asks for none."
    )
    infrared_apart: float = Field(
        0.5, gt=0, le=10, description="Colour and near-infrared face drift further apart, in face widths."
    )
