"""The figures of one condition of a comparison, for people and for machines: fingers, irises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.evaluate.comparison_page import Trials
from models.evaluate.det_curve import Curve
from models.evaluate.metrics import Scores, det, eer_interval, equal_error_rate, operating_point

TARGETS = (1e-2, 1e-3, 1e-4)
"""False-match rates at which false non-matches are reported."""


def trials_of(genuine: Scores, impostor: Scores, samples: int, failed: Mapping[str, str]) -> Trials:
    """All figures of one condition from its scores; −∞ stands for an attempt without a template."""
    curve = det(genuine, impostor)
    drawn = Curve(
        curve, equal_error_rate(curve), eer_interval(genuine, impostor), len(genuine), len(impostor)
    )
    operating = {target: operating_point(genuine, impostor, target) for target in TARGETS}
    return Trials(genuine, impostor, drawn, operating, samples, failed)


def pooled(parts: Sequence[Trials]) -> Trials:
    """Several conditions at one threshold, without comparisons between them."""
    failed = {key: code for part in parts for key, code in part.failed.items()}
    genuine, impostor = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("genuine", "impostor")
    )
    return trials_of(genuine, impostor, sum(part.samples for part in parts), failed)


def figures(trials: Trials) -> dict[str, Any]:
    """The figures by name; rates between 0 and 1."""
    return {
        "genuine": len(trials.genuine),
        "impostor": len(trials.impostor),
        "samples": trials.samples,
        "failed": dict(trials.failed),
        "eer": trials.curve.eer,
        "eer_interval": list(trials.curve.eer_interval),
        "fnmr_at_fmr": {
            f"{target:g}": {
                "fnmr": 1 - point.tar,
                "interval": [1 - point.tar_interval[1], 1 - point.tar_interval[0]],
                "threshold": point.threshold,
                "fmr": point.far,
                "fmr_interval": list(point.far_interval),
                "resolved": point.resolved,
            }
            for target, point in trials.operating.items()
        },
    }


def lines(trials: Trials, what: str) -> list[str]:
    """The figures for people, one line each; `what` was compared."""
    told = [
        f"  {len(trials.genuine)} comparisons of one {what}, {len(trials.impostor)} of two; without a "
        f"template {len(trials.failed)} of {trials.samples} pictures"
    ]
    for target, point in trials.operating.items():
        high, low = (1 - rate for rate in point.tar_interval)
        note = "" if point.resolved else f" (too few: FMR is known only to be ≤ {point.far_interval[1]:.1e})"
        told.append(
            f"  FNMR {1 - point.tar:7.2%} [{low:.2%}, {high:.2%}] at FMR {target:g}, "
            f"threshold {point.threshold:.4f}{note}"
        )
    low, high = trials.curve.eer_interval
    told.append(f"  EER  {trials.curve.eer:7.2%} [{low:.2%}, {high:.2%}]")
    causes = Counter(trials.failed.values()).most_common()
    told += [f"  no template: {code} {count} of {trials.samples}" for code, count in causes]
    return told + [f"  {name}: {code}" for name, code in trials.failed.items()]
