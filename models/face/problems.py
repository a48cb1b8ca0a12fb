"""What is wrong with a face picture, as a table: the order is the order in which a person can solve it.

Nobody can judge light or a mask before the face is there, near and whole; and a movement blurs everything, so
it is asked about last of what is required. What is not required spoils the comparison a little or is judged
from the look of the skin, which may err with somebody: it is asked for, and given up after a while.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from config.guide import GuideLimits
from models.api import Quality

NO_FACE = "guide.no_face"
"""There is nobody to look at."""
ONE_PERSON = "guide.one_person"
"""There is somebody else."""


@dataclass(frozen=True, slots=True)
class Check:
    """One signal against its limit."""

    signal: str
    """Field of `Quality` that is judged."""
    limit: str
    """Field of `GuideLimits`."""
    instructions: tuple[str, ...]
    """What the person may be told."""
    required: bool = True
    below: bool = False
    """The limit is a least value."""
    value: Callable[[Quality], float] | None = None
    """How the signal is read, where not as it is."""
    choose: Callable[[Quality], int] | None = None
    """Which of several instructions."""

    def instruction(self, quality: Quality) -> str:
        """What the person is told."""
        return self.instructions[self.choose(quality) if self.choose else 0]

    def passed(self, quality: Quality, limits: GuideLimits, slack: float = 0.0) -> bool:
        """True when the signal is on the good side of its limit by a share `slack` of it, or unknown."""
        value = self.value(quality) if self.value else getattr(quality, self.signal)
        if value is None:
            return True
        limit = float(getattr(limits, self.limit))
        if self.below:
            return bool(value >= limit * (1 + slack))
        return bool(value <= limit * (1 - slack))


def problem_of(
    quality: Quality, limits: GuideLimits, *, held: str | None = None, borne: Collection[str] = ()
) -> str | None:
    """The message key of what to change first, or None.

    `held` is what the person is being told: it goes only once its signal is better than the limit by
    `leave_share`. Advice that is in `borne` is put up with.
    """
    for check in CHECKS:
        instruction = check.instruction(quality)
        slack = limits.leave_share if instruction == held else 0.0
        put_up_with = not check.required and instruction in borne
        if not put_up_with and not check.passed(quality, limits, slack):
            return instruction
    return None


def _towards_middle(quality: Quality) -> int:
    """Where the person must go, by their own hands: the picture's right is their left."""
    if abs(quality.offset_x) >= abs(quality.offset_y):
        return 1 if quality.offset_x > 0 else 0
    return 2 if quality.offset_y > 0 else 3


def _facing(quality: Quality) -> float:
    """Distance of the eyes as it would be without the turn."""
    return quality.inter_eye_distance / max(math.cos(math.radians(quality.yaw)), 0.2)


def _behind(quality: Quality) -> float:
    """The light behind a face that is itself in the dark; a well-lit face before a white wall is not."""
    return quality.backlight if quality.highlight < DIM else 0.0


BEHIND = 1.0
"""A dark face with surroundings brighter by so many exposure steps has the light behind it."""
DIM = 115.0
"""Highlights darker than this are those of a face in the dark: 0.5 % of LFW's faces."""
MOVES = ("guide.move_left", "guide.move_right", "guide.move_up", "guide.move_down")
LIGHTS = ("guide.more_light", "guide.light_behind")

CHECKS: tuple[Check, ...] = (
    Check("other_face", "other_face", (ONE_PERSON,)),
    Check("inter_eye_distance", "inter_eye_px", ("guide.come_closer",), below=True, value=_facing),
    Check("eye_share", "inter_eye_share", ("guide.move_back",)),
    Check("centre_offset", "centre_offset", MOVES, choose=_towards_middle),
    Check("cut_off", "cut_off", MOVES, choose=_towards_middle),
    Check("highlight", "dark", LIGHTS, below=True, choose=lambda quality: quality.backlight > BEHIND),
    Check("clipped", "bright", ("guide.less_light",)),
    Check("dynamic_range", "dynamic_range", ("guide.more_light",), below=True),
    Check("eye_cover", "eye_cover", ("guide.show_eyes",)),
    Check("strands", "strands", ("guide.show_eyes",)),
    Check("mouth_cover", "mouth_cover", ("guide.show_mouth",)),
    Check(
        "yaw",
        "yaw_degrees",
        ("guide.turn_left", "guide.turn_right"),
        value=lambda quality: abs(quality.yaw),
        choose=lambda quality: quality.yaw > 0,
    ),
    Check(
        "pitch",
        "pitch_degrees",
        ("guide.chin_up", "guide.chin_down"),
        value=lambda quality: abs(quality.pitch),
        choose=lambda quality: quality.pitch > 0,
    ),
    Check("roll", "roll_degrees", ("guide.head_upright",), value=lambda quality: abs(quality.roll)),
    Check("blur", "blur", ("guide.hold_still",)),
    Check("sharpness", "sharpness", ("guide.hold_still",), below=True),
    Check("mouth_line", "mouth_line", ("guide.show_mouth",), below=True),
    Check("backlight", "backlight", ("guide.light_behind",), required=False, value=_behind),
    Check("clipped", "clipped", ("guide.less_light",), required=False),
    Check("unevenness", "unevenness", ("guide.light_aside",), required=False),
    Check("glare", "glare", ("guide.glare",), required=False),
    Check("brow_cover", "brow_cover", ("guide.show_brow",), required=False),
    Check("eyes_open", "eyes_open", ("guide.open_eyes",), required=False, below=True),
    Check("gaze", "gaze", ("guide.look_here",), required=False),
    Check("mouth_open", "mouth_open", ("guide.close_mouth",), required=False),
    Check("smile", "smile", ("guide.relax",), required=False),
)
