"""How often resident's cards of invented people are read by camera: whole sides, and field by field."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from models.evaluate.journal import Journal
from terminal.card_rates import FIRST_SEED
from terminal.drawn.resident_trials import ResidentTrial, View, resident_trial
from terminal.read_rates import CANNOT_TELL, RIGHT, WRONG, Rate, rates_of, told, with_all
from terminal.resident import SeenResident, Side, see_resident
from terminal.resident_rules import birth_of, validity_of

if TYPE_CHECKING:
    from config.settings import Documents
    from models.text.fields import FieldReader

WHOLE = "whole side"
SIDES = {Side.FRONT: True, Side.BACK: False}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ResidentReport:
    """What a run of `evaluate_residents` found."""

    sides: Mapping[str, Rate]
    """By side and view: every field right and without doubt; or wrong though nothing was doubted."""
    fields: Mapping[str, Rate]
    """Each field by itself."""
    times_ms: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything by name."""
        return {
            "sides": {name: rate.as_json() for name, rate in with_all(self.sides).items()},
            "fields": {name: rate.as_json() for name, rate in self.fields.items()},
            "median_ms": round(median(self.times_ms)) if self.times_ms else None,
        }

    def lines(self) -> list[str]:
        """The report for people."""
        lines = [*told("Resident's cards: whole sides", with_all(self.sides)), ""]
        lines += [*told("Resident's cards: fields", self.fields), ""]
        if self.times_ms:
            lines.append(f"Time to find and read a side: median {median(self.times_ms):.0f} ms")
        return [*lines, "Drawn cards of invented people. 'wrong': wrong, and nothing was doubted."]


def evaluate_residents(
    reader: FieldReader,
    limits: Documents,
    *,
    cards: int = 240,
    first_seed: int = FIRST_SEED,
    progress: Progress | None = None,
    run: Journal | None = None,
) -> ResidentReport:
    """Draw `cards` sides of cards, spread evenly over sides and views, and read them; as `evaluate_cards`.

    RuntimeError when no Chinese typeface is installed.
    """
    noted = Journal() if run is None else run
    conditions = [(side, view) for side in Side for view in View]
    results: list[tuple[str, dict[str, str], float]] = []
    for number in range(cards):
        (side, view), seed = conditions[number % len(conditions)], first_seed + number // len(conditions)
        key = f"resident {side.value} {view.value} {seed}"
        if key not in noted:
            noted.note(key, _read(resident_trial(view, seed, is_front=SIDES[side]), reader, limits))
        results.append((f"{side.value}, {view.value}", *noted[key]))
        if progress is not None:
            progress("resident's cards", number + 1, cards)
    return ResidentReport(
        rates_of((condition, outcomes[WHOLE]) for condition, outcomes, _ in results),
        rates_of(each for _, outcomes, _ in results for each in outcomes.items() if each[0] != WHOLE),
        tuple(ms for *_, ms in results),
    )


def _read(trial: ResidentTrial, reader: FieldReader, limits: Documents) -> list[Any]:
    """Outcome by field and of the whole side, and milliseconds. Read on the day the card was issued."""
    began = time.perf_counter()
    seen = see_resident(trial.picture, reader, limits, trial.person.valid_from)
    spent = (time.perf_counter() - began) * 1e3
    outcomes = dict(_fields(trial, seen))
    right = all(outcome == RIGHT for outcome in outcomes.values())
    outcomes[WHOLE] = RIGHT if right else WRONG if seen.holds else CANNOT_TELL
    return [outcomes, round(spent, 1)]


def _fields(trial: ResidentTrial, seen: SeenResident) -> Iterator[tuple[str, str]]:
    """Each field of the side that was shown. One that was not found cannot be told."""
    person = trial.person
    if trial.is_front:
        held: dict[str, object] = {name: getattr(person, name) for name in ("number", "name", "sex")}
        held |= {"nation": person.nation, "address": person.address, "birth": person.birth}
    else:
        held = {"authority": person.authority, "validity": (person.valid_from, person.valid_to)}
    understood = {"birth": birth_of, "validity": validity_of}
    for name, truth in held.items():
        found = seen.fields.get(name)
        if found is None or found.doubts:
            yield name, CANNOT_TELL
            continue
        text = understood[name](found.text) if name in understood else found.text
        yield name, RIGHT if text == truth else WRONG
