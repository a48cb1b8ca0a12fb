"""Error rates by labelled group, all at the thresholds of the whole: does it treat people alike?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluate.comparison_page import percent
from models.evaluate.metrics import Operating, Scores, clopper_pearson
from models.evaluate.page import Table

FEWEST = 30
"""Comparisons of one kind below which a group's rate says next to nothing (the rule of 30)."""


def group_rates(
    labels: Sequence[str],
    scores: Scores,
    same: npt.NDArray[np.bool_],
    operating: Mapping[float, Operating],
) -> dict[str, list[dict[str, Any]]]:
    """For each label its error rates at each threshold of the whole; unlabelled comparisons are left out."""
    named = np.array(labels)
    return {
        label: [
            _at(scores[named == label], same[named == label], target, point.threshold)
            for target, point in operating.items()
        ]
        for label in sorted(set(labels) - {""})
    }


def group_table(title: str, rates: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """The same for people."""
    rows = [["Group", "FMR asked for", "Same", "FNMR [95 %]", "Different", "FMR [95 %]"]]
    for label, points in rates.items():
        for number, each in enumerate(points):
            low, high = each["fmr_interval"]
            rows.append(
                [
                    label if not number else "",
                    f"{each['target']:g}",
                    str(each["genuine"]),
                    percent(each["fnmr"], each["fnmr_interval"]) + _few(each["genuine"]),
                    str(each["impostor"]),
                    f"{each['fmr']:.1e} [{low:.1e}, {high:.1e}]" + _few(each["impostor"]),
                ]
            )
    note = (
        "At the thresholds of the whole data. Pairs of different people are labelled by the file; an "
        "impostor is rarely of another group than the person he claims to be. "
        f"*: fewer than {FEWEST} comparisons."
    )
    return Table(title, rows, note)


def _at(scores: Scores, same: npt.NDArray[np.bool_], target: float, threshold: float) -> dict[str, Any]:
    genuine, impostor = scores[same], scores[~same]
    missed, matched = int((genuine < threshold).sum()), int((impostor >= threshold).sum())
    return {
        "target": target,
        "threshold": threshold,
        "genuine": len(genuine),
        "fnmr": missed / max(len(genuine), 1),
        "fnmr_interval": clopper_pearson(missed, len(genuine)),
        "impostor": len(impostor),
        "fmr": matched / max(len(impostor), 1),
        "fmr_interval": clopper_pearson(matched, len(impostor)),
    }


def _few(comparisons: int) -> str:
    return " *" if comparisons < FEWEST else ""
