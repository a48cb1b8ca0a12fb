"""Measures fingerprint comparison on a folder of impressions whose truth is known.

The protocol: within a data base (a sub-folder, so one sensor), every two impressions of one finger are a
genuine comparison and every two impressions of different fingers an impostor comparison, each pair once.
Files are named FINGER_IMPRESSION, as in the fingerprint verification competitions: ``101_3.png`` is the third
of finger 101. Two fingers of one person count as two.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from models.api import PictureError
from models.evaluate.comparison_page import Trials
from models.evaluate.folder import SUFFIXES, FolderError, Progress
from models.evaluate.journal import Journal
from models.evaluate.trials import figures, lines, pooled, trials_of
from models.finger.engine import FingerEngine, Impression
from models.finger.template import FingerTemplate
from models.picture import read_picture

ALL = "all data bases"
_NAME = re.compile(r"(?P<finger>.+)_(?P<impression>[0-9]+)")


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One picture of the folder."""

    base: str
    """Data base: its sub-folder."""
    finger: str
    impression: int
    file: Path

    @property
    def key(self) -> str:
        """Its name in journals and reports."""
        return f"{self.base}/{self.file.name}"


@dataclass(frozen=True, slots=True)
class FingerReport:
    """What a run of `evaluate_finger` found."""

    conditions: Mapping[str, Trials] = field(repr=False)
    """Data bases by name, behind all of them together."""
    engine: str
    milliseconds: Mapping[str, float]
    """Median wall time of each stage of a picture, and of one ``match``; without what a journal knew."""
    elapsed_seconds: float

    def as_json(self) -> dict[str, Any]:
        """The figures by name; rates between 0 and 1."""
        return {
            "engine": self.engine,
            "conditions": {name: figures(trials) for name, trials in self.conditions.items()},
            "milliseconds": {stage: round(value, 3) for stage, value in self.milliseconds.items()},
            "elapsed_seconds": round(self.elapsed_seconds, 1),
        }

    def lines(self) -> list[str]:
        """The report for people, one line each."""
        told = [f"engine {self.engine}, {self.elapsed_seconds:.0f} s"]
        for name, trials in self.conditions.items():
            told += ["", name, *lines(trials, "finger")]
        spent = ", ".join(f"{stage} {value:.2f}" for stage, value in self.milliseconds.items())
        return [*told, "", f"median milliseconds: {spent or 'nothing was computed anew'}"]


def samples(folder: Path) -> tuple[Sample, ...]:
    """The impressions below `folder`, in the order of work: by data base, finger, impression.

    Raises FolderError ``evaluate.no_fingers`` when there are no two of one finger and of two fingers.
    """
    if not folder.is_dir():
        raise FolderError("evaluate.no_fingers", folder, "Name a folder", "there is no such folder")
    found = []
    for file in folder.rglob("*"):
        named = _NAME.fullmatch(file.stem)
        if named and file.suffix.lower() in SUFFIXES and file.is_file():
            base = file.parent.relative_to(folder).as_posix() if file.parent != folder else folder.name
            found.append(Sample(base, named["finger"], int(named["impression"]), file))
    pairs = [
        one.finger == other.finger for _, group in _bases(found) for one, other in combinations(group, 2)
    ]
    if not any(pairs) or all(pairs):
        raise FolderError(
            "evaluate.no_fingers",
            folder,
            "Name pictures FINGER_IMPRESSION (101_1.png), one sub-folder a data base",
            "holds no two impressions of one finger, or none of two fingers",
        )
    return tuple(sorted(found))


def evaluate_finger(
    folder: Path,
    make_engine: Callable[[], FingerEngine],
    *,
    dpi: float = 500,
    progress: Progress | None = None,
    jobs: int = 1,
    run: Journal | None = None,
) -> FingerReport:
    """Compare the impressions below `folder` by the protocol above.

    `make_engine` is called once for each of `jobs` threads. A picture without a template makes its
    comparisons failures (−∞): false non-matches when genuine. What `run` knows already is not compared
    again. Raises FolderError, and ModelError as `FingerEngine` does.
    """
    began = time.monotonic()
    noted, told = run or Journal(), progress or (lambda stage, done, total: None)
    work = _Work(noted, told, dpi)
    conditions: dict[str, Trials] = {}
    everything = samples(folder)
    with _engines(make_engine, jobs) as engines:
        for base, group in _bases(everything):
            work.compare(base, group, engines)
            conditions[base] = work.trials(group)
        engine = engines[0].kind.value
    if len(conditions) > 1:
        conditions = {ALL: pooled(list(conditions.values())), **conditions}
    return FingerReport(conditions, engine, work.medians(), time.monotonic() - began)


