"""Whose card a number belongs to, from its beginning: a short, dated table of the schemes' own ranges."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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


def issuer_of(number: str) -> Issuer | None:
    """The scheme of a number of digits; None when the table knows none."""
    for each in ranges().range:
        if each.holds(number):
            return Issuer(each.scheme, len(number) in each.lengths, each.taken)
    return None


@lru_cache(maxsize=1)
def ranges() -> Ranges:
    """The table as shipped."""
    text = (files(__package__) / TABLE).read_text(encoding="utf-8")
    return Ranges.model_validate(tomllib.loads(text))
