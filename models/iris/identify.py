"""Who of the enrolled staff is it? One against many, for staff sign-in and for nothing else."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from models.api import Answer
from models.decide import Judgement, Targets, decide
from models.iris.code import IrisCode
from models.iris.distance import distances
from models.iris.engine import Reading
from models.iris.match import LITTLE_IN_COMMON, IrisMatcher


class Purpose(enum.StrEnum):
    """What one may look for a person among many for. Customers are only ever compared one to one."""

    STAFF_SIGN_IN = "staff_sign_in"


@dataclass(frozen=True, slots=True)
class Identified:
    """The answer."""

    answer: Answer
    who: str | None = None
    """Only with a match."""
    judgement: Judgement | None = None
    reason: str | None = None
    """Message key of why it cannot be told."""


def identify(
    live: Reading,
    enrolled: Mapping[str, IrisCode],
    matcher: IrisMatcher,
    targets: Targets,
    *,
    purpose: Purpose,
) -> Identified:
    """The one of `enrolled` (name → code of the same eye as `live`) that it is.

    The rates of `targets` are those of the whole search: each of n comparisons gets the n-th part. Two
    people above the threshold cannot be told apart. Raises ValueError for another purpose, ModelError
    ``model.calibration_too_small`` when the calibration cannot show rates that low.
    """
    if purpose is not Purpose.STAFF_SIGN_IN:
        raise ValueError("one against many is for staff sign-in only")
    if live.code is None or not live.code.usable_bits:
        return Identified(Answer.CANNOT_TELL, reason=live.problem or "iris.none")
    if not enrolled:
        return Identified(Answer.NO_MATCH)
    names = list(enrolled)
    apart = distances(live.code, list(enrolled.values()), matcher.settings)
    each = Targets(targets.match_fmr / len(names), targets.refer_fmr / len(names))
    nearest = int(apart.argmin())
    judged = decide(1 - 2 * float(apart[nearest]), matcher.calibration, each)
    if judged.answer is Answer.MATCH:
        if int((1 - 2 * apart >= judged.threshold).sum()) > 1:
            return Identified(Answer.CANNOT_TELL, None, judged, "iris.several")
        return Identified(Answer.MATCH, names[nearest], judged)
    if judged.answer is Answer.NO_MATCH and (live.problem or (apart == float("inf")).any()):
        return Identified(Answer.CANNOT_TELL, None, judged, live.problem or LITTLE_IN_COMMON)
    return Identified(judged.answer, None, judged)
