"""Score → decision with the error rate it stands for; never a bare threshold.

A calibration is measured, not chosen: impostor scores of one recogniser on one kind of document photo, kept
as counts so that every rate has its Clopper-Pearson interval. A pack without one cannot accept anybody.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.api import Answer, Embedding, Match, ModelError, PhotoKind
from models.evaluate.metrics import clopper_pearson, rule_of_three

SHIPPED = "calibration"
"""Folder of this package that holds the calibrations shipped with the product."""


class AcceptFloor(BaseModel):
    """A threshold below which nothing is accepted, however low the measured error rate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float = Field(description="Least score that may be accepted")
    source: str = Field(description="Why, and from what data", min_length=1)


class ImpostorTable(BaseModel):
    """Counts of impostor scores on an even grid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: int = Field(gt=0, description="Comparisons of different people")
    people: int | None = Field(default=None, gt=0, description="People among whom they were made, if known")
    first: float = Field(description="Score of the first count")
    step: float = Field(gt=0, description="Distance between two counts")
    at_or_above: tuple[int, ...] = Field(
        min_length=1, description="Comparisons scoring at least first + i·step"
    )

    @model_validator(mode="after")
    def _falling(self) -> Self:
        """Counts fall from at most all trials."""
        counts = (self.trials, *self.at_or_above)
        if any(later > earlier or later < 0 for earlier, later in pairwise(counts)):
            raise ValueError("counts must fall with the score")
        return self

    def count(self, score: float) -> int:
        """Comparisons scoring at least `score`, rounded to the careful side (the next lower grid score)."""
        index = int(np.floor((score - self.first) / self.step + 1e-9))
        if index < 0:
            return self.trials
        return self.at_or_above[min(index, len(self.at_or_above) - 1)]

    def score(self, index: int) -> float:
        """The score of a count."""
        return round(self.first + index * self.step, 6)


class Calibration(BaseModel):
    """What a score of one recogniser means for one kind of document photo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pack: str = Field(description="Model pack")
    recogniser_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="The recogniser's file")
    photo_kind: PhotoKind = Field(description="Where the document side comes from")
    measured_on: date = Field(description="Day of the measurement")
    description: str = Field(min_length=1, description="What data, and what it does not stand for")
    impostors: ImpostorTable = Field(description="Impostor scores")
    genuine_trials: int = Field(ge=0, description="Comparisons of the same person")
    genuine_quantiles: Mapping[str, float] = Field(description="Share of genuine comparisons → score at most")
    accept_floor: AcceptFloor = Field(description="Least threshold")

    @property
    def name(self) -> str:
        """For records and screens: which calibration, of which day, on how much data."""
        table = self.impostors
        among = f" among {table.people} people" if table.people else ""
        return (
            f"{self.pack}-{self.photo_kind} {self.measured_on.isoformat()}: {self.description} "
            f"({table.trials} impostor comparisons{among})"
        )

    def rate(self, score: float) -> tuple[float, tuple[float, float]]:
        """The false-match rate at `score` and its 95 % interval.

        Where hardly an impostor scored as high, the rate is the rule of three's upper bound, never zero.
        """
        errors, trials = self.impostors.count(score), self.impostors.trials
        return max(errors / trials, rule_of_three(trials)), clopper_pearson(errors, trials)

    def threshold(self, target_fmr: float) -> float:
        """The lowest grid score whose false-match rate is, even at its interval's upper end, `target_fmr`.

        Raises ModelError ``model.calibration_too_small`` if the data cannot show a rate that low.
        """
        table = self.impostors
        index = bisect.bisect_left(
            table.at_or_above, True, key=lambda errors: _upper(errors, table.trials) <= target_fmr
        )
        if index == len(table.at_or_above):
            raise ModelError(
                "model.calibration_too_small",
                self.pack,
                target=target_fmr,
                reachable=rule_of_three(table.trials),
            )
        return table.score(index)

    def accept_threshold(self, target_fmr: float) -> float:
        """The threshold for `target_fmr`, but at least the floor."""
        return max(self.threshold(target_fmr), self.accept_floor.score)


def judge(
    document: Embedding,
    live: Sequence[Embedding],
    calibration: Calibration,
    *,
    target_fmr: float,
    refer_fmr: float,
    elapsed_ms: float = 0.0,
) -> Match:
    """Compare the document's face with the live one, seen in one or more frames.

    Accepts from the threshold for `target_fmr` (at least the calibration's floor), refuses below the one for
    `refer_fmr`, and leaves what lies between to a person.
    """
    if not 0 < target_fmr <= refer_fmr < 1:
        raise ValueError(f"target_fmr {target_fmr} must be above 0 and at most refer_fmr {refer_fmr}")
    score = similarity(document, live)
    threshold = calibration.accept_threshold(target_fmr)
    refer = min(calibration.threshold(refer_fmr), threshold)
    rate, interval = calibration.rate(score)
    return Match(
        score=score,
        threshold=threshold,
        refer_threshold=refer,
        decision=_answer(score, threshold, refer),
        false_match_rate=rate,
        interval=interval,
        model_pack=calibration.pack,
        calibration=calibration.name,
        photo_kind=calibration.photo_kind,
        elapsed_ms=elapsed_ms,
    )


def similarity(document: Embedding, live: Sequence[Embedding]) -> float:
    """Median over the live frames of the cosine between templates of length one.

    The median keeps the promise of the calibration, and no single frame can carry it. Measured with three
    other pictures of 239 people at a threshold where one picture has a false-match rate of 7.2e-4 (ArcFace,
    522,215 impostor comparisons): median 3.6e-4, mean template 1.1e-3, best frame 1.8e-3.
    """
    if not live:
        raise ValueError("no live template")
    scores = np.stack([np.asarray(template, np.float64) for template in live]) @ document.astype(np.float64)
    return float(np.median(scores))


def load_calibration(
    pack: str, kind: PhotoKind, recogniser_sha256: str, folder: Path | None = None
) -> Calibration:
    """The calibration of `pack` for `kind`, from `folder` or as shipped.

    Raises ModelError ``model.no_calibration`` when there is none, it cannot be read, or it was measured with
    another recogniser than the loaded one.
    """
    name = file_name(pack, kind)
    source = (folder or files(__package__) / SHIPPED) / name
    try:
        calibration = Calibration.model_validate_json(source.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError("model.no_calibration", pack, photo_kind=kind.value, cause="missing") from error
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ModelError("model.no_calibration", pack, photo_kind=kind.value, cause="unreadable") from error
    if (calibration.pack, calibration.photo_kind) != (pack, kind):
        raise ModelError("model.no_calibration", pack, photo_kind=kind.value, cause="for_another_pack")
    if calibration.recogniser_sha256 != recogniser_sha256:
        raise ModelError("model.no_calibration", pack, photo_kind=kind.value, cause="for_another_recogniser")
    return calibration


def file_name(pack: str, kind: PhotoKind) -> str:
    """Name of a calibration's file."""
    return f"{pack}-{kind.value}.json"


def _upper(errors: int, trials: int) -> float:
    """Upper end of the rate's interval; one-sided when there is no error."""
    return clopper_pearson(errors, trials)[1] if errors else rule_of_three(trials)


def _answer(score: float, threshold: float, refer: float) -> Answer:
    """The decision for a score."""
    if score >= threshold:
        return Answer.MATCH
    return Answer.CANNOT_TELL if score >= refer else Answer.NO_MATCH
