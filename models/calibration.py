"""What a score means: one scorer's error rates on one kind of sample, measured, never chosen.

The same for faces, fingerprints and irises. A calibration holds counts of impostor and genuine scores, so
that each rate has its Clopper-Pearson interval, over all and by labelled group and camera. A scorer
without one that fits it cannot accept anybody.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.api import ModelError
from models.evaluate.metrics import rule_of_three
from models.score_table import Rate, ScoreTable

LEAST_PEOPLE = 100
"""Centres of fewer people cost accuracy (measured: docs/calibration.md) and could tell of a single one."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_+.-]{0,47}$")]


class Modality(enum.StrEnum):
    """What of a person is compared."""

    FACE = "face"
    FINGER = "finger"
    IRIS = "iris"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scorer(_Part):
    """What computes a score. A calibration holds for exactly this, and for nothing else."""

    modality: Modality = Field(description="What is compared")
    engine: Name = Field(description="Model pack or algorithm, for example open or leader+mcc")
    networks: Mapping[str, Sha256] = Field(
        default_factory=dict, description="Role → SHA-256 of each network that the score depends on"
    )
    method: int = Field(ge=1, description="Version of all else: preparation of the sample, and comparison")


class AcceptFloor(_Part):
    """A threshold below which nothing is accepted, however low the measured error rate."""

    score: float = Field(description="Least score that may be accepted")
    source: str = Field(description="Why, and from what data", min_length=1)


class Centres(_Part):
    """What is taken away from templates before they are compared: see `models.face.centring`.

    Photos of one kind push all templates the same way, which makes strangers look alike; the mean of some
    hundred people holds that push and nobody's face.
    """

    document: tuple[float, ...] = Field(min_length=2, description="Mean template of the documents' photos")
    live: tuple[float, ...] = Field(min_length=2, description="Mean template of live pictures")
    people: int = Field(ge=LEAST_PEOPLE, description="People of whom they are the mean")
    damped: tuple[tuple[float, ...], ...] = Field(
        default=(),
        description="Directions in which templates of one person differ most, as long as the root of the "
        "share of a template that is taken away there",
    )

    @model_validator(mode="after")
    def _alike(self) -> Self:
        """All are of one network's length, and no more is taken away than there is."""
        if {len(self.document)} != {len(self.live), *map(len, self.damped)}:
            raise ValueError("centres of different lengths")
        if any(sum(value * value for value in direction) > 1 for direction in self.damped):
            raise ValueError("a damped direction longer than one")
        return self

    @cached_property
    def damping(self) -> npt.NDArray[np.float64]:
        """What is damped, as an array: directions × length."""
        return np.array(self.damped, np.float64).reshape(len(self.damped), len(self.live))


class Stratum(_Part):
    """The comparisons of one labelled part of the data."""

    by: Literal["group", "camera"] = Field(description="What the label says")
    label: str = Field(min_length=1, max_length=64, description="The label, as the data have it")
    impostors: ScoreTable = Field(description="Scores of different people within the part")
    genuine: ScoreTable | None = Field(default=None, description="Scores of the same person")


class Calibration(_Part):
    """What a score of one scorer means for one kind of sample."""

    schema_: Literal["renzheng.calibration/2"] = Field(
        "renzheng.calibration/2", alias="schema", description="Shape of the file"
    )
    scorer: Scorer = Field(description="What computed the scores")
    sample: Name = Field(description="Kind of sample: for faces where the document side comes from")
    version: int = Field(1, ge=1, description="Counts up each time the calibration is measured anew")
    measured_on: date = Field(description="Day of the measurement")
    description: str = Field(min_length=1, description="What data, and what it does not stand for")
    impostors: ScoreTable = Field(description="Scores of different people")
    genuine: ScoreTable | None = Field(default=None, description="Scores of the same person")
    centres: Centres | None = Field(default=None, description="What was taken away before comparing")
    strata: tuple[Stratum, ...] = Field(default=(), description="The same by labelled part of the data")
    accept_floor: AcceptFloor | None = Field(default=None, description="Least threshold, if there is one")

    @property
    def name(self) -> str:
        """For records and screens: which calibration, of which day, on how much data."""
        table = self.impostors
        among = f" among {table.people} people" if table.people else ""
        return (
            f"{self.scorer.engine}-{self.sample} {self.measured_on.isoformat()} v{self.version}: "
            f"{self.description} ({table.trials} impostor comparisons{among})"
        )

    def false_match(self, score: float) -> Rate:
        """The false-match rate with the threshold at `score`, over all groups."""
        return self.impostors.accepted(score)

    def false_non_match(self, score: float) -> Rate | None:
        """The false-non-match rate with the threshold at `score`; None when none was measured."""
        return self.genuine.refused(score) if self.genuine else None

    def threshold(self, target_fmr: float, camera: str | None = None) -> float:
        """The lowest score whose false-match rate is, even at its interval's upper end, `target_fmr`.

        That holds over all and within each labelled group, and on `camera` where that is labelled: an
        impostor is rarely of another group than the person he claims to be. Parts too small to show the rate
        have no say. Raises ModelError ``model.calibration_too_small`` if all together cannot show it.
        """
        overall = self.impostors.threshold(target_fmr)
        if overall is None:
            reachable = rule_of_three(self.impostors.trials)
            raise ModelError(
                "model.calibration_too_small", self.scorer.engine, target=target_fmr, reachable=reachable
            )
        parts = (table.threshold(target_fmr) for table in self._parts(camera))
        return max([overall, *(score for score in parts if score is not None)])

    def accept_threshold(self, target_fmr: float, camera: str | None = None) -> float:
        """The threshold for `target_fmr`, but at least the floor."""
        threshold = self.threshold(target_fmr, camera)
        return threshold if self.accept_floor is None else max(threshold, self.accept_floor.score)

    def _parts(self, camera: str | None) -> Iterator[ScoreTable]:
        """Tables that take part in thresholds beside the whole."""
        for part in self.strata:
            if part.by == "group" or (part.by == "camera" and part.label == camera):
                yield part.impostors
