"""Compares the fingers of a person with those enrolled, and says what the score means.

Scores are averaged: over all captures of a finger first, then over the fingers. An average keeps the promise
of the calibration, which was measured on single captures. Measured (docs/fingerprints.md) at the threshold
where single captures have a false-match rate of 8.7e-4: average of three captures 0 of 5,760, median 3.5e-4,
best 2.3e-3; average of two fingers 0 of 5,120, best 3.9e-4; no false non-match in either average.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import fmean

from models.api import Answer
from models.calibration import Calibration, Modality, Scorer
from models.calibration_files import check_fit
from models.decide import Judgement, Targets, decide
from models.finger.engine import FingerEngine, used_by
from models.finger.minutiae import Position
from models.finger.sample import FingerSample
from models.finger.settings import EngineKind

METHOD = 1
"""Version of what is done beside the networks: preparation, minutiae, comparison. Change it with them."""
SAMPLE = "live"
"""Kind of sample that calibrations are for: fingers laid flat on a sensor."""


@dataclass(frozen=True, slots=True)
class FingerMatch:
    """One person's fingers compared with those enrolled."""

    answer: Answer
    judgement: Judgement | None
    """What the score means; None when no finger could be compared."""
    scores: Mapping[Position, float]
    """Of each finger that was compared."""
    reasons: tuple[str, ...]
    """Message keys of what kept fingers from being compared: ``finger.worn``, ``finger.missing``,
    ``finger.bandaged``, ``finger.not_enrolled``; each once."""
    engine: EngineKind
    elapsed_ms: float = field(compare=False, default=0.0)


@cache
def scorer(kind: EngineKind) -> Scorer:
    """What computes the scores of an engine, as calibrations name it."""
    return Scorer(modality=Modality.FINGER, engine=kind.value, networks=used_by(kind), method=METHOD)


def judge(
    engine: FingerEngine,
    enrolled: Sequence[FingerSample],
    live: Sequence[FingerSample],
    calibration: Calibration,
    targets: Targets,
    *,
    sensor: str | None = None,
) -> FingerMatch:
    """Compare each live finger with the enrolled one of the same position (`models.decide.decide`).

    Where no finger can be compared the answer is ``cannot_tell``, never ``no_match``. `sensor` names the
    sensor by its label in the calibration. Raises ModelError as `decide` does, and ``model.no_calibration.…``
    for a calibration of another engine; ValueError when a finger is given twice.
    """
    began = time.perf_counter()
    check_fit(calibration, scorer(engine.kind), SAMPLE)
    known = {each.position: each for each in enrolled}
    if len(known) < len(enrolled) or len({each.position for each in live}) < len(live):
        raise ValueError("a finger is given twice; put its captures into one sample")
    scores: dict[Position, float] = {}
    reasons: dict[str, None] = {}
    for each in live:
        reference = known.get(each.position)
        reason = _obstacle(each, reference)
        if reason is not None or reference is None:
            reasons[reason or "finger.not_enrolled"] = None
            continue
        scores[each.position] = fmean(
            engine.score(one, other) for one in reference.templates for other in each.templates
        )
    judgement = decide(fmean(scores.values()), calibration, targets, camera=sensor) if scores else None
    return FingerMatch(
        answer=judgement.answer if judgement else Answer.CANNOT_TELL,
        judgement=judgement,
        scores=scores,
        reasons=tuple(reasons),
        engine=engine.kind,
        elapsed_ms=(time.perf_counter() - began) * 1e3,
    )


def _obstacle(live: FingerSample, enrolled: FingerSample | None) -> str | None:
    """Why a finger cannot be compared, as a message key; None when it can."""
    if enrolled is None:
        return "finger.not_enrolled"
    absence = live.absence or enrolled.absence
    if absence is not None:
        return f"finger.{absence.value}"
    return None if live.templates and enrolled.templates else "finger.not_captured"
