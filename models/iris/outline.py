"""Finds pupil and iris in a picture of one eye."""

from __future__ import annotations

import math

import cv2
import numpy as np

from models.iris.api import Grey, Outline
from models.iris.candidates import likeliest, pupil_centres
from models.iris.limbus import Limbus, find_limbus, smoothed
from models.iris.pupil import Pupil, find_pupils
from models.iris.reflections import without_reflections
from models.iris.settings import CameraProfile, SearchSettings

LARGEST_SHARE = 0.62
"""Iris radius at most, as a share of the picture's short side."""
FULL_EDGE = 24.0
"""Rise at the outer boundary above which it makes no pupil likelier."""


def find_outline(picture: Grey, profile: CameraProfile, search: SearchSettings) -> Outline | None:
    """The boundaries of the likeliest eye whose sizes the profile allows, or None."""
    factor = min(1.0, search.working_iris_px / profile.iris_px[1])
    if factor < 1:
        picture = np.asarray(
            cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
        )
    found = _in_working_size(picture, profile.scaled(factor), search)
    return found.scaled(1 / factor) if found else None


def _in_working_size(picture: Grey, profile: CameraProfile, search: SearchSettings) -> Outline | None:
    """The same in a picture that is not too large."""
    filled, spots = without_reflections(picture)
    grey = filled.astype(np.float32)
    centres = pupil_centres(filled, spots, profile.pupil_px, search.voting_pupil_px)
    centres = likeliest(grey, centres, profile.pupil_px, search.candidates)
    pupils = find_pupils(grey, centres, profile.pupil_px, search.least_contrast)[: search.pupils]
    largest = min(profile.iris_px[1], LARGEST_SHARE * min(picture.shape))
    smooth = smoothed(grey)
    found = [
        _outline(pupil, limbus)
        for pupil in pupils
        if (limbus := find_limbus(smooth, pupil.circle, (profile.iris_px[0], largest)))
    ]
    return max(found, key=lambda one: one.certainty, default=None)


def _outline(pupil: Pupil, limbus: Limbus) -> Outline:
    """Both boundaries together."""
    inner, outer = pupil.circle, limbus.circle
    apart = math.hypot(outer.x - inner.x, outer.y - inner.y) / outer.radius
    certainty = pupil.likeness + min(limbus.edge, FULL_EDGE) / FULL_EDGE - apart
    return Outline(
        inner, outer, pupil.contour, pupil.edge, limbus.edge, pupil.contrast, pupil.closed, certainty
    )
