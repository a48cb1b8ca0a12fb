"""The three kinds of device behind the interface, and the names of fingers and eyes on it."""

from __future__ import annotations

import enum
from types import MappingProxyType

from drivers.capture import Eye, Finger


class Modality(enum.StrEnum):
    """As the interface spells it."""

    FACE = "Face"
    FINGER = "Finger"
    IRIS = "Iris"

    @property
    def nothing(self) -> str:
        """Code for nobody having presented anything."""
        return _NOTHING[self]

    @property
    def poor(self) -> str:
        """Code for a capture that is not good enough."""
        return _POOR[self]


_NOTHING = MappingProxyType(
    {Modality.FACE: "sbi.no_face", Modality.FINGER: "finger.none", Modality.IRIS: "iris.none"}
)
_POOR = MappingProxyType(
    {Modality.FACE: "sbi.poor_face", Modality.FINGER: "finger.messy", Modality.IRIS: "iris.blurred"}
)

FINGERS = MappingProxyType(
    {
        Finger.LEFT_INDEX: "Left IndexFinger",
        Finger.LEFT_MIDDLE: "Left MiddleFinger",
        Finger.LEFT_RING: "Left RingFinger",
        Finger.LEFT_LITTLE: "Left LittleFinger",
        Finger.LEFT_THUMB: "Left Thumb",
        Finger.RIGHT_INDEX: "Right IndexFinger",
        Finger.RIGHT_MIDDLE: "Right MiddleFinger",
        Finger.RIGHT_RING: "Right RingFinger",
        Finger.RIGHT_LITTLE: "Right LittleFinger",
        Finger.RIGHT_THUMB: "Right Thumb",
    }
)
EYES = MappingProxyType({Eye.LEFT: "Left", Eye.RIGHT: "Right"})

WHOLE = "0"
"""Sub-device of a device that has none, or of one that is not known."""


def finger_unit(finger: Finger, units: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The sub-device for `finger`, and the fingers it must not wait for.

    A slap scanner has 1 for the left four, 2 for the right four and 3 for the thumbs, and takes all of
    them at once unless told that the others are absent.
    """
    name = FINGERS[finger]
    unit = "3" if name.endswith("Thumb") else "1" if name.startswith("Left") else "2"
    if unit not in units:
        return WHOLE, ()
    others = [each for each in FINGERS.values() if each != name]
    if unit == "3":
        return unit, tuple(each for each in others if each.endswith("Thumb"))
    side = name.split()[0]
    return unit, tuple(each for each in others if each.startswith(side) and not each.endswith("Thumb"))


def eye_unit(eyes: tuple[Eye, ...], units: tuple[str, ...]) -> str:
    """The sub-device for `eyes`: 1 left, 2 right, 3 both."""
    unit = "3" if len(eyes) == 2 else "1" if eyes[0] is Eye.LEFT else "2"
    return unit if unit in units else WHOLE
