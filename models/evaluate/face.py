"""Measures face comparison on pairs whose truth is known: true accepts at false-accept rates, EER, DET."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.api import PhotoKind
from models.evaluate.det_curve import Curve
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
from models.face.stack import FaceStack

TARGETS = (1e-2, 1e-3, 1e-4)
"""False-accept rates at which true accepts are reported."""
CHIP_SIZES = (1024, 1536, 2048)
"""Bytes of the chip photo's codec: the ID card's 1024, and what larger chips hold."""


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
    model_pack: str
    models: Mapping[str, str]
    """Role → SHA-256 of the networks used."""
    elapsed_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Everything, for a file; `chip_photo` only when chip photos were asked for."""
        result = self.plain.as_json()
        result["model_pack"] = self.model_pack
        result["models"] = dict(self.models)
        result["elapsed_seconds"] = round(self.elapsed_seconds, 1)
        if self.chip:
            result["chip_photo"] = {str(size): condition.as_json() for size, condition in self.chip.items()}
        return result

    def lines(self) -> list[str]:
        """The report for people, one line each."""
        lines = [f"model pack {self.model_pack}, {self.elapsed_seconds:.0f} s"]
        lines += ["", "pictures as they are", *_lines(self.plain)]
        for size, condition in self.chip.items():
            lines += ["", f"enrolled picture as a chip photo of {size} bytes", *_lines(condition)]
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
) -> FaceReport:
    """Compare all pairs of `pairs_csv` (columns enrolled, live, same_person; paths relative to the file).

    With `chip_sizes` the enrolled pictures are also made into chip photos of that many bytes. Pictures that
    cannot be read or show no face count as failed, and their pairs as refused. `jobs` threads share the
    networks. Raises PairsError for a faulty file.
    """
    started = time.monotonic()
    pairs = read_pairs(pairs_csv)
    templates = Templates(stack, jobs=jobs, progress=progress)
    plain = _condition("pictures", pairs, LIVE, templates)
    chips = {
        size: _condition(
            f"chip photos {size}", pairs, Side(PhotoKind.CHIP, made=True, codec_bytes=size), templates
        )
        for size in chip_sizes or ()
    }
    elapsed = time.monotonic() - started
    return FaceReport(plain, chips, stack.pack, dict(stack.about), elapsed)


def score_pairs(pairs: Sequence[Pair], enrolled: Side, templates: Templates) -> Scores:
    """The score of each pair; −∞ where a side has no template."""
    scores = np.full(len(pairs), -np.inf)
    for index, pair in enumerate(pairs):
        document, live = templates.get(pair.enrolled, enrolled), templates.get(pair.live, LIVE)
        if document is not None and live is not None:
            scores[index] = float(document @ live)
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
    )


def _condition(stage: str, pairs: Sequence[Pair], enrolled: Side, templates: Templates) -> Condition:
    """One condition over all pairs."""
    templates.make(stage, (pair.enrolled for pair in pairs), enrolled)
    templates.make(stage, (pair.live for pair in pairs), LIVE)
    same = np.array([pair.same_person for pair in pairs])
    failed = templates.failures(enrolled) | templates.failures(LIVE)
    return summarise(score_pairs(pairs, enrolled, templates), same, failed)


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
