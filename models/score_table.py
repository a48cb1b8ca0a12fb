"""Counts of comparison scores on an even grid: all that a calibration keeps of the people it was measured on.

A score says how similar two samples are: more is more alike. An engine that gives a distance (iris codes: the
Hamming distance) is calibrated on its negative, or on one minus it.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.evaluate.metrics import Interval, at_or_above, clopper_pearson, rule_of_three

STEP = 0.0025
"""Distance between two counts for scores between -1 and 1."""
MOST_COUNTS = 20_000
"""A grid finer than this for its scores is a mistake: 3,000 counts are plenty."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """An error rate as measured, with its 95 % Clopper-Pearson interval."""

    errors: int
    trials: int

    @property
    def value(self) -> float:
        """Errors by trials; where there is hardly an error, the rule of three's bound: never zero."""
        if self.trials == 0:
            return 1.0
        return max(self.errors / self.trials, rule_of_three(self.trials))

    @property
    def interval(self) -> Interval:
        """Clopper-Pearson, as if the comparisons had nothing to do with one another."""
        return clopper_pearson(self.errors, self.trials)

    @property
    def upper(self) -> float:
        """Upper end of the interval; one-sided when there is no error."""
        return self.interval[1] if self.errors else rule_of_three(self.trials)


class ScoreTable(BaseModel):
    """How many comparisons scored at least this much, for each score of an even grid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: int = Field(gt=0, description="Comparisons")
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

    def most(self, score: float) -> int:
        """Comparisons scoring at least `score`, rounded up: those of the next lower grid score."""
        return self._at(np.floor(self._place(score) + _ROUNDING))

    def least(self, score: float) -> int:
        """Comparisons scoring at least `score`, rounded down: those of the next higher grid score."""
        return self._at(np.ceil(self._place(score) - _ROUNDING))

    def accepted(self, score: float) -> Rate:
        """Of impostor scores: the false-match rate with the threshold at `score`, on the careful side."""
        return Rate(self.most(score), self.trials)

    def refused(self, score: float) -> Rate:
        """Of genuine scores: the false-non-match rate with the threshold at `score`, on the careful side."""
        return Rate(self.trials - self.least(score), self.trials)

    def threshold(self, target: float) -> float | None:
        """The lowest grid score where `accepted` is at most `target` even at its interval's upper end.

        None when the comparisons are too few to show a rate that low.
        """
        index = bisect.bisect_left(
            self.at_or_above, True, key=lambda errors: Rate(errors, self.trials).upper <= target
        )
        return None if index == len(self.at_or_above) else self.score(index)

    def score(self, index: int) -> float:
        """The score of a count."""
        return round(self.first + index * self.step, 6)

    def _place(self, score: float) -> float:
        """Where on the grid a score lies; −1 and the last place stand for all beyond."""
        if math.isnan(score):
            raise ValueError("a score is not a number")
        return min(max((score - self.first) / self.step, -1.0), len(self.at_or_above) - 1.0)

    def _at(self, place: float) -> int:
        return self.trials if place < 0 else self.at_or_above[int(place)]


def tabulate(scores: npt.ArrayLike, people: int | None = None, step: float = STEP) -> ScoreTable:
    """Counts on the grid, from below the lowest score to above the highest.

    Raises ValueError without scores, for a score that is no finite number, and for a step far too fine.
    """
    ascending = np.sort(np.asarray(scores, np.float64).ravel())
    if not len(ascending) or not np.isfinite(ascending).all():
        raise ValueError("a table needs finite scores")
    first = int(np.floor(ascending[0] / step))
    last = int(np.floor(ascending[-1] / step)) + 1
    if last - first > MOST_COUNTS:
        raise ValueError(f"{last - first} counts: take a larger step than {step}")
    counts = tuple(at_or_above(ascending, index * step) for index in range(first, last + 1))
    return ScoreTable(
        trials=len(ascending), people=people, first=round(first * step, 6), step=step, at_or_above=counts
    )
