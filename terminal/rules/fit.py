"""Whether packs make sound rules from a day on: that day, and every later one on which something changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from terminal.rules.errors import RuleError
from terminal.rules.reading import PackFile, problems_of


def boundaries(packs: Iterable[PackFile], today: date) -> tuple[date, ...]:
    """Today and every later day on which a pack comes into force or goes out of it."""
    days = {today}
    for pack in packs:
        days.add(pack.header.effective_from)
        if pack.header.effective_until is not None and pack.header.effective_until < date.max:
            days.add(pack.header.effective_until + timedelta(days=1))
    return tuple(sorted(day for day in days if day >= today))


def misfits(packs: Sequence[PackFile], before: Sequence[PackFile], today: date) -> tuple[RuleError, ...]:
    """What does not fit together from today on, and is not so without the new packs as well."""
    found: list[RuleError] = []
    for day in boundaries(packs, today):
        problems = problems_of(packs, day)
        if problems and problems[0].code == "rules.none_in_force":
            problems = () if problems_of(before, day) else problems
        found.extend(problems)
    return once(found)


def once(problems: Iterable[RuleError]) -> tuple[RuleError, ...]:
    """A problem that is there on several days is told once."""
    return tuple({str(each): each for each in problems}.values())
