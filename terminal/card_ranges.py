"""Whose card a number belongs to, from its beginning: a short, dated table of the schemes' own ranges."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

TABLE = "card_ranges.toml"
Begin = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(-[0-9]{1,6})?$")]


class Range(BaseModel):
    """The beginnings of one scheme's numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str = Field(min_length=1)
    begins: tuple[Begin, ...] = Field(min_length=1)
    """Digits, or first and last of a range of equally many."""
    lengths: tuple[int, ...] = Field(min_length=1)
    taken: bool = True

    @field_validator("begins")
    @classmethod
    def _in_order(cls, begins: tuple[str, ...]) -> tuple[str, ...]:
        for begin in begins:
            first, _, last = begin.partition("-")
            if last and (len(last) != len(first) or last < first):
                raise ValueError(f"{begin} does not run from a number to a later one of as many digits")
        return begins

    def holds(self, number: str) -> bool:
        """True when `number` begins as one of this scheme."""
        for begin in self.begins:
            first, _, last = begin.partition("-")
            if first <= number[: len(first)] <= (last or first) and len(number) >= len(first):
                return True
        return False


class Ranges(BaseModel):
    """The whole table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dated: date
    range: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """What a number's beginning says."""

    scheme: str
    length_fits: bool
    taken: bool


def issuer_of(number: str, table: Ranges | None = None) -> Issuer | None:
    """The scheme of a number of digits, by the table as shipped or another; None when it knows none."""
    for each in (table or ranges()).range:
        if each.holds(number):
            return Issuer(each.scheme, len(number) in each.lengths, each.taken)
    return None


@lru_cache(maxsize=1)
def ranges() -> Ranges:
    """The table as shipped."""
    return parse((files(__package__) / TABLE).read_text(encoding="utf-8"))


def parse(text: str) -> Ranges:
    """The table in a TOML text. Raises ValueError when it is none."""
    return Ranges.model_validate(tomllib.loads(text))
