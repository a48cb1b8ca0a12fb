"""Measures the capture guidance: whom each limit stops without cause, and what spoiled pictures it notices.

Takes usable pictures of faces, counts for each check how many it stops, spoils some of them in every way of
`models.evaluate.degrade`, and counts how many of those the check meant for it notices. What a good picture is
cannot be known for sure of pictures from the press: a few of those that are stopped deserve it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from config.guide import GuideLimits
from models.api import Image, Mesh, PictureError, Quality
from models.evaluate.degrade import DEGRADATIONS, Degradation
from models.evaluate.liveness import PICTURES
from models.evaluate.metrics import Interval, clopper_pearson
from models.face.align import align
from models.face.problems import CHECKS, Check
from models.face.stack import FaceStack
from models.picture import read_picture

POSE = frozenset({"yaw", "pitch", "roll"})
SIZE = frozenset({"inter_eye_distance", "eye_share", "centre_offset", "cut_off", "other_face"})
"""Signals that say how a picture was framed: press pictures do not stand for people before a terminal."""
SKIN = (slice(62, 80), slice(27, 85))
"""Rows and columns of an aligned face between cheek and cheek."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was counted from."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 of nothing."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        """95 % confidence interval (Clopper-Pearson)."""
        return clopper_pearson(self.hits, self.of) if self.of else (0.0, 1.0)

    def as_json(self) -> dict[str, Any]:
        """By name."""
        return {"hits": self.hits, "of": self.of, "share": self.share, "interval": list(self.interval)}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:6.1%} [{low:.1%}, {high:.1%}] of {self.of}"


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of the pictures spoiled in one way."""

    right: Rate
    """The check meant for it, among pictures in which a face is still found."""
    no_face: int
    """Pictures in which none is: the person is told that no face is seen."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What a run found."""

    pictures: int
    no_face: int
    frontal: int
    """Pictures with one frontal face: those that the checks beside framing and pose are counted on."""
    stopped: Mapping[str, Rate]
    """By the name of the limit: pictures beyond it."""
    any_required: Rate
    """Frontal pictures that any required check but those of framing and pose would stop."""
    by_tone: Mapping[str, Mapping[str, Rate]] = field(default_factory=dict)
    """The same for the tenth with the darkest and the tenth with the fairest skin."""
    noticed: Mapping[str, Noticed] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    """Files that could not be read → message key."""

    def as_json(self) -> dict[str, Any]:
        """Everything by name."""
        return {
            "pictures": self.pictures,
            "no_face": self.no_face,
            "frontal": self.frontal,
            "failed_pictures": dict(self.failed),
            "stopped": {name: rate.as_json() for name, rate in self.stopped.items()},
            "any_required": self.any_required.as_json(),
            "by_tone": {
                tone: {name: rate.as_json() for name, rate in rates.items()}
                for tone, rates in self.by_tone.items()
            },
            "noticed": {
                name: {**each.right.as_json(), "no_face": each.no_face} for name, each in self.noticed.items()
            },
        }

    def lines(self) -> list[str]:
        """For people, one line each."""
        lines = [f"{self.pictures} pictures, {self.no_face} without a face, {self.frontal} frontal", ""]
        lines += ["good pictures stopped"]
        lines += [f"  {name:20} {rate}" for name, rate in self.stopped.items()]
        lines += [f"  {'any required':20} {self.any_required}"]
        for tone, rates in self.by_tone.items():
            lines += ["", f"the tenth with the {tone} skin"]
            lines += [f"  {name:20} {rate}" for name, rate in rates.items()]
        lines += ["", "spoiled pictures noticed"]
        lines += [
            f"  {name:20} {each.right}, no face found in {each.no_face}"
            for name, each in self.noticed.items()
        ]
        return lines + [f"  {name}: {code}" for name, code in self.failed.items()]


@dataclass(frozen=True, slots=True)
class Judged:
    """One good picture."""

    file: Path
    mesh: Mesh
    quality: Quality
    tone: float
    """Individual typology angle of the cheeks in degrees: large is fair (see `tone_of`)."""


