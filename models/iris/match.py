"""One person's eyes against the same person's eyes: match, no match, or cannot tell.

An eye is compared with the same eye only; left and right are as different as two people. What is missing is
no evidence: an eye that cannot be shown, a picture that is too poor, never makes a "no match".
"""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.api import Answer
from models.calibration import Calibration
from models.calibration_files import check_fit
from models.decide import Judgement, Targets, decide
from models.iris.api import Eye
from models.iris.code import IrisCode
from models.iris.distance import distance
from models.iris.engine import SCORER, Reading
from models.iris.settings import DistanceSettings

SAMPLE = "near-infrared"
"""Kind of sample of the shipped calibration."""
LITTLE_IN_COMMON = "iris.little_in_common"
"""Too few bits of the two codes can be relied on in both."""


class Absence(enum.StrEnum):
    """Why an eye is not compared, though it was asked for; the value ends the message key ``iris.eye_…``."""

    MISSING = "missing"
    CLOSED = "closed"
    """Cannot be opened."""
    GLASS = "glass"
    """A prosthesis."""
    NYSTAGMUS = "nystagmus"
    """Cannot be held still."""
    LENS = "lens"
    """A contact lens that hides the iris."""


Shown = Reading | Absence
"""What there is of one eye: a reading, or why there is none."""


@dataclass(frozen=True, slots=True)
class EyeMatch:
    """The comparison of one eye."""

    answer: Answer
    reason: str | None = None
    """Message key of why it cannot be told; None when it was compared."""
    judgement: Judgement | None = None
    distance: float | None = None
    """Normalised Hamming distance."""
    bits: int = 0
    turn_degrees: float = 0.0


@dataclass(frozen=True, slots=True)
class IrisMatch:
    """The comparison of a person's eyes."""

    answer: Answer
    eyes: Mapping[Eye, EyeMatch]
    calibration: str
    reasons: tuple[str, ...] = ()
    """Message keys of what kept it from being told."""
    elapsed_ms: float = field(default=0.0, compare=False)

    @property
    def judgement(self) -> Judgement | None:
        """That of the eye that decided: the one most alike."""
        told = [one.judgement for one in self.eyes.values() if one.judgement is not None]
        return max(told, key=lambda one: one.score, default=None)


class IrisMatcher:
    """Compares readings by a calibration."""

    def __init__(self, calibration: Calibration, settings: DistanceSettings | None = None) -> None:
        """Raises ModelError ``model.no_calibration.…`` when it was measured with another method or sample."""
        check_fit(calibration, SCORER, SAMPLE)
        self.calibration = calibration
        self.settings = settings or DistanceSettings()

    def compare(
        self, enrolled: Mapping[Eye, Shown], live: Mapping[Eye, Shown], targets: Targets
    ) -> IrisMatch:
        """Compare each eye that both sides have.

        Fusion: `targets` are the person's rates; each of n eyes compared gets the n-th part of them, and one
        that reaches its threshold is enough. "No match" needs every eye that was enrolled to say so.
        Raises ValueError where a reading is of another eye than it is said to be.
        """
        began = time.perf_counter()
        eyes = [eye for eye in Eye if eye in enrolled or eye in live]
        pairs = {eye: (enrolled.get(eye, Absence.MISSING), live.get(eye, Absence.MISSING)) for eye in eyes}
        for eye, pair in pairs.items():
            if any(isinstance(side, Reading) and side.eye is not eye for side in pair):
                raise ValueError(f"a reading of the other eye was given for the {eye} one")
        count = max(sum(not isinstance(_codes(*pair), str) for pair in pairs.values()), 1)
        shares = Targets(targets.match_fmr / count, targets.refer_fmr / count)
        told = {eye: self._one(*pair, shares) for eye, pair in pairs.items()}
        counted = [one for eye, one in told.items() if isinstance(enrolled.get(eye), Reading)]
        reasons = tuple(dict.fromkeys(one.reason for one in told.values() if one.reason))
        elapsed = 1000 * (time.perf_counter() - began)
        return IrisMatch(_together(counted), told, self.calibration.name, reasons, elapsed)

    def _one(self, enrolled: Shown, live: Shown, targets: Targets) -> EyeMatch:
        """Compare one eye. A picture that was too poor does not speak against the person."""
        codes = _codes(enrolled, live)
        if isinstance(codes, str):
            return EyeMatch(Answer.CANNOT_TELL, codes)
        apart = distance(*codes, self.settings)
        if apart is None:
            return EyeMatch(Answer.CANNOT_TELL, LITTLE_IN_COMMON)
        judged = decide(apart.score, self.calibration, targets)
        poor = next(
            (side.problem for side in (live, enrolled) if isinstance(side, Reading) and side.problem), None
        )
        answer = judged.answer
        if answer is Answer.NO_MATCH and poor:
            answer = Answer.CANNOT_TELL
        reason = poor if answer is Answer.CANNOT_TELL else None
        return EyeMatch(answer, reason, judged, apart.normalised, apart.bits, apart.turn_degrees)


def _codes(enrolled: Shown, live: Shown) -> tuple[IrisCode, IrisCode] | str:
    """The two codes, or the message key of why there are not two."""
    codes = []
    for side in (live, enrolled):
        if isinstance(side, Absence):
            return f"iris.eye_{side}"
        if side.code is None or not side.code.usable_bits:
            return side.problem or "iris.none"
        codes.append(side.code)
    return codes[1], codes[0]


def _together(eyes: Sequence[EyeMatch]) -> Answer:
    """One eye that matches is enough; no match needs all."""
    answers = {one.answer for one in eyes}
    if Answer.MATCH in answers:
        return Answer.MATCH
    return Answer.NO_MATCH if answers == {Answer.NO_MATCH} else Answer.CANNOT_TELL
