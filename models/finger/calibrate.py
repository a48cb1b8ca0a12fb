"""Makes the calibration of a fingerprint engine out of an evaluation (`models.evaluate.finger`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from models.calibration import AcceptFloor, Calibration
from models.evaluate.finger import ALL, FingerReport
from models.evaluate.metrics import Scores
from models.finger.compare import SAMPLE, scorer
from models.finger.settings import EngineKind
from models.measurement import Measurement, Part, calibrated

STEPS = {EngineKind.LEADER_MCC: 0.0005}
"""Distance between two counts, in the engine's scores; 1 for bozorth3, which counts."""


def finger_calibration(
    report: FingerReport,
    *,
    description: str,
    measured_on: date,
    floor: AcceptFloor | None = None,
    version: int = 1,
) -> Calibration:
    """The calibration that an evaluation gives; each data base is taken for a sensor of its own.

    Pictures without a template are left out, as the rates are those of comparisons made. Raises ValueError
    without comparisons.
    """
    kind = EngineKind(report.engine)
    named = list(report.conditions.items())
    bases = [(name, trials) for name, trials in named if name != ALL]
    whole = report.conditions[ALL] if ALL in report.conditions else bases[0][1]
    parts: Sequence[Part] = [
        Part("camera", name, _made(trials.genuine), _made(trials.impostor)) for name, trials in bases
    ]
    measured = Measurement(_made(whole.genuine), _made(whole.impostor), None, len(whole.failed), parts)
    return calibrated(
        measured,
        scorer(kind),
        SAMPLE,
        description=description,
        measured_on=measured_on,
        floor=floor,
        version=version,
        step=STEPS.get(kind, 1.0),
    )


def _made(scores: Scores) -> Scores:
    """The scores of comparisons that were made."""
    return scores[np.isfinite(scores)]
