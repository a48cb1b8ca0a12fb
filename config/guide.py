"""When the person in front of the camera is told what, and for how long.

Where the numbers come from: docs/face-quality.md. They accept nobody; they only keep a picture from being
compared that could not be compared well.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
Degrees = Annotated[float, Field(gt=0, le=90)]
Grey = Annotated[float, Field(ge=0, le=255)]
Limit = Annotated[float, Field(ge=0, le=10)]


class GuideLimits(Section):
    """When the person in front of the camera is told what; measured limits, see face-quality.md."""

    inter_eye_px: float = Field(
        42.0, gt=0, le=1000, description="Fewer pixels between the eyes: come closer. The networks see 35."
    )
    inter_eye_share: Share = Field(0.30, description="Eyes further apart, of the picture's width: move back.")
    centre_offset: Share = Field(0.22, description="Face further off the middle, of the width: move there.")
    cut_off: Share = Field(0.08, description="More of the face beyond the picture's edge: move there.")
    other_face: Share = Field(0.25, description="A second face with more than this share of the area.")
    yaw_degrees: Degrees = Field(22.0, description="Head turned further to a side.")
    pitch_degrees: Degrees = Field(24.0, description="Head raised or lowered further.")
    roll_degrees: Degrees = Field(24.0, description="Head tilted further.")
    dark: Grey = Field(60.0, description="The brightest 5 % of the face are darker: more light.")
    bright: Share = Field(0.55, description="More of the face at the camera's end of scale: less light.")
    dynamic_range: Grey = Field(36.0, description="Fewer grey values within the face: more light.")
    eye_cover: Limit = Field(0.95, description="Eyes darker than the skin by more exposure steps: uncover.")
    strands: Limit = Field(1.45, description="Edges down against edges across at an eye, hair: uncover.")
    mouth_cover: Limit = Field(0.80, description="Lower face further from the upper in colour: uncover.")
    mouth_line: Limit = Field(0.10, description="No line between the lips, of the cheeks' grey: uncover.")
    sharpness: float = Field(5.0, ge=0, description="Sharpness of the aligned face below this: hold still.")
    blur: Share = Field(0.80, description="Share of the edges left by a further blurring above this.")
    backlight: Limit = Field(1.0, description="Behind a dim face it is brighter by more exposure steps.")
    clipped: Share = Field(0.10, description="More of the face at the camera's end of scale: advice.")
    unevenness: Limit = Field(1.0, description="One half of the face brighter by more exposure steps.")
    glare: Share = Field(0.10, description="More of an eye's region mirrors a lamp.")
    brow_cover: Limit = Field(1.15, description="Forehead further from the skin in colour: uncover it.")
    eyes_open: Limit = Field(0.12, description="Eyes less open, lid to lid over corner to corner.")
    gaze: Limit = Field(0.18, description="Irises further beside the middle, in widths of an eye.")
    mouth_open: Limit = Field(0.26, description="Lips further apart, in distances of the outer eye corners.")
    smile: Limit = Field(0.83, description="Mouth wider, in the same unit: relax.")
    leave_share: Share = Field(
        0.10, description="An instruction goes once its signal is better than the limit by this share."
    )
    hold_seconds: float = Field(1.0, ge=0, le=10, description="An instruction stays at least this long.")
    good_seconds: float = Field(0.4, ge=0, le=10, description="So does the word that all is good.")
    agreeing_frames: int = Field(3, ge=1, le=60, description="Frames that must agree that it has changed.")
    good_frames: int = Field(2, ge=1, le=60, description="Frames that must agree that all is good.")
    patience_seconds: float = Field(
        5.0, ge=0, le=60, description="What is only advice is asked for no longer than this."
    )
    camera_mirrors: bool = Field(
        False, description="The camera itself gives mirrored pictures: left and right are told the other way."
    )
