"""Measures face comparison on pairs whose truth is known: true accepts at false-accept rates, EER, DET."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.api import PhotoKind
from models.calibration import Centres
from models.evaluate.det_curve import Curve
from models.evaluate.journal import Journal
from models.evaluate.metrics import (
    Det,
    Interval,
    Operating,
    Scores,
    det,
    eer_interval,
    equal_error_rate,
    operating_point,
)
from models.evaluate.pairs import Pair, read_pairs
from models.evaluate.templates import LIVE, Progress, Side, Templates
from models.face.compare import similarity
from models.face.settings import DocumentSettings
from models.face.stack import FaceStack

TARGETS = (1e-2, 1e-3, 1e-4)
"""False-accept rates at which true accepts are reported."""
ABLATED = 1e-3
"""False-accept rate at which it is told what a trick gives."""
PAIRS_AT_ONCE = 100
"""Pairs after which the scores are noted and progress is told."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The result for one way of making the enrolled picture."""

    operating: Mapping[float, Operating]
    """By false-accept rate asked for."""
    eer: float
    eer_interval: Interval
    curve: Det = field(repr=False)
    pairs: int
    genuine: int
    failed: Mapping[str, str]
    """Pictures without a usable face → message key."""
    failed_pairs: int
    scores: Scores = field(repr=False)
    same: npt.NDArray[np.bool_] = field(repr=False)
    """Which scores are of the same person."""

    @property
    def drawn(self) -> Curve:
        """The trade-off, to be drawn."""
        return Curve(self.curve, self.eer, self.eer_interval, self.genuine, self.pairs - self.genuine)

    def as_json(self) -> dict[str, Any]:
        """The figures by name; rates between 0 and 1."""
        return {
            "tar_at_far": {
                f"{target:g}": {
                    "tar": point.tar,
                    "threshold": point.threshold,
                    "interval": list(point.tar_interval),
                }
                for target, point in self.operating.items()
            },
            "eer": self.eer,
            "eer_interval": list(self.eer_interval),
            "pairs": self.pairs,
            "failed": len(self.failed),
            "failed_pairs": self.failed_pairs,
            "failed_pictures": dict(self.failed),
            "far_measured": {
                f"{target:g}": {
                    "far": point.far,
                    "interval": list(point.far_interval),
                    "resolved": point.resolved,
                }
                for target, point in self.operating.items()
            },
        }


