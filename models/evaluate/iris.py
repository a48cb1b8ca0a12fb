"""Measures iris comparison on a folder of pictures whose truth is known.

The protocol: every two pictures of one eye are a genuine comparison, every two of different eyes an impostor
comparison, each pair once; the two eyes of a person count as two. Folders are PERSON/EYE/ (an eye's folder
holds its pictures, and may be called left, right, or anything else); the pictures are of one camera.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.api import PictureError
from models.evaluate.comparison_page import Trials
from models.evaluate.folder import SUFFIXES, FolderError, Progress
from models.evaluate.journal import Journal
from models.evaluate.metrics import Scores
from models.evaluate.trials import figures, lines, trials_of
from models.iris.api import Eye
from models.iris.code import IrisCode
from models.iris.distance import distances
from models.iris.engine import IrisEngine, Reading
from models.measurement import Measurement, Part
from models.picture import read_picture

FAILED = "failed:"


@dataclass(frozen=True, slots=True, order=True)
class EyePicture:
    """One picture of the folder."""

    eye: str
    """Folder of its eye, such as ``017/left``."""
    file: Path

    @property
    def key(self) -> str:
        """Its name in journals and reports."""
        return f"{self.eye}/{self.file.name}"


@dataclass(frozen=True, slots=True)
class IrisReport:
    """What a run of `evaluate_iris` found."""

    profile: str
    """Name of the camera profile."""
    trials: Trials = field(repr=False)
    people: int
    eyes: int
    problems: Mapping[str, int]
    """Message key → pictures that were compared all the same, though they should be taken again."""
    milliseconds: Mapping[str, float]
    """Median wall time of each stage of a picture, and of one ``match``; without what a journal knew."""
    elapsed_seconds: float

    def as_json(self) -> dict[str, Any]:
        """The figures by name; rates between 0 and 1."""
        return {
            "profile": self.profile,
            "people": self.people,
            "eyes": self.eyes,
            **figures(self.trials),
            "problems": dict(self.problems),
            "milliseconds": {stage: round(value, 3) for stage, value in self.milliseconds.items()},
            "elapsed_seconds": round(self.elapsed_seconds, 1),
        }

    def lines(self) -> list[str]:
        """The report for people, one line each."""
        spent = ", ".join(f"{stage} {value:.3g}" for stage, value in self.milliseconds.items())
        poor = ", ".join(f"{code} {count}" for code, count in self.problems.items())
        return [
            f"camera {self.profile}: {self.people} people, {self.eyes} eyes, {self.elapsed_seconds:.0f} s",
            *lines(self.trials, "eye"),
            f"  compared, but should be taken again: {poor or 'none'}",
            f"  median milliseconds: {spent or 'nothing was computed anew'}",
        ]


def eye_pictures(folder: Path) -> tuple[EyePicture, ...]:
    """The pictures below `folder`, by eye.

    Raises FolderError ``evaluate.no_irises`` when there are no two of one eye and of two eyes.
    """
    if not folder.is_dir():
        raise FolderError("evaluate.no_irises", folder, "there is no such folder")
    found = sorted(
        EyePicture(file.parent.relative_to(folder).as_posix(), file)
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES and file.is_file() and file.parent != folder
    )
    eyes = {picture.eye for picture in found}
    if len(eyes) < 2 or len(found) == len(eyes):
        remedy = "needs folders PERSON/left and PERSON/right, several pictures in one of them, and two eyes"
        raise FolderError("evaluate.no_irises", folder, remedy)
    return tuple(found)


def evaluate_iris(
    folder: Path,
    engine: IrisEngine,
    *,
    progress: Progress | None = None,
    jobs: int = 1,
    run: Journal | None = None,
) -> IrisReport:
    """Compare the pictures below `folder` by the protocol above.

    A picture without a template makes its comparisons failures (−∞): false non-matches when genuine. What
    `run` knows already is not compared again. Raises FolderError.
    """
    began = time.monotonic()
    pictures = eye_pictures(folder)
    work = _Work(pictures, engine, run or Journal(), progress or (lambda stage, done, total: None))
    work.compare(jobs)
    people = {picture.eye.split("/")[0] for picture in pictures}
    eyes = {picture.eye for picture in pictures}
    return IrisReport(
        engine.profile.name,
        work.trials(),
        len(people),
        len(eyes),
        work.problems(),
        work.medians(),
        time.monotonic() - began,
    )


def measurement(reports: Sequence[IrisReport]) -> Measurement:
    """What runs with several cameras measured, for `models.measurement.calibrated`; each a group of its own,
    so that a threshold holds for the worst of them.

    Pictures of different cameras are not compared; failures are counted and left out.
    """
    parts = [
        Part("group", one.profile, *(_finite(one.trials.genuine), _finite(one.trials.impostor)), one.people)
        for one in reports
    ]
    return Measurement(
        genuine=np.concatenate([part.genuine for part in parts]),
        impostor=np.concatenate([part.impostor for part in parts]),
        people=sum(one.people for one in reports),
        failed=sum(len(one.trials.failed) for one in reports),
        parts=parts,
    )


def _finite(scores: Scores) -> Scores:
    return scores[np.isfinite(scores)]


class _Work:
    """Codes of all pictures, and all scores: one row of scores a picture, against those behind it."""

    def __init__(
        self, pictures: Sequence[EyePicture], engine: IrisEngine, noted: Journal, told: Progress
    ) -> None:
        self._pictures, self._engine, self._noted, self._told = pictures, engine, noted, told
        self._spent: dict[str, list[float]] = {}

    def compare(self, jobs: int) -> None:
        """Note every row of scores that is missing; codes are wiped afterwards."""
        missing = [number for number, each in enumerate(self._pictures) if each.key not in self._noted]
        if not missing:
            return
        codes = self._codes(jobs, missing[0])
        for done, number in enumerate(missing, start=1):
            since = time.perf_counter()
            row = self._row(codes[number], codes[number + 1 :])
            others = len(codes) - number - 1
            if others:
                self._spent.setdefault("match", []).append((time.perf_counter() - since) * 1e3 / others)
            self._noted.note(self._pictures[number].key, row)
            self._told("comparisons", done, len(missing))
        for code in codes:
            if code is not None:
                code.wipe()

    def trials(self) -> Trials:
        """All scores, by truth."""
        genuine: list[Scores] = []
        impostor: list[Scores] = []
        eyes = np.array([picture.eye for picture in self._pictures])
        for number, picture in enumerate(self._pictures):
            noted = self._noted[picture.key]
            scores = np.array([-np.inf if score is None else score for score in noted], np.float64)
            same = eyes[number + 1 :] == picture.eye
            genuine.append(scores[same])
            impostor.append(scores[~same])
        failed = {key: self._noted[FAILED + key] for key in self._keys() if FAILED + key in self._noted}
        return trials_of(np.concatenate(genuine), np.concatenate(impostor), len(self._pictures), failed)

    def problems(self) -> dict[str, int]:
        """How often each advice was given though there is a code."""
        given = [self._noted["problem:" + key] for key in self._keys() if "problem:" + key in self._noted]
        return {code: given.count(code) for code in sorted(set(given))}

    def medians(self) -> dict[str, float]:
        """Median milliseconds by stage."""
        return {stage: statistics.median(values) for stage, values in self._spent.items()}

    def _keys(self) -> Iterator[str]:
        return (picture.key for picture in self._pictures)

    def _codes(self, jobs: int, first: int) -> list[IrisCode | None]:
        """The codes from picture `first` on; None before it and where there is none."""
        codes: list[IrisCode | None] = [None] * first
        with ThreadPoolExecutor(max(jobs, 1), thread_name_prefix="evaluate") as pool:
            wanted = self._pictures[first:]
            for picture, seen in zip(wanted, pool.map(self._look, wanted), strict=True):
                codes.append(self._kept(picture.key, seen))
                self._told("pictures", len(codes) - first, len(wanted))
        return codes

    def _look(self, picture: EyePicture) -> Reading | str:
        side = Eye.RIGHT if picture.eye.endswith("right") else Eye.LEFT
        try:
            return self._engine.look(read_picture(picture.file, None), side)
        except PictureError as error:
            return error.code

    def _kept(self, key: str, seen: Reading | str) -> IrisCode | None:
        """The code; failures and advice are noted."""
        if isinstance(seen, str):
            self._noted.note(FAILED + key, seen)
            return None
        for stage, spent in seen.stages_ms.items():
            self._spent.setdefault(stage, []).append(spent)
        if seen.code is None:
            self._noted.note(FAILED + key, seen.problem)
        elif seen.problem is not None:
            self._noted.note("problem:" + key, seen.problem)
        return seen.code

    def _row(self, code: IrisCode | None, others: Sequence[IrisCode | None]) -> list[float | None]:
        """Scores against the others; None where one has no code or too few bits are in common."""
        places = [place for place, other in enumerate(others) if other is not None]
        row: list[float | None] = [None] * len(others)
        if code is not None:
            apart = distances(
                code, [other for other in others if other is not None], self._engine.settings.distance
            )
            for place, value in zip(places, apart.tolist(), strict=True):
                row[place] = round(1 - 2 * value, 6) if np.isfinite(value) else None
        return row
