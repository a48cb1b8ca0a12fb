"""Is there enough data for the error rate that is asked for? Told before anybody relies on it.

Rule of three: n comparisons without an error show only that the rate is below 3/n (95 %). Rule of thirty
(Doddington et al. 2000): with 30 errors the true rate is, with 90 % confidence, within 30 % of the measured
one. ISO/IEC 19795-1 cites both. Both take comparisons for independent, which those among few people are not.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from models.calibration import Calibration
from models.evaluate.metrics import CONFIDENCE

THIRTY = 30
"""Errors that make a measured rate trustworthy."""


class Enough(enum.StrEnum):
    """What the data allow to say about a rate."""

    TOO_SMALL = "too_small"
    """Not even without any error could they show it."""
    WEAK = "weak"
    """They show it, but with fewer errors than the rule of thirty asks for."""
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """What there is, and what it would take."""

    verdict: Enough
    target: float
    trials: int
    people: int | None
    independent: int | None
    """Comparisons among these people that share nobody: half as many as there are people."""
    least_trials: int
    """Comparisons of different people without an error that would show the rate (rule of three)."""
    sound_trials: int
    """Comparisons that let 30 errors be seen at the rate (rule of thirty)."""
    least_people: int
    """People who give `least_trials` when each is compared with all others."""
    sound_people: int


def sufficiency(calibration: Calibration, target_fmr: float) -> Sufficiency:
    """How far the impostor comparisons of `calibration` carry for a false-match rate of `target_fmr`."""
    table = calibration.impostors
    least, sound = needed(target_fmr)
    if calibration.impostors.threshold(target_fmr) is None:
        verdict = Enough.TOO_SMALL
    else:
        verdict = Enough.SOUND if table.trials >= sound else Enough.WEAK
    return Sufficiency(
        verdict=verdict,
        target=target_fmr,
        trials=table.trials,
        people=table.people,
        independent=table.people // 2 if table.people else None,
        least_trials=least,
        sound_trials=sound,
        least_people=people_for(least),
        sound_people=people_for(sound),
    )


def needed(rate: float) -> tuple[int, int]:
    """Comparisons by the rule of three and by the rule of thirty."""
    if not 0 < rate < 1:
        raise ValueError(f"{rate} is no error rate")
    least = math.ceil(math.log1p(-CONFIDENCE) / math.log1p(-rate))
    return least, math.ceil(THIRTY / rate)


def people_for(trials: int) -> int:
    """The fewest people who give `trials` comparisons when each document meets everybody else's face."""
    return math.ceil((1 + math.sqrt(1 + 4 * trials)) / 2)
