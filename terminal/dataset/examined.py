"""A set of values judged one by one: what stands against each, and which fields count as empty for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.dataset.codes import Bounds, Codes, FieldCode
from terminal.dataset.fields import Catalogue, Source, Value
from terminal.dataset.validators import VALIDATORS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing against one field."""

    field: str
    code: FieldCode
    source: Source

    @property
    def unfit(self) -> bool:
        """True when the value cannot be right and no chip vouches for it.

        What a chip holds was signed by whoever issued the card; that its number does not check is a doubt.
        """
        return self.code.wrong and self.source is not Source.CHIP


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything found against a set of values."""

    findings: tuple[Finding, ...]

    @property
    def unfit(self) -> frozenset[str]:
        """Fields whose values count as not given."""
        return frozenset(finding.field for finding in self.findings if finding.unfit)


def bounds_of(catalogue: Catalogue, bounds: Bounds) -> Bounds:
    """`bounds` with the catalogue's words for "nothing"."""
    return Bounds(bounds.on, bounds.rules, catalogue.placeholders)


def judge(catalogue: Catalogue, field: str, text: str, bounds: Bounds) -> Codes:
    """What stands against `text` in this field. KeyError for a field that the catalogue does not know."""
    entry = catalogue.fields[field]
    if entry.choices and text not in (kept for kept, _, _ in entry.choices):
        return (FieldCode.CHOICE,)
    return VALIDATORS[entry.check](text, bounds_of(catalogue, bounds))


def examine(catalogue: Catalogue, values: Mapping[str, Value], bounds: Bounds) -> Examined:
    """All findings of `values`, in the catalogue's order. KeyError for a field it does not know."""
    order = {name: place for place, name in enumerate(catalogue.fields)}
    found = (
        Finding(name, code, values[name].source)
        for name in sorted(values, key=lambda name: order[name])
        for code in judge(catalogue, name, values[name].text, bounds)
    )
    return Examined(tuple(found))
