"""Finds out who lays a finger on the sensor, among few who are enrolled: for the sign-in of staff alone.

Customers are only ever verified, one against one. Whoever calls this must say what it is for, and one purpose
is allowed.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.api import Answer
from models.calibration import Calibration
from models.decide import Targets
from models.finger.compare import FingerMatch, judge
from models.finger.engine import FingerEngine
from models.finger.sample import FingerSample


class Purpose(enum.Enum):
    """What identification may be used for."""

    STAFF_SIGN_IN = "staff_sign_in"


@dataclass(frozen=True, slots=True)
class Identified:
    """Who it is, if anybody."""

    answer: Answer
    """``cannot_tell`` also when two people match."""
    who: str | None
    """Name under which the person is enrolled; only with ``match``."""
    match: FingerMatch | None
    """The comparison with that person, or with the nearest."""


def identify(
    engine: FingerEngine,
    staff: Mapping[str, Sequence[FingerSample]],
    live: Sequence[FingerSample],
    calibration: Calibration,
    targets: Targets,
    *,
    purpose: Purpose,
) -> Identified:
    """The one of `staff` whose fingers these are.

    The false-match rate asked for holds for the whole search: each comparison is held to its share of it
    (Bonferroni), so with many people ``model.calibration_too_small`` is raised sooner. Raises ValueError for
    any purpose but the sign-in of staff.
    """
    if purpose is not Purpose.STAFF_SIGN_IN:
        raise ValueError("people are identified for the sign-in of staff only")
    if not staff:
        return Identified(Answer.CANNOT_TELL, None, None)
    share = Targets(targets.match_fmr / len(staff), targets.refer_fmr / len(staff))
    matches = {who: judge(engine, fingers, live, calibration, share) for who, fingers in staff.items()}
    nearest = max(matches, key=lambda who: (score_of(matches[who]), who))
    found = [who for who, match in matches.items() if match.answer is Answer.MATCH]
    if len(found) == 1:
        return Identified(Answer.MATCH, found[0], matches[found[0]])
    if found or any(match.answer is Answer.CANNOT_TELL for match in matches.values()):
        return Identified(Answer.CANNOT_TELL, None, matches[nearest])
    return Identified(Answer.NO_MATCH, None, matches[nearest])


def score_of(match: FingerMatch) -> float:
    """Its score; below every score when nothing was compared."""
    return match.judgement.score if match.judgement else float("-inf")
