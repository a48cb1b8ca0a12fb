"""The report of an evaluation of face comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.evaluate.comparison_page import Trials, comparison_page
from models.evaluate.face import Condition, FaceReport
from models.evaluate.groups import group_rates, group_table
from models.evaluate.page import Page, Table
from models.face.pairing import Pairing

LABELS = ("group", "camera", "photo")
"""Columns of the pairs file by which rates are told apart."""


def face_page(report: FaceReport, subtitle: str, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`; `figures` of it hold the groups as well."""
    samples = len({file for pair in report.pairs for file in (pair.enrolled, pair.live)})
    trials = {name: _trials(condition, samples) for name, condition in report.conditions().items()}
    rates = {label: found for label in LABELS if (found := _by(label, report))}
    figures = {**report.as_json(), "by": rates}
    return comparison_page(
        "Face comparison",
        subtitle,
        trials,
        more=_tables(rates),
        figures=figures,
        provenance=provenance,
    )


def _trials(condition: Condition, samples: int) -> Trials:
    genuine, impostor = condition.scores[condition.same], condition.scores[~condition.same]
    return Trials(genuine, impostor, condition.drawn, condition.operating, samples, condition.failed)


def _by(label: str, report: FaceReport) -> dict[str, Any]:
    """Rates of the pictures as they are, by one column."""
    names = [_label(getattr(pair, label)) for pair in report.pairs]
    plain = report.plain
    return group_rates(names, plain.scores, plain.same, plain.operating)


def _label(value: Pairing | str | None) -> str:
    return value.sample if isinstance(value, Pairing) else value or ""


def _tables(rates: Mapping[str, Any]) -> Iterable[Table]:
    return (group_table(f"By {label}", found) for label, found in rates.items())
