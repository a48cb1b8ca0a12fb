"""Working days: Monday to Friday, less public holidays, plus the weekend days worked in exchange.

Holidays are data, one file a year (``config/calendars``), because the State Council announces each year anew.
Where a term crosses into a year not announced yet, Monday to Friday is assumed and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DAY = timedelta(days=1)
SATURDAY = 5
MOST_DAYS = 10_000
"""A longer term in working days is a mistake, not a term."""


class CalendarError(Exception):
    """A calendar that cannot be used or does not know a year; `code` is a message key.

    Codes: ``calendar.invalid`` (file, cause), ``calendar.unknown_year`` (year).
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Reached:
    """The day a term ends."""

    day: date
    assumed: bool
    """True when a year on the way is not announced yet: the day may still move."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Working days between two days."""

    days: int
    assumed: bool


class _Holiday(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    first: date
    last: date

    def days(self) -> tuple[date, ...]:
        return tuple(self.first + DAY * each for each in range((self.last - self.first).days + 1))


class _Year(BaseModel):
    """One file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calendar: str
    year: int = Field(ge=2000, le=2200)
    source: str = Field(min_length=1)
    holidays: tuple[_Holiday, ...]
    worked: tuple[date, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        off = [day for each in self.holidays for day in each.days()]
        named = [*off, *self.worked]
        if any(each.last < each.first for each in self.holidays):
            raise ValueError("a holiday ends before it begins")
        if any(day.year != self.year for day in named):
            raise ValueError(f"a day is not in {self.year}")
        if len(set(named)) != len(named):
            raise ValueError("a day is named twice")
        if any(day.weekday() < SATURDAY for day in self.worked):
            raise ValueError("a day worked in exchange is no Saturday or Sunday")
        return self


class Calendar:
    """The working days of the years that were announced."""

    def __init__(self, years: Iterable[int], off: Iterable[date], worked: Iterable[date]) -> None:
        """Use `Calendar.load`."""
        self.years = frozenset(years)
        self._off = frozenset(off)
        self._worked = frozenset(worked)

    @classmethod
    def load(cls, name: str = "cn", folder: Traversable | None = None) -> Self:
        """The calendar `name` from `folder` (those shipped with the program when None).

        CalendarError ``calendar.invalid`` naming file and cause, also when there is no file for it.
        """
        place = folder or files("config") / "calendars"
        found = sorted(each.name for each in place.iterdir() if each.name.startswith(f"{name}-"))
        if not found:
            raise CalendarError("calendar.invalid", file=f"{name}-*.yaml", cause="there is no such file")
        years = [_parsed((place / each).read_text("utf-8"), each) for each in found]
        if len({each.year for each in years}) != len(years):
            raise CalendarError("calendar.invalid", file=found[-1], cause="a year has two files")
        off = (day for year in years for each in year.holidays for day in each.days())
        return cls((year.year for year in years), off, (day for year in years for day in year.worked))

    def is_working(self, day: date) -> bool:
        """True on a working day. CalendarError ``calendar.unknown_year`` when its year was not announced."""
        if day.year not in self.years:
            raise CalendarError("calendar.unknown_year", year=day.year)
        return self._works(day)

    def add_working_days(self, day: date, number: int) -> Reached:
        """The `number`-th working day after `day`, which itself does not count (Civil Code, article 201).

        With 0 the day itself, or the next working day when it is none (article 203). ValueError for a
        negative number or one above `MOST_DAYS`.
        """
        if not 0 <= number <= MOST_DAYS:
            raise ValueError(f"no term of {number} working days")
        start = day if number else day - DAY
        left, reached = max(1, number), start
        while left:
            reached += DAY
            left -= self._works(reached)
        return Reached(reached, self._assumes(start + DAY, reached))

    def working_days_before(self, day: date, number: int) -> Reached:
        """The latest day from which `day` is `number` working days away; `day` itself with 0."""
        if not 0 <= number <= MOST_DAYS:
            raise ValueError(f"no term of {number} working days")
        reached, left = day, number
        while left:
            left -= self._works(reached)
            reached -= DAY
        return Reached(reached, number > 0 and self._assumes(reached + DAY, day))

    def working_days_between(self, first: date, last: date) -> Counted:
        """Working days after `first` up to and including `last`; ValueError when `last` is earlier."""
        if last < first:
            raise ValueError("the last day is before the first")
        if last == first:
            return Counted(0, assumed=False)
        days = sum(self._works(first + DAY * each) for each in range(1, (last - first).days + 1))
        return Counted(days, self._assumes(first + DAY, last))

    def _works(self, day: date) -> bool:
        return day in self._worked or (day.weekday() < SATURDAY and day not in self._off)

    def _assumes(self, first: date, last: date) -> bool:
        return any(year not in self.years for year in range(first.year, last.year + 1))


def _parsed(text: str, file: str) -> _Year:
    try:
        raw: Mapping[str, object] = yaml.safe_load(text)
        year = _Year.model_validate(raw)
    except yaml.YAMLError as error:
        raise CalendarError("calendar.invalid", file=file, cause="not YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CalendarError("calendar.invalid", file=file, cause=f"{place}: {first['msg']}") from error
    if file != f"{year.calendar}-{year.year}.yaml":
        raise CalendarError("calendar.invalid", file=file, cause="the name is not calendar and year")
    return year
