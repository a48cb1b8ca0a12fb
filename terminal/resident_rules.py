"""The rules that hold among the fields of a resident's card: each broken one is a doubt about a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from drivers.api import Sex
from drivers.card.nations import NATIONS
from drivers.card.numbers import NumberKind, examine

TERMS = (5, 10, 20)
"""Years for which cards are issued; or 长期 (Resident Identity Card Law, article 5)."""
SEXES = {"男": Sex.MALE, "女": Sex.FEMALE}
_BIRTH = re.compile(r"((?:19|20)[0-9]{2})年?([0-9]{1,2})月?([0-9]{1,2})日?")
VALIDITY = re.compile(
    r"([0-9]{4})[.．]?([0-9]{2})[.．]?([0-9]{2})[-—–一~]+(长期|([0-9]{4})[.．]?([0-9]{2})[.．]?([0-9]{2}))"
)
_NATIONS = {each.chinese: each.code for each in NATIONS.values()}


def front_doubts(texts: Mapping[str, str], today: date) -> Iterator[tuple[str, str]]:
    """Field → doubt, from the rules that hold among the fields of the person's side."""
    examined, birth = examine(texts["number"]), birth_of(texts["birth"])
    if examined.kind is not NumberKind.CITIZEN or not examined.check_holds:
        yield "number", "resident.doubt.check_digit"
    if birth is None or birth > today:
        yield "birth", "resident.doubt.date"
    elif not examined.born_on(birth):
        yield "birth", "resident.doubt.birth"
    sex = SEXES.get(texts["sex"])
    if sex is None:
        yield "sex", "resident.doubt.unknown"
    elif examined.sex is not sex:
        yield "sex", "resident.doubt.sex"
    if texts["nation"] not in _NATIONS:
        yield "nation", "resident.doubt.unknown"
    for name in ("name", "address"):
        if not re.search("[\u3400-\u9fff]", texts[name]):
            yield name, "resident.doubt.unknown"


def back_doubts(texts: Mapping[str, str], today: date) -> Iterator[tuple[str, str]]:
    """Field → doubt, from the rules of the authority's side."""
    validity = validity_of(texts["validity"])
    if validity is None or validity[0] > today:
        yield "validity", "resident.doubt.date"
    elif validity[1] is not None and not _is_term(*validity):
        yield "validity", "resident.doubt.term"
    elif validity[1] is not None and validity[1] < today:
        yield "validity", "resident.doubt.expired"
    if not re.search("公安", texts["authority"]):
        yield "authority", "resident.doubt.unknown"


def birth_of(text: str) -> date | None:
    """The birth date in a field; None when it holds none."""
    found = _BIRTH.fullmatch(text)
    return _date(*found.groups()) if found else None


def validity_of(text: str) -> tuple[date, date | None] | None:
    """First and last day of validity, the last None for 长期; None when the field holds none."""
    found = VALIDITY.fullmatch(text)
    start = _date(*found.groups()[:3]) if found else None
    if found is None or start is None:
        return None
    if found[4] == "长期":
        return start, None
    end = _date(*found.groups()[4:7])
    return (start, end) if end is not None else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_term(start: date, end: date | None) -> bool:
    """True when the card runs for one of the law's terms, to the day or the day before."""
    return end is None or any((_years_on(start, years) - end).days in (0, 1) for years in TERMS)


def _years_on(start: date, years: int) -> date:
    """The same day so many years later; 1 March for a 29 February that the year does not have."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)
