"""The report of an evaluation of fingerprint comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.evaluate.comparison_page import comparison_page
from models.evaluate.finger import FingerReport
from models.evaluate.page import Page, Table

CAVEATS = (
    "Comparisons share pictures and fingers, so the true intervals are wider than these.",
    "LEADER may have seen FVC2002 in training: its figures on that data are then too good.",
)


def finger_page(report: FingerReport, subtitle: str, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`."""
    spent = [
        ["Stage", "Median ms"],
        *([stage, f"{value:.2f}"] for stage, value in report.milliseconds.items()),
    ]
    return comparison_page(
        "Fingerprint comparison",
        subtitle,
        report.conditions,
        warnings=CAVEATS,
        more=[Table("Time of one picture and of one match, one core", spent)] if len(spent) > 1 else [],
        figures=report.as_json(),
        provenance=provenance,
    )
