"""Scores whose truth is known, of any modality, and the calibration made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.calibration import AcceptFloor, Calibration, Centres, Scorer, Stratum
from models.evaluate.metrics import Scores
from models.score_table import STEP, ScoreTable, tabulate


@dataclass(frozen=True, slots=True)
class Part:
    """The comparisons of one labelled part of the data (see `models.calibration.Stratum`)."""

    by: Literal["group", "camera"]
    label: str
    genuine: Scores
    impostor: Scores
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Scores of one scorer on one kind of sample."""

    genuine: Scores
    impostor: Scores
    people: int | None
    failed: int
    """Samples without a template; they are left out, as the rates are those of comparisons made."""
    parts: Sequence[Part] = ()
    centres: Centres | None = None
    """What was taken from the templates before they were compared."""


def calibrated(
    measured: Measurement,
    scorer: Scorer,
    sample: str,
    *,
    description: str,
    measured_on: date,
    floor: AcceptFloor | None = None,
    version: int = 1,
    step: float = STEP,
) -> Calibration:
    """The calibration that `measured` gives; parts without comparisons of different people are left out.

    `step` is the distance between two counts, in the scorer's own scores. Raises ValueError without any
    comparison of different people.
    """
    if not len(measured.impostor):
        raise ValueError("no comparison of different people could be made")
    strata = tuple(
        Stratum(
            by=part.by,
            label=part.label,
            impostors=tabulate(part.impostor, part.people, step),
            genuine=_genuine(part.genuine, part.people, step),
        )
        for part in measured.parts
        if len(part.impostor)
    )
    return Calibration(
        scorer=scorer,
        sample=sample,
        version=version,
        measured_on=measured_on,
        description=description,
        impostors=tabulate(measured.impostor, measured.people, step),
        genuine=_genuine(measured.genuine, measured.people, step),
        centres=measured.centres,
        strata=strata,
        accept_floor=floor,
    )


def _genuine(scores: Scores, people: int | None, step: float) -> ScoreTable | None:
    return tabulate(scores, people, step) if len(scores) else None
