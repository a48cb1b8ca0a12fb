"""One value of each field out of several sources, with every disagreement kept beside it.

A value is never silently overwritten: the source that ranks higher is shown, and what the other said stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from terminal.dataset.fields import Catalogue, Source, Value
from terminal.dataset.validators import same

CORRECTABLE = frozenset({Source.TYPED, Source.STATED})
"""Sources of which a later value by the same person corrects the earlier one."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two values of one field that do not mean the same."""

    kept: Value
    """Of the source that is believed more."""
    other: Value
    unclear: bool
    """True when it cannot be told whether they mean the same (a sign that could not be read)."""

    @property
    def field(self) -> str:
        """The field they are of."""
        return self.kept.field

    @property
    def code(self) -> str:
        """``source.unclear``, or ``source.disagree``: a finding, as a message key."""
        return "source.unclear" if self.unclear else "source.disagree"


@dataclass(frozen=True, slots=True)
class Merged:
    """What several sources say together."""

    values: Mapping[str, Value]
    """The value of each field that is believed most."""
    disagreements: tuple[Disagreement, ...]

    def sources(self, name: str) -> tuple[Source, ...]:
        """Source of the value kept, and of those that disagree with it."""
        kept = (self.values[name].source,) if name in self.values else ()
        others = (each.other.source for each in self.disagreements if each.field == name)
        return (*kept, *others)


def merge(values: Iterable[Value], catalogue: Catalogue) -> Merged:
    """Put `values` together; the order in which they are given does not matter.

    Within a source the latest counts. KeyError for a field that the catalogue does not know.
    """
    by_field: dict[str, list[Value]] = {}
    for value in _corrected(values):
        by_field.setdefault(value.field, []).append(value)
    kept, against = {}, []
    for name in (each for each in catalogue.fields if each in by_field):
        ordered = sorted(by_field.pop(name), key=lambda value: _order(value, catalogue))
        kept[name] = ordered[0]
        against += _disagreements(ordered, catalogue.fields[name].check)
    if by_field:
        raise KeyError(next(iter(by_field)))
    return Merged(kept, tuple(against))


def _corrected(values: Iterable[Value]) -> list[Value]:
    """Without empty values, and without those that the same person corrected later."""
    latest: dict[tuple[str, Source, str], Value] = {}
    found = []
    for value in values:
        if not value.text.strip():
            continue
        if value.source not in CORRECTABLE:
            found.append(value)
            continue
        key = (value.field, value.source, value.by)
        held = latest.get(key)
        if held is None or (held.at, held.text) < (value.at, value.text):
            latest[key] = value
    return [*found, *latest.values()]


def _order(value: Value, catalogue: Catalogue) -> tuple[int, float, str, str]:
    return (catalogue.rank(value.field, value.source), -value.at.timestamp(), value.text, value.by)


def _disagreements(ordered: list[Value], check: str) -> list[Disagreement]:
    """Every pair that does not mean the same; the one believed more comes first."""
    found = []
    for one, other in combinations(ordered, 2):
        agrees = same(check, one.text, other.text)
        if not agrees:
            found.append(Disagreement(one, other, unclear=agrees is None))
    return found
