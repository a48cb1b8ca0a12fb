"""What can be said against a value: message keys, closed, and within which bounds a value is judged."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from terminal.rules.dataset import PlausibleRules


class FieldCode(enum.StrEnum):
    """Against one value by itself. ``wrong``: it cannot be so; ``doubt``: it is kept, and looked at."""

    EMPTY = "field.wrong.empty"
    SIGNS = "field.wrong.signs"
    LONG = "field.wrong.long"
    CHOICE = "field.wrong.choice"
    SHAPE = "field.wrong.shape"
    CHECK = "field.wrong.check_sign"
    DATE = "field.wrong.date"
    FUTURE = "field.wrong.future"
    OLD = "field.wrong.old"
    PLACEHOLDER = "field.wrong.placeholder"
    AMOUNT = "field.wrong.amount"
    COUNTRY = "field.wrong.country"
    NOT_RESIDENT = "field.wrong.not_resident"
    """A number of another kind of document."""

    CHECK_DOUBT = "field.doubt.check_sign"
    REGION = "field.doubt.region"
    UNREADABLE = "field.doubt.unreadable"
    PRIVATE_USE = "field.doubt.private_use"
    DOT = "field.doubt.dot"
    SINGLE = "field.doubt.single_sign"
    MIXED = "field.doubt.mixed_scripts"
    SHORT = "field.doubt.short"
    REPEATS = "field.doubt.repeats"
    NO_PLACE = "field.doubt.no_place"
    NOT_SAID = "field.doubt.not_said"
    ABROAD = "field.doubt.abroad"

    @property
    def wrong(self) -> bool:
        """True when a value with this against it cannot be right."""
        return self.value.startswith("field.wrong.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The day on which a value is judged, and what is believed at most."""

    on: date
    rules: PlausibleRules
    placeholders: frozenset[str] = frozenset()


Codes = tuple[FieldCode, ...]


def when(*pairs: tuple[bool, FieldCode]) -> Codes:
    """The codes whose condition holds."""
    return tuple(code for holds, code in pairs if holds)


def any_wrong(codes: Iterable[FieldCode]) -> bool:
    """True when one of them says that it cannot be so."""
    return any(code.wrong for code in codes)