def evaluate_quality(
    folder: Path, stack: FaceStack, *, spoiled: int = 200, progress: Progress | None = None
) -> QualityReport:
    """Judge every picture below `folder`; spoil `spoiled` of the frontal ones in every way.

    The limits are those of `stack.settings.guide`. PictureError ``picture.missing`` when there is none.
    """
    files = pictures_in(folder)
    limits = stack.settings.guide
    failed: dict[str, str] = {}
    faces = list(_judged(files, stack, failed, progress))
    frontal = [each for each in faces if _frontal(each.quality, limits)]
    chosen = frontal[:: max(1, len(frontal) // max(spoiled, 1))][:spoiled]
    return QualityReport(
        pictures=len(files),
        no_face=len(files) - len(failed) - len(faces),
        failed=failed,
        frontal=len(frontal),
        stopped=_stopped(faces, frontal, limits),
        any_required=_any_required(frontal, limits),
        by_tone=_by_tone(frontal, limits),
        noticed={each.name: _noticed(each, chosen, stack, progress) for each in DEGRADATIONS},
    )


def pictures_in(folder: Path) -> list[Path]:
    """All pictures below `folder`, in order. PictureError ``picture.missing`` when there is none."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES)
    if not files:
        raise PictureError("picture.missing", folder.name)
    return files


def tone_of(image: Image, points: npt.NDArray[np.float32]) -> float:
    """Individual typology angle (Chardon et al. 1991) between cheek and cheek: the fairer the larger.

    It cannot tell dark skin from little light, so a group chosen by it holds both.
    """
    cheeks = np.ascontiguousarray(align(image, points)[SKIN])
    lab = cv2.cvtColor(cheeks.astype(np.float32) / 255, cv2.COLOR_BGR2Lab).reshape(-1, 3)
    light, _, yellow = np.median(lab, axis=0).tolist()
    return math.degrees(math.atan2(light - 50, max(yellow, 1e-3)))


def _judged(
    files: Sequence[Path], stack: FaceStack, failed: dict[str, str], progress: Progress | None
) -> Iterator[Judged]:
    """Every picture that shows a face; into `failed` goes what cannot be read."""
    for done, file in enumerate(files, 1):
        try:
            image = read_picture(file)
        except PictureError as error:
            failed[file.name] = error.code
            continue
        seen = stack.observe(image, 0, 0.0, passive=False)
        if seen.face and seen.mesh and seen.quality:
            yield Judged(file, seen.mesh, seen.quality, tone_of(image, seen.face.points))
        if progress:
            progress("good pictures", done, len(files))


def _frontal(quality: Quality, limits: GuideLimits) -> bool:
    """One face, looking at the camera."""
    framing = POSE | {"other_face"}
    return all(check.passed(quality, limits) for check in CHECKS if check.signal in framing)


def _stopped(faces: Sequence[Judged], frontal: Sequence[Judged], limits: GuideLimits) -> dict[str, Rate]:
    """Each check: pose and framing over all faces, the others over the frontal ones."""
    return {
        check.limit: _rate(check, faces if check.signal in POSE | SIZE else frontal, limits)
        for check in CHECKS
    }


def _rate(check: Check, over: Sequence[Judged], limits: GuideLimits) -> Rate:
    return Rate(sum(not check.passed(each.quality, limits) for each in over), len(over))


def _any_required(frontal: Sequence[Judged], limits: GuideLimits) -> Rate:
    checks = [check for check in CHECKS if check.required and check.signal not in POSE | SIZE]
    stopped = sum(not all(check.passed(each.quality, limits) for check in checks) for each in frontal)
    return Rate(stopped, len(frontal))


def _by_tone(frontal: Sequence[Judged], limits: GuideLimits) -> dict[str, dict[str, Rate]]:
    """The darkest and the fairest tenth by themselves."""
    ordered = sorted(frontal, key=lambda each: each.tone)
    tenth = len(ordered) // 10
    groups = {"darkest": ordered[:tenth], "fairest": ordered[len(ordered) - tenth :]}
    checks = [check for check in CHECKS if check.signal not in POSE | SIZE]
    return {
        name: {check.limit: _rate(check, group, limits) for check in checks}
        | {"any required": _any_required(group, limits)}
        for name, group in groups.items()
    }


def _noticed(
    way: Degradation, chosen: Sequence[Judged], stack: FaceStack, progress: Progress | None
) -> Noticed:
    """Spoil the chosen pictures in one way; the same pictures are spoiled in the same way each time."""
    hits = found = 0
    meant = [check for check in CHECKS if check.signal in way.signals]
    for number, each in enumerate(chosen):
        spoiled = way.draw(read_picture(each.file), each.mesh, np.random.default_rng(number))
        quality = stack.observe(spoiled, 0, 0.0, passive=False).quality
        found += quality is not None
        hits += quality is not None and any(
            not check.passed(quality, stack.settings.guide) for check in meant
        )
        if progress:
            progress(way.name, number + 1, len(chosen))
    return Noticed(Rate(hits, found), len(chosen) - found)
