"""The second look (D09): a sheet of what was taken down, confirmed by the customer and by the operator.

The hash is of exactly what was shown, so that a value changed afterwards makes the confirmation fall.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import rfc8785

from terminal.dataset.fields import Catalogue, Value

SCHEMA = "renzheng/readback/1"


class Confirmer(enum.StrEnum):
    """Who confirms."""

    CUSTOMER = "customer"
    OPERATOR = "operator"


class ReadbackError(Exception):
    """A confirmation that does not count; `code` is a message key.

    Codes: ``readback.another_sheet``, ``readback.same_person``, ``readback.twice``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Line:
    """One line as shown. `repr` hides the text."""

    field: str
    label: str
    text: str = dataclasses.field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read back, in one language."""

    language: str
    lines: tuple[Line, ...]

    @property
    def sha256(self) -> str:
        """Of the sheet in canonical form (RFC 8785): every label, text and source, in order."""
        body = {
            "schema": SCHEMA,
            "language": self.language,
            "lines": [[line.field, line.label, line.text, line.source] for line in self.lines],
        }
        return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """That somebody confirmed a sheet."""

    confirmer: Confirmer
    by: str
    """Party id of the customer, or staff number."""
    at: datetime
    sheet_sha256: str


@dataclass(frozen=True, slots=True)
class Readback:
    """A sheet with the confirmations given so far."""

    sheet: Sheet
    confirmed: tuple[Confirmed, ...] = ()

    @property
    def complete(self) -> bool:
        """True when customer and operator have both confirmed it."""
        return {each.confirmer for each in self.confirmed} == set(Confirmer)

    def confirm(self, given: Confirmed) -> Readback:
        """With one more confirmation. ReadbackError when it is of another sheet or not another person's."""
        if given.sheet_sha256 != self.sheet.sha256:
            raise ReadbackError("readback.another_sheet")
        if any(each.confirmer is given.confirmer for each in self.confirmed):
            raise ReadbackError("readback.twice")
        if any(each.by == given.by for each in self.confirmed):
            raise ReadbackError("readback.same_person")
        return replace(self, confirmed=(*self.confirmed, given))

    def holds_for(self, values: Mapping[str, Value], catalogue: Catalogue) -> bool:
        """True while `values` are what was confirmed."""
        fields = [line.field for line in self.sheet.lines]
        now = sheet(values, catalogue, self.sheet.language, fields)
        return self.complete and set(values) == set(fields) and now.sha256 == self.sheet.sha256


def sheet(
    values: Mapping[str, Value], catalogue: Catalogue, language: str, fields: Iterable[str] | None = None
) -> Sheet:
    """The sheet of `values` in ``zh`` or ``en``: those of `fields` in their order, or all.

    Nothing is masked: a customer cannot confirm what they do not see.
    """
    names = list(fields) if fields is not None else [name for name in catalogue.fields if name in values]
    return Sheet(
        language, tuple(_line(values[name], catalogue, language) for name in names if name in values)
    )


def _line(value: Value, catalogue: Catalogue, language: str) -> Line:
    entry = catalogue.fields[value.field]
    return Line(
        value.field, entry.label(language), entry.shown(value.text, language), f"source.{value.source.value}"
    )
