"""Documents set against one another and against time (C18): each contradiction with the more recent source.

Nothing is decided here: a contradiction names both sources, which of them is newer, and how old the older is.
The order in which documents are given does not matter.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from drivers.card.numbers import examine
from terminal.dataset.fields import Catalogue
from terminal.dataset.numbers import birth_in
from terminal.dataset.validators import date_of, same
from terminal.rules.dataset import CrossRules

EARLIER_RECORD = "earlier_record"
"""Kind of the facts that are held of the customer from before (L05)."""


_OF_KIND = frozenset({"document_number", "document_valid_from", "document_valid_to", "document_issuer"})
"""Fields that say the same only where they are of one kind of document."""


class CrossCode(enum.StrEnum):
    """What does not fit: message keys."""

    DIFFERS = "cross.differs"
    UNCLEAR = "cross.unclear"
    """It cannot be told whether both mean the same."""
    EARLIER = "cross.differs_from_record"
    """A new document differs from what is held: re-identification (L05)."""
    NUMBER_BIRTH = "cross.number_birth"
    NUMBER_SEX = "cross.number_sex"
    IN_FUTURE = "cross.issued_in_future"
    BEFORE_BIRTH = "cross.issued_before_birth"
    PRINTED_EARLY = "cross.printed_before_issue"
    VALID_EARLY = "cross.valid_before_issue"
    VALID_BACKWARDS = "cross.valid_backwards"
    SERIES = "cross.series_backwards"
    """Of two papers of one series, the later number was printed first."""
    STALE = "cross.stale"
    """What it says is older than the rules believe."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one document says. `repr` shows nothing of its content."""

    id: str
    """Names the document within the case."""
    kind: str
    fields: Mapping[str, str] = field(repr=False)
    issued: date | None = None
    printed: date | None = None
    """When this copy was printed, where it tells."""
    valid_from: date | None = None
    valid_to: date | None = None
    series: str = field(default="", repr=False)
    """Who numbers such papers one after the other, such as one machine of one office."""
    serial: int | None = field(default=None, repr=False)

    @property
    def dated(self) -> date | None:
        """The day it speaks of: printing, else issue, else the first day of validity."""
        return self.printed or self.issued or self.valid_from


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that does not fit."""

    code: CrossCode
    field: str
    between: tuple[str, ...]
    """Ids of the documents, sorted; one when it contradicts itself."""
    newer: str = ""
    """Id of the more recent one; empty when they are of one day or a date is missing."""
    age_days: int | None = None
    """Of the older source, on the day of the check."""


def contradictions(
    documents: Iterable[Facts], on: date, catalogue: Catalogue, rules: CrossRules
) -> tuple[Contradiction, ...]:
    """Everything that does not fit within and between `documents` on the day `on`."""
    ordered = sorted(documents, key=lambda each: each.id)
    found = [each for one in ordered for each in _within(one, on, rules)]
    for one, other in combinations(ordered, 2):
        found += _between(one, other, on, catalogue)
    found += _numbers_born(ordered, on)
    return tuple(found)


def _within(one: Facts, on: date, rules: CrossRules) -> Iterator[Contradiction]:
    age = (on - one.dated).days if one.dated is not None else None
    for field_, code in _impossible(one, on):
        yield Contradiction(code, field_, (one.id,), age_days=age)
    fresh = rules.fresh_days.get(one.kind)
    if fresh is not None and age is not None and age > fresh:
        yield Contradiction(CrossCode.STALE, "", (one.id,), age_days=age)


def _impossible(one: Facts, on: date) -> Iterator[tuple[str, CrossCode]]:
    """What cannot be so by time, or by the document's own number."""
    number, birth = one.fields.get("document_number", ""), date_of(one.fields.get("birth", ""))
    issued, printed = one.issued, one.printed
    if any(day is not None and day > on for day in (issued, printed)):
        yield "issued", CrossCode.IN_FUTURE
    if issued and printed and printed < issued:
        yield "printed", CrossCode.PRINTED_EARLY
    if issued and one.valid_from and one.valid_from < issued:
        yield "valid_from", CrossCode.VALID_EARLY
    if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
        yield "valid_to", CrossCode.VALID_BACKWARDS
    if birth and any(day is not None and day < birth for day in (issued, printed, one.valid_from)):
        yield "birth", CrossCode.BEFORE_BIRTH
    if birth and (held := birth_in(number)) and held != birth:
        yield "birth", CrossCode.NUMBER_BIRTH
    sex, told = one.fields.get("sex", ""), examine(number).sex
    if sex in ("1", "2") and told is not None and sex != told.value:
        yield "sex", CrossCode.NUMBER_SEX


def _between(one: Facts, other: Facts, on: date, catalogue: Catalogue) -> Iterator[Contradiction]:
    for name in sorted(one.fields.keys() & other.fields.keys() & catalogue.fields.keys()):
        first, second = one.fields[name].strip(), other.fields[name].strip()
        if not first or not second or (name in _OF_KIND and _numbered(one) != _numbered(other)):
            continue
        agrees = same(catalogue.fields[name].check, first, second)
        if not agrees:
            yield _pair(_code(one, other, agrees), name, one, other, on)
    if _runs_backwards(one, other):
        yield _pair(CrossCode.SERIES, "serial", one, other, on)


def _numbered(one: Facts) -> str:
    """Of which kind of document the number in it is: a paper may bear that of the identity card."""
    return one.fields.get("document_kind") or one.kind


def _code(one: Facts, other: Facts, agrees: bool | None) -> CrossCode:
    if agrees is None:
        return CrossCode.UNCLEAR
    return CrossCode.EARLIER if EARLIER_RECORD in (one.kind, other.kind) else CrossCode.DIFFERS


def _runs_backwards(one: Facts, other: Facts) -> bool:
    if not one.series or one.series != other.series:
        return False
    first, second = one.printed or one.issued, other.printed or other.issued
    if one.serial is None or other.serial is None or first is None or second is None:
        return False
    return (one.serial - other.serial) * (first - second).days < 0


def _pair(code: CrossCode, name: str, one: Facts, other: Facts, on: date) -> Contradiction:
    between = tuple(sorted((one.id, other.id)))
    if one.dated is None or other.dated is None:
        return Contradiction(code, name, between)
    newer = "" if one.dated == other.dated else max((one, other), key=lambda each: each.dated or on).id
    return Contradiction(code, name, between, newer, (on - min(one.dated, other.dated)).days)


def _numbers_born(documents: Sequence[Facts], on: date) -> Iterator[Contradiction]:
    """A number on one document against a birth date on another that bears no number of its own."""
    for one, other in combinations(documents, 2):
        for bearing, bare in ((one, other), (other, one)):
            held = birth_in(bearing.fields.get("document_number", ""))
            birth = date_of(bare.fields.get("birth", ""))
            told = "birth" in bearing.fields or birth_in(bare.fields.get("document_number", "")) is not None
            if held and birth and not told and held != birth:
                yield _pair(CrossCode.NUMBER_BIRTH, "birth", bearing, bare, on)
