"""A picture of one eye in, its code and quality out; two codes in, a score out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.calibration import Modality, Scorer
from models.iris.api import Eye, Grey, Outline
from models.iris.code import IrisCode, encode
from models.iris.outline import Found, RangeDoubt, find_outline
from models.iris.picture import grey_picture
from models.iris.quality import IrisQuality, measure, problem_of
from models.iris.settings import CameraProfile, IrisSettings
from models.iris.sheet import unroll

UNFIT, NONE, RANGE, LITTLE = "iris.picture", "iris.none", "iris.range", "iris.closed"
"""Message keys of pictures of which no code is made."""
SCORER = Scorer(modality=Modality.IRIS, engine="iris-gabor", method=2)
"""What a calibration must have been measured with: count up `method` with every change of the code, the
boundaries or the distance."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one picture of one eye gave."""

    eye: Eye
    profile: str
    """Name of the camera profile."""
    problem: str | None = None
    """Message key: what to change first, or why there is no code; None for a good picture."""
    code: IrisCode | None = field(default=None, repr=False)
    """None when nothing may be compared: no eye, wrong camera ranges, too little of the iris."""
    quality: IrisQuality | None = None
    outline: Outline | None = field(default=None, repr=False)
    doubt: RangeDoubt | None = None
    """Why the camera's ranges seem wrong, with the problem ``iris.range``."""
    seen_px: tuple[float, float] | None = None
    """Pupil and iris radius that the ranges do not allow, for setting them right."""
    stages_ms: Mapping[str, float] = field(default_factory=dict)

    def wipe(self) -> None:
        """Overwrite the template."""
        if self.code is not None:
            self.code.wipe()


class IrisEngine:
    """The whole way from pictures to codes, for the cameras of one profile. Keeps nothing of a picture."""

    def __init__(self, profile: CameraProfile, settings: IrisSettings | None = None) -> None:
        self.profile = profile
        self.settings = settings or IrisSettings()

    def look(self, picture: npt.NDArray[np.generic], eye: Eye) -> Reading:
        """The reading of one picture of `eye`.

        Whatever the picture is or shows, the answer is a Reading, whose `problem` names what is wrong.
        """
        began = time.perf_counter()
        grey = grey_picture(picture)
        if grey is None:
            return Reading(eye, self.profile.name, UNFIT)
        found = find_outline(grey, self.profile, self.settings.search)
        stages = {"outline": 1000 * (time.perf_counter() - began)}
        if found.doubt is not None and self._is_eye(found.seen):
            return self._doubted(eye, found, stages)
        if found.outline is None or found.doubt is not None or not self._is_eye(found.outline):
            return Reading(eye, self.profile.name, NONE, stages_ms=stages)
        return self._read(grey, eye, found.outline, stages)

    def _read(self, grey: Grey, eye: Eye, outline: Outline, stages: dict[str, float]) -> Reading:
        """Quality and code of an eye that was found."""
        began = time.perf_counter()
        sheet = unroll(grey, outline)
        unrolled = time.perf_counter()
        with ThreadPoolExecutor(1, thread_name_prefix="beside") as beside:
            measuring = beside.submit(measure, grey, outline, sheet)
            code = encode(sheet, self.settings.code, beside)
            quality = measuring.result()
        stages |= {
            "sheet": 1000 * (unrolled - began),
            "code": 1000 * (time.perf_counter() - unrolled),
        }
        problem = problem_of(quality, self.settings.limits)
        if quality.usable_iris_area < self.settings.limits.least_area:
            code.wipe()
            return Reading(
                eye, self.profile.name, problem or LITTLE, None, quality, outline, stages_ms=stages
            )
        return Reading(eye, self.profile.name, problem, code, quality, outline, stages_ms=stages)

    def _doubted(self, eye: Eye, found: Found, stages: dict[str, float]) -> Reading:
        """An eye that the camera's ranges do not fit."""
        seen = found.seen or found.outline
        size = None if seen is None else (seen.pupil.radius, seen.iris.radius)
        return Reading(eye, self.profile.name, RANGE, doubt=found.doubt, seen_px=size, stages_ms=stages)

    def _is_eye(self, outline: Outline | None) -> bool:
        """Whether the circles look enough like pupil and iris."""
        search = self.settings.search
        return (
            outline is not None
            and outline.certainty >= search.least_certainty
            and outline.closed >= search.least_closed
            and outline.iris_edge >= search.weak_edge
        )
