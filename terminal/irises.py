"""Joins eye pictures as cameras and other systems exchange them with what the iris engine reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType

from drivers import capture
from drivers.iris.settings import IrisCameraSettings
from drivers.iso19794 import iris, pictures
from drivers.iso19794.iris import IrisRecord
from drivers.iso19794.pictures import Coding
from models.iris.api import Eye, Grey, Outline
from models.iris.engine import SCORER
from models.iris.match import SAMPLE, IrisMatcher
from models.iris.settings import CameraProfile
from terminal.calibrations import Calibrations

_EYES = MappingProxyType({Eye.LEFT: capture.Eye.LEFT, Eye.RIGHT: capture.Eye.RIGHT})
_SIDES = MappingProxyType({theirs: ours for ours, theirs in _EYES.items()})


def profile_of(name: str, settings: IrisCameraSettings) -> CameraProfile:
    """The engine's profile of a camera called `name`, from the driver's own settings."""
    return CameraProfile(
        name,
        (settings.pupil_min_px, settings.pupil_max_px),
        (settings.iris_min_px, settings.iris_max_px),
    )


def matcher(book: Calibrations) -> IrisMatcher:
    """Decides by the calibration in force on the terminal; ModelError as `Calibrations.find` raises it."""
    return IrisMatcher(book.find(SCORER, SAMPLE))


def eye_of(image: capture.IrisImage) -> Eye | None:
    """Which eye a capture shows; None when the device did not say, so that it cannot be compared."""
    return _SIDES.get(image.eye)


def write_record(
    eyes: Sequence[tuple[Eye, Grey, Outline | None]],
    taken: datetime | None = None,
    coding: Coding = Coding.PNG,
) -> bytes:
    """An ISO/IEC 19794-6:2011 record of these pictures, with the place of the iris where it is known.

    Raises BadRecord for what no record can hold.
    """
    return iris.encode(
        [
            IrisRecord(
                _EYES[eye],
                picture.shape[1],
                picture.shape[0],
                pictures.encode(picture, coding),
                coding,
                taken=taken,
                number=number,
                place=_place(outline),
            )
            for number, (eye, picture, outline) in enumerate(eyes, 1)
        ]
    )


def read_record(data: bytes) -> tuple[tuple[Eye | None, Grey], ...]:
    """Eye (None when the record does not say) and picture of each record; BadRecord when it is none."""
    return tuple((_SIDES.get(record.eye), record.image()) for record in iris.decode(data))


def _place(outline: Outline | None) -> tuple[int, ...]:
    """Least and most of the iris's centre and diameter, as a record says them."""
    if outline is None:
        return iris.UNKNOWN_PLACE
    values = outline.iris.x, outline.iris.y, 2 * outline.iris.radius
    return tuple(max(0, round(value)) for value in values for _ in range(2))
