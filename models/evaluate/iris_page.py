"""The report of an evaluation of iris comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.evaluate.comparison_page import comparison_page
from models.evaluate.iris import IrisReport
from models.evaluate.page import Page, Table

CAVEATS = ("Comparisons share pictures and eyes, so the true intervals are wider than these.",)


def iris_page(report: IrisReport, subtitle: str, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`."""
    spent = [["Stage", "Median ms"], *([stage, f"{ms:.3g}"] for stage, ms in report.milliseconds.items())]
    poor = [["Advice", "Pictures"], *([code, str(count)] for code, count in report.problems.items())]
    tables = [
        Table("Compared, but should be taken again", poor),
        Table("Time of one picture and of one match, one core", spent),
    ]
    return comparison_page(
        "Iris comparison",
        subtitle,
        {f"camera {report.profile}": report.trials},
        warnings=CAVEATS,
        more=[table for table in tables if len(table.rows) > 1],
        figures=report.as_json(),
        provenance=provenance,
    )
