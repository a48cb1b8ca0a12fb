"""The data set of people in virtual cases: what the chip says, and what they say themselves."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files

from drivers.api import IdCard
from terminal.dataset.codes import Bounds
from terminal.dataset.examined import bounds_of, examine
from terminal.dataset.fields import Source, Value, catalogue, complete
from terminal.dataset.profiles import profiles
from terminal.dataset.read import from_chip
from terminal.dataset.sources import merge
from terminal.rules.dataset import DatasetRules

CUSTOMER = "customer"


def data_findings(card: IdCard | None, profile: str, rules: DatasetRules, on: date) -> tuple[str, ...]:
    """What is missing for `profile`, and what contradicts, as finding codes; empty: all is there."""
    known = catalogue()
    wanted = profiles(rules.profiles, known)[profile]
    at = datetime.combine(on, time(), UTC)
    stated = tuple(Value(name, text, Source.STATED, at, CUSTOMER) for name, text in said().items())
    merged = merge((*(from_chip(card, at) if card else ()), *stated), known)
    found = examine(known, merged.values, bounds_of(known, Bounds(on, rules.plausible)))
    missing = complete(wanted, merged.values, found.unfit).missing
    return tuple(f"data.missing.{demand.fields[0]}" for demand in missing)


@cache
def said() -> dict[str, str]:
    """What everybody says, by field."""
    text = (files("terminal.virtual") / "said.toml").read_text("utf-8")
    return {name: str(value) for name, value in tomllib.loads(text).items()}