@dataclass(frozen=True, slots=True)
class FaceReport:
    """What a run of `evaluate_face` found."""

    plain: Condition
    chip: Mapping[int, Condition]
    """By codec size in bytes; empty unless asked for."""
    pairs: Sequence[Pair] = field(repr=False)
    model_pack: str
    models: Mapping[str, str]
    """Role → SHA-256 of the networks used."""
    elapsed_seconds: float
    without: Mapping[int, Mapping[str, Condition]] = field(default_factory=dict)
    """By codec size and trick: the same without that trick; empty unless asked for."""

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file; `chip_photo` only when chip photos were asked for."""
        result = self.plain.as_json()
        result["model_pack"] = self.model_pack
        result["models"] = dict(self.models)
        result["elapsed_seconds"] = round(self.elapsed_seconds, 1)
        if self.chip:
            result["chip_photo"] = {str(size): condition.as_json() for size, condition in self.chip.items()}
        if any(self.without.values()):
            result["chip_photo_without"] = {
                str(size): {trick: condition.as_json() for trick, condition in tricks.items()}
                for size, tricks in self.without.items()
            }
        return result

    def lines(self) -> list[str]:
        """The report for people, one line each."""
        lines = [f"model pack {self.model_pack}, {self.elapsed_seconds:.0f} s"]
        lines += ["", "pictures as they are", *_lines(self.plain)]
        for size, condition in self.chip.items():
            lines += ["", f"enrolled picture as a chip photo of {size} bytes", *_lines(condition)]
            lines += [
                _without(trick, condition, other) for trick, other in self.without.get(size, {}).items()
            ]
        return lines

    def conditions(self) -> dict[str, Condition]:
        """All results by label, for the DET curve."""
        chips = {f"chip photo, {size} bytes": condition for size, condition in self.chip.items()}
        return {f"{self.model_pack}, pictures as they are": self.plain, **chips}


def evaluate_face(
    pairs_csv: Path,
    stack: FaceStack,
    *,
    chip_sizes: Sequence[int] | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
    run: Journal | None = None,
    centres: Centres | None = None,
    ablation: bool = False,
) -> FaceReport:
    """Compare all pairs of `pairs_csv` (columns enrolled, live, same_person; paths relative to the file).

    With `chip_sizes` the enrolled pictures are also made into chip photos of that many bytes. Pictures that
    cannot be read or show no face count as failed, and their pairs as refused. `jobs` threads share the
    networks. What `run` knows already is not compared again. `centres` are those of the chip photos'
    calibration; with `ablation` chip photos are compared anew with each trick off, one at a time. Raises
    PairsError for a faulty file.
    """
    started = time.monotonic()
    pairs = read_pairs(pairs_csv)
    templates, noted = Templates(stack, jobs=jobs), run or Journal()
    plain = _condition("pictures", pairs, LIVE, templates, noted, progress)
    chips: dict[int, Condition] = {}
    without: dict[int, dict[str, Condition]] = {}
    tricks = _tricks(stack.settings.document, centres) if ablation else {}
    for size in chip_sizes or ():
        side, name = Side(PhotoKind.CHIP, made=True, codec_bytes=size), f"chip photos {size}"
        chips[size] = _condition(name, pairs, side, templates, noted, progress, centres)
        for trick, (looks, kept) in tricks.items():
            title, bare = f"{name} without {trick}", replace(side, document=looks)
            less = _condition(title, pairs, bare, templates, noted, progress, kept)
            without.setdefault(size, {})[trick] = less
    elapsed = time.monotonic() - started
    return FaceReport(plain, chips, pairs, stack.pack, dict(stack.about), elapsed, without)


def _tricks(
    looks: DocumentSettings, centres: Centres | None
) -> dict[str, tuple[DocumentSettings | None, Centres | None]]:
    """What helps chip photos, by name, and how they are compared without it."""
    tricks: dict[str, tuple[DocumentSettings | None, Centres | None]] = {
        "softening": (replace(looks, soften_px=0.0), centres),
        "mirror image": (replace(looks, mirror=False), centres),
    }
    if centres is None:
        return tricks
    undamped = Centres(document=centres.document, live=centres.live, people=centres.people)
    return {**tricks, "damping": (None, undamped), "centring and damping": (None, None)}


def score_pairs(
    pairs: Sequence[Pair],
    enrolled: Side,
    templates: Templates,
    centres: Centres | None = None,
    other: Side = LIVE,
) -> Scores:
    """The score of each pair; −∞ where a side has no template."""
    scores = np.full(len(pairs), -np.inf)
    for index, pair in enumerate(pairs):
        document, live = templates.get(pair.enrolled, enrolled), templates.get(pair.live, other)
        if document is not None and live is not None:
            scores[index] = similarity(document, [live], centres)
    return scores


def summarise(scores: Scores, same: npt.NDArray[np.bool_], failed: Mapping[str, str]) -> Condition:
    """All figures of one condition from its scores."""
    genuine, impostor = scores[same], scores[~same]
    curve = det(genuine, impostor)
    return Condition(
        operating={target: operating_point(genuine, impostor, target) for target in TARGETS},
        eer=equal_error_rate(curve),
        eer_interval=eer_interval(genuine, impostor),
        curve=curve,
        pairs=len(scores),
        genuine=int(same.sum()),
        failed=failed,
        failed_pairs=int(np.isneginf(scores).sum()),
        scores=scores,
        same=same,
    )


def _condition(
    name: str,
    pairs: Sequence[Pair],
    enrolled: Side,
    templates: Templates,
    run: Journal,
    told: Progress | None,
    centres: Centres | None = None,
) -> Condition:
    """One condition over all pairs; those that `run` knows already are not compared again."""
    wanted = [pair for pair in pairs if _key(name, pair) not in run]
    for first in range(0, len(wanted), PAIRS_AT_ONCE):
        chunk = wanted[first : first + PAIRS_AT_ONCE]
        templates.make(name, (pair.enrolled for pair in chunk), enrolled)
        templates.make(name, (pair.live for pair in chunk), LIVE)
        failed = templates.failures(enrolled) | templates.failures(LIVE)
        for pair, score in zip(chunk, score_pairs(chunk, enrolled, templates, centres), strict=True):
            causes = {
                str(file): failed[str(file)] for file in (pair.enrolled, pair.live) if str(file) in failed
            }
            run.note(_key(name, pair), [None if causes else float(score), causes])
        if told is not None:
            told(name, len(pairs) - len(wanted) + first + len(chunk), len(pairs))
    noted = [run[_key(name, pair)] for pair in pairs]
    scores = np.array([-np.inf if score is None else score for score, _ in noted])
    failures = {file: code for _, causes in noted for file, code in sorted(causes.items())}
    return summarise(scores, np.array([pair.same_person for pair in pairs]), failures)


def _key(condition: str, pair: Pair) -> str:
    """Where a pair's score is noted."""
    return f"{condition}:{pair.line}"


def _without(trick: str, kept: Condition, other: Condition) -> str:
    """What a trick gives: pairs of the same person won and lost by it at FAR 1e-3."""
    own, bare = kept.operating[ABLATED], other.operating[ABLATED]
    accepted = kept.scores[kept.same] >= own.threshold
    before = other.scores[other.same] >= bare.threshold
    won, lost = int((accepted & ~before).sum()), int((before & ~accepted).sum())
    return (
        f"  without {trick}: TAR {bare.tar:7.2%} at FAR {ABLATED:g} "
        f"(it wins {won} pairs, loses {lost}), EER {other.eer:.2%}"
    )


def _lines(condition: Condition) -> list[str]:
    """One condition for people."""
    lines = [
        f"  pairs {condition.pairs} ({condition.genuine} of the same person), without a face: "
        f"{len(condition.failed)} pictures, {condition.failed_pairs} pairs"
    ]
    for target, point in condition.operating.items():
        low, high = point.tar_interval
        note = (
            ""
            if point.resolved
            else f" (too few pairs: FAR is known only to be ≤ {point.far_interval[1]:.1e})"
        )
        lines.append(
            f"  TAR {point.tar:7.2%} [{low:.2%}, {high:.2%}] at FAR {target:g}, "
            f"threshold {point.threshold:.3f}{note}"
        )
    low, high = condition.eer_interval
    lines.append(f"  EER {condition.eer:7.2%} [{low:.2%}, {high:.2%}]")
    lines += [f"  {name}: {code}" for name, code in condition.failed.items()]
    return lines
