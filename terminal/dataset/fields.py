"""The closed catalogue of fields, values with their source, and how complete a set of them is.

The catalogue is data (``config/dataset/fields.yaml``); what is demanded of whom is a matter of the rule pack.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import Field as Declared
from pydantic import StringConstraints, model_validator

from config.section import Section
from terminal.dataset.any_of import AnyOf
from terminal.dataset.validators import VALIDATORS

FILE = "fields.yaml"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Source(enum.StrEnum):
    """Where a value comes from."""

    CHIP = "chip"
    ONLINE = "online"
    """The online check or another authority asked."""
    OCR = "ocr"
    TYPED = "typed"
    """By staff, from a paper."""
    STATED = "stated"
    """Said or keyed in by the customer."""


OUTRANKS = (Source.CHIP, Source.OCR, Source.TYPED, Source.STATED)
"""The order that every ranking keeps."""


class DataClass(enum.StrEnum):
    """JR/T 0171-2020: how sensitive a field is."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    """Secrets and biometrics; never a field of the catalogue."""


class FieldEntry(Section):
    """One field as the catalogue describes it."""

    zh: str = Declared(min_length=1)
    en: str = Declared(min_length=1)
    data_class: DataClass = Declared(alias="class")
    check: str
    ranks: str
    key: bool = False
    choices: tuple[tuple[Name, str, str], ...] = ()
    """What may be said, with its Chinese and English words."""

    def label(self, language: str) -> str:
        """What the field is called, ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en

    def shown(self, text: str, language: str) -> str:
        """What people read for the value `text`: the words of a choice, else the text itself."""
        for kept, zh, en in self.choices:
            if kept == text:
                return zh if language == "zh" else en
        return text


class Catalogue(Section):
    """All fields, and the orders in which sources are believed."""

    rankings: dict[str, tuple[Source, ...]]
    placeholders: frozenset[str]
    fields: dict[Name, FieldEntry]

    @model_validator(mode="after")
    def _closed(self) -> Catalogue:
        for name, order in self.rankings.items():
            if sorted(order) != sorted(Source) or [each for each in order if each in OUTRANKS] != [*OUTRANKS]:
                raise ValueError(f"ranking {name} does not hold every source once, chip before camera first")
        for name, entry in self.fields.items():
            if entry.check not in VALIDATORS or entry.ranks not in self.rankings:
                raise ValueError(f"field {name}: unknown check {entry.check} or ranking {entry.ranks}")
            if entry.data_class is DataClass.C3:
                raise ValueError(f"field {name}: what is secret is no field")
        return self

    def rank(self, name: str, source: Source) -> int:
        """Place of `source` for this field; 0 is believed most. KeyError for an unknown field."""
        return self.rankings[self.fields[name].ranks].index(source)


@dataclass(frozen=True, slots=True)
class Value:
    """What one source says of one field. `repr` shows nothing of it."""

    field: str
    text: str = dataclasses.field(repr=False)
    source: Source
    at: datetime
    by: str
    """Who took it down: a staff number, ``customer`` or ``terminal``."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The named set of what is demanded of one kind of party."""

    name: str
    clause: str
    demands: tuple[AnyOf, ...]
    offered: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a profile is there."""

    missing: tuple[AnyOf, ...]
    share: float
    """Of the demands, 0-1."""

    @property
    def full(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


def complete(
    profile: Profile, values: Mapping[str, Value], unfit: Collection[str] = frozenset()
) -> Completeness:
    """How complete `values` are for `profile`; fields in `unfit` hold what cannot be and count as empty."""
    given = {name: value.text.strip() for name, value in values.items() if name not in unfit}
    missing = tuple(demand for demand in profile.demands if not demand.met(given))
    met = len(profile.demands) - len(missing)
    return Completeness(missing, met / len(profile.demands) if profile.demands else 1.0)


def offered(profile: Profile, situation: str, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Fields still empty that are offered in `situation` (``elderly``, ``dormant``); never demanded (D12)."""
    wanted = profile.offered.get(situation, ())
    return tuple(name for name in wanted if name not in values or not values[name].text.strip())


def parse(text: str) -> Catalogue:
    """A checked catalogue. ValueError when it contradicts itself, yaml.YAMLError when it is none."""
    return Catalogue.model_validate(yaml.safe_load(text))


@cache
def catalogue() -> Catalogue:
    """The catalogue shipped with the program."""
    return parse((files("config") / "dataset" / FILE).read_text("utf-8"))
