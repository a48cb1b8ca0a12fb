"""A calibration in figures: for people, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.api import ModelError
from models.calibration import Calibration
from models.score_table import Rate, ScoreTable
from models.sufficiency import Sufficiency, sufficiency
from terminal.commands.context import explain
from terminal.commands.output import out
from terminal.rules.today import match_rules

TARGETS = (1e-2, 1e-3, 1e-4, 1e-5)
"""False-match rates at which both error rates are told."""


def as_rows(made: Sequence[Calibration], files: Sequence[str]) -> list[dict[str, Any]]:
    """Each calibration's figures."""
    return [_row(calibration, file) for calibration, file in zip(made, files, strict=True)]


def tell(rows: Sequence[dict[str, Any]]) -> None:
    """The same for people."""
    for row in rows:
        out.print(f"{row['file']}: {row['name']}", markup=False)
        for part in (row["all"], *row["parts"]):
            out.print(f"  {part['label']}: {part['impostors']} / {part['genuine']}", markup=False)
            for point in part["points"]:
                out.print(_point(point), markup=False)
        for advice in row["advice"]:
            out.print(advice, markup=False, style="bold yellow")


def _row(calibration: Calibration, file: str) -> dict[str, Any]:
    """One calibration; `advice` says in words what the data do not carry."""
    asked = match_rules().target_false_match_rate
    enough = sufficiency(calibration, asked)
    parts = [_part(f"{part.by} {part.label}", part.impostors, part.genuine) for part in calibration.strata]
    return {
        "file": file,
        "name": calibration.name,
        "scorer": calibration.scorer.model_dump(mode="json"),
        "sample": calibration.sample,
        "version": calibration.version,
        "accept_from": _accept_from(calibration, asked),
        "accept_floor": calibration.accept_floor.score if calibration.accept_floor else None,
        "enough": enough.verdict.value,
        "impostors_needed": {"rule_of_three": enough.least_trials, "rule_of_thirty": enough.sound_trials},
        "people_needed": {"rule_of_three": enough.least_people, "rule_of_thirty": enough.sound_people},
        "all": _part("all", calibration.impostors, calibration.genuine),
        "parts": parts,
        "advice": _advice(enough, calibration),
    }


def _part(label: str, impostors: ScoreTable, genuine: ScoreTable | None) -> dict[str, Any]:
    """Both rates where the false-match rate is, even at its interval's end, what each target says."""
    points = []
    for target in TARGETS:
        threshold = impostors.threshold(target)
        if threshold is None:
            continue
        point = {"fmr_at_most": target, "threshold": threshold, "fmr": _rate(impostors.accepted(threshold))}
        if genuine is not None:
            point["fnmr"] = _rate(genuine.refused(threshold))
        points.append(point)
    return {
        "label": label,
        "impostors": impostors.trials,
        "genuine": genuine.trials if genuine else 0,
        "people": impostors.people,
        "points": points,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "value": rate.value,
        "interval": list(rate.interval),
        "errors": rate.errors,
        "trials": rate.trials,
    }


def _accept_from(calibration: Calibration, target: float) -> float | None:
    """The score from which customers would be accepted by today's rules."""
    try:
        return calibration.accept_threshold(target)
    except ModelError:
        return None


def _advice(enough: Sufficiency, calibration: Calibration) -> list[str]:
    """What a person should know before signing."""
    facts = {
        "target": f"{enough.target:g}",
        "trials": enough.trials,
        "least": enough.least_trials,
        "sound": enough.sound_trials,
        "least_people": enough.least_people,
        "sound_people": enough.sound_people,
    }
    advice = [explain(f"calibrate.enough.{enough.verdict.value}", **facts)]
    if enough.people is not None:
        advice.append(
            explain("calibrate.dependent", people=enough.people, independent=enough.independent, **facts)
        )
    small = [
        part.label
        for part in calibration.strata
        if part.by == "group" and part.impostors.threshold(enough.target) is None
    ]
    if small:
        advice.append(explain("calibrate.small_groups", groups=", ".join(small), **facts))
    return advice


def _point(point: dict[str, Any]) -> str:
    text = f"    FMR ≤ {point['fmr_at_most']:g}: {point['threshold']:.3f}   FMR {_span(point['fmr'])}"
    return text + (f"   FNMR {_span(point['fnmr'])}" if "fnmr" in point else "")


def _span(rate: dict[str, Any]) -> str:
    low, high = rate["interval"]
    return f"{rate['value']:.2g} [{low:.2g}, {high:.2g}]"
