"""Finds pupil and iris in a picture of one eye, and notices when the camera's sizes are set wrong."""

from __future__ import annotations

import enum
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from models.iris.api import Floats, Grey, Outline
from models.iris.candidates import Point, likeliest, pupil_centres
from models.iris.limbus import Limbus, find_limbus, smoothed
from models.iris.pupil import Pupil, find_pupils
from models.iris.reflections import without_reflections
from models.iris.settings import CameraProfile, SearchSettings

FULL_EDGE = 24.0
"""Rise at the outer boundary above which it makes no pupil likelier."""
MOST_OF_LIMBUS = 1.0
"""What an outer boundary can add to a pupil's likeness at most: see `_outline`."""


class RangeDoubt(enum.StrEnum):
    """Why the sizes set for the camera may be wrong."""

    BORDER = "border"
    """The boundary lies at the very end of the range: what is beyond was not looked at."""
    PUPIL = "pupil"
    """A likelier eye has a pupil outside of its range."""
    IRIS = "iris"
    """A likelier eye has an iris outside of its range."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a picture shows."""

    outline: Outline | None
    """The likeliest eye with the profile's sizes."""
    doubt: RangeDoubt | None = None
    """When set, nothing of the picture may be compared."""
    seen: Outline | None = None
    """The likeliest eye of any size; for messages and for setting the sizes."""


def find_outline(picture: Grey, profile: CameraProfile, search: SearchSettings) -> Found:
    """The eye in a picture.

    Sizes are looked for twice, in the profile's ranges and in all that an eye in this picture can have. On
    the development persons of three research sets, with ranges 0.5, 0.7, 1.4 and 2 times the right ones, 354
    of 356 pictures of eyes outside of them were noticed; with the right ones none of 800 was called wrong.
    The second is prepared beside the first. Whole, side by side, they would be no faster: what follows the
    candidates is many short steps, in which two threads wait for one another.
    """
    scale = min(1.0, search.working_iris_px / profile.iris_px[1])
    with ThreadPoolExecutor(1, thread_name_prefix="beside") as beside:
        preparing = beside.submit(_prepared, picture, profile, search, scale)
        probing = min(1.0, search.probe_side_px / min(picture.shape))
        anywhere = _likeliest(_prepared(picture, _any_size(picture), search, probing), search)
        inside = _likeliest(preparing.result(), search)
    return Found(inside, _doubt(inside, anywhere, profile, search), anywhere)


def _doubt(
    inside: Outline | None, anywhere: Outline | None, profile: CameraProfile, search: SearchSettings
) -> RangeDoubt | None:
    """What speaks against the profile's ranges."""
    if anywhere is not None and _clearer(anywhere, inside, search.doubt_margin):
        sizes = (anywhere.iris.radius, profile.iris_px), (anywhere.pupil.radius, profile.pupil_px)
        for (size, (least, most)), doubt in zip(sizes, (RangeDoubt.IRIS, RangeDoubt.PUPIL), strict=True):
            if not least / search.tolerance <= size <= most * search.tolerance:
                return doubt
    if inside is not None:
        near = search.border_px / min(1.0, search.working_iris_px / profile.iris_px[1])
        if min(abs(inside.iris.radius - limit) for limit in profile.iris_px) <= near:
            return RangeDoubt.BORDER
    return None


def _clearer(anywhere: Outline, inside: Outline | None, margin: float) -> bool:
    """Whether the eye of any size is clearly more certain than the one with the profile's sizes."""
    return inside is None or anywhere.certainty > inside.certainty + margin


def _any_size(picture: Grey) -> CameraProfile:
    """All sizes of an eye that is the subject of this picture."""
    side = min(picture.shape)
    return CameraProfile("any", (side / 60, side * 0.3), (side / 22, side * 0.58))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A picture reduced by `factor`, where pupils may be in it, and the sizes there."""

    filled: Grey
    centres: list[Point]
    profile: CameraProfile
    factor: float


def _prepared(picture: Grey, profile: CameraProfile, search: SearchSettings, factor: float) -> _Prepared:
    """For a search with sizes of the profile in the picture reduced by `factor`."""
    if factor < 1:
        size = tuple(max(1, round(side * factor)) for side in picture.shape[::-1])
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    scaled = profile.scaled(factor)
    filled, spots = without_reflections(picture)
    centres = pupil_centres(filled, spots, scaled.pupil_px, search.voting_pupil_px)
    return _Prepared(filled, centres, scaled, factor)


def _likeliest(prepared: _Prepared, search: SearchSettings) -> Outline | None:
    """The likeliest eye, in pixels of the picture that was given."""
    filled, profile = prepared.filled, prepared.profile
    grey = filled.astype(np.float32)
    centres = likeliest(grey, prepared.centres, profile.pupil_px, search.candidates)
    pupils = find_pupils(grey, centres, profile.pupil_px, search.least_contrast)[: search.pupils]
    sizes = profile.iris_px[0], min(profile.iris_px[1], search.largest_share * min(filled.shape))
    found = _best(pupils, smoothed(grey), sizes)
    return found.scaled(1 / prepared.factor) if found else None


def _best(pupils: list[Pupil], smooth: Floats, iris_px: tuple[float, float]) -> Outline | None:
    """The pupil, of these, likeliest first, that with its outer boundary looks most like an eye."""
    best: Outline | None = None
    for pupil in pupils:
        if best is not None and pupil.likeness + MOST_OF_LIMBUS <= best.certainty:
            return best
        limbus = find_limbus(smooth, pupil.circle, iris_px)
        found = None if limbus is None else _outline(pupil, limbus)
        if found is not None and (best is None or found.certainty > best.certainty):
            best = found
    return best


def _outline(pupil: Pupil, limbus: Limbus) -> Outline:
    """Both boundaries together."""
    inner, outer = pupil.circle, limbus.circle
    apart = math.hypot(outer.x - inner.x, outer.y - inner.y) / outer.radius
    certainty = pupil.likeness + min(limbus.edge, FULL_EDGE) / FULL_EDGE - apart
    return Outline(
        inner, outer, pupil.contour, pupil.edge, limbus.edge, pupil.contrast, pupil.closed, certainty
    )