class _Work:
    """Templates of one data base at a time, and all scores."""

    def __init__(self, noted: Journal, told: Progress, dpi: float) -> None:
        self._noted, self._told, self._dpi = noted, told, dpi
        self._spent: dict[str, list[float]] = {}

    def compare(self, base: str, group: Sequence[Sample], engines: Sequence[FingerEngine]) -> None:
        """Note the score of every pair of `group` that has none; templates are wiped afterwards."""
        missing = [pair for pair in combinations(group, 2) if _pair_key(*pair) not in self._noted]
        wanted = [each for each in group if any(each in pair for pair in missing)]
        templates = self._templates(base, wanted, engines)
        for done, (one, other) in enumerate(missing, start=1):
            since = time.perf_counter()
            first, second = templates[one.key], templates[other.key]
            score = engines[0].score(first, second) if first and second else None
            self._noted.note(_pair_key(one, other), score)
            if score is not None:
                self._spent.setdefault("match", []).append((time.perf_counter() - since) * 1e3)
            if done % 50 == 0 or done == len(missing):
                self._told(f"{base}: comparisons", done, len(missing))
        for template in templates.values():
            if template is not None:
                template.wipe()

    def trials(self, group: Sequence[Sample]) -> Trials:
        """The comparisons of a data base."""
        scores: dict[bool, list[float]] = {True: [], False: []}
        for one, other in combinations(group, 2):
            score = self._noted[_pair_key(one, other)]
            scores[one.finger == other.finger].append(-np.inf if score is None else score)
        failed = {each.key: self._noted[each.key] for each in group if each.key in self._noted}
        return trials_of(np.array(scores[True]), np.array(scores[False]), len(group), failed)

    def medians(self) -> dict[str, float]:
        """Median milliseconds by stage."""
        return {stage: statistics.median(values) for stage, values in self._spent.items()}

    def _templates(
        self, base: str, wanted: Sequence[Sample], engines: Sequence[FingerEngine]
    ) -> dict[str, FingerTemplate | None]:
        free: SimpleQueue[FingerEngine] = SimpleQueue()
        for engine in engines:
            free.put(engine)

        def seen(sample: Sample) -> Impression | str:
            engine = free.get()
            try:
                return engine.look(read_picture(sample.file, None), self._dpi)
            except PictureError as error:
                return error.code
            finally:
                free.put(engine)

        templates: dict[str, FingerTemplate | None] = {}
        with ThreadPoolExecutor(len(engines), thread_name_prefix="evaluate") as pool:
            for sample, given in zip(wanted, pool.map(seen, wanted), strict=True):
                templates[sample.key] = self._kept(sample, given)
                self._told(f"{base}: pictures", len(templates), len(wanted))
        return templates

    def _kept(self, sample: Sample, given: Impression | str) -> FingerTemplate | None:
        """The template; a failure is noted."""
        if isinstance(given, str):
            self._noted.note(sample.key, given)
            return None
        for stage, spent in given.stages_ms.items():
            self._spent.setdefault(stage, []).append(spent)
        if given.template is None:
            self._noted.note(sample.key, given.quality.problem)
        return given.template


@contextmanager
def _engines(make: Callable[[], FingerEngine], jobs: int) -> Iterator[Sequence[FingerEngine]]:
    yield [make() for _ in range(max(jobs, 1))]


def _pair_key(one: Sample, other: Sample) -> str:
    return f"{one.key}|{other.file.name}"


def _bases(found: Sequence[Sample]) -> list[tuple[str, list[Sample]]]:
    """The samples of each data base, in order."""
    groups: dict[str, list[Sample]] = {}
    for sample in sorted(found):
        groups.setdefault(sample.base, []).append(sample)
    return list(groups.items())
