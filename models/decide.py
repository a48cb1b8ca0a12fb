"""Score → decision with the error rates it stands for; never a bare threshold. For faces, fingers, irises."""

from __future__ import annotations

from dataclasses import dataclass

from models.api import Answer
from models.calibration import Calibration
from models.score_table import Rate


@dataclass(frozen=True, slots=True)
class Targets:
    """The false-match rates that the rules ask for. ValueError when they are no rates or in wrong order."""

    match_fmr: float
    """A match is called only where at most this share of impostors would be."""
    refer_fmr: float
    """No match is called only where more impostors than this score as high."""

    def __post_init__(self) -> None:
        if not 0 < self.match_fmr <= self.refer_fmr < 1:
            raise ValueError(f"rates {self.match_fmr}, {self.refer_fmr} must rise between 0 and 1")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a score means."""

    score: float
    answer: Answer
    threshold: float
    """From here on: match."""
    refer_threshold: float
    """Scores between this and `threshold` cannot tell; a person must look."""
    false_match: Rate
    """Share of comparisons of different people that score at least as high."""
    false_non_match: Rate | None
    """Share of comparisons of the same person that score lower; None when it was not measured."""
    calibration: str
    """Name of the calibration."""


def decide(
    score: float, calibration: Calibration, targets: Targets, *, camera: str | None = None
) -> Judgement:
    """Accept from the threshold for `targets.match_fmr` (at least the calibration's floor), refuse below the
    one for `targets.refer_fmr`; what lies between, a person decides.

    `camera` names the camera by its label in the calibration. Raises ModelError
    ``model.calibration_too_small`` when the calibration cannot show rates that low.
    """
    threshold = calibration.accept_threshold(targets.match_fmr, camera)
    refer = min(calibration.threshold(targets.refer_fmr, camera), threshold)
    return Judgement(
        score=score,
        answer=_answer(score, threshold, refer),
        threshold=threshold,
        refer_threshold=refer,
        false_match=calibration.false_match(score),
        false_non_match=calibration.false_non_match(score),
        calibration=calibration.name,
    )


def _answer(score: float, threshold: float, refer: float) -> Answer:
    """Three answers; a score that is no number is never a match."""
    if score >= threshold:
        return Answer.MATCH
    return Answer.CANNOT_TELL if score >= refer else Answer.NO_MATCH
