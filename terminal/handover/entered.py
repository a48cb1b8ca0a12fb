"""What was entered and read for a case so far: values of the data set by party, as they travel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field, ValidationError

from sync.records import Wire, canonical
from terminal.dataset.fields import Source, Value
from terminal.handover.errors import HandoverError

Entered = Mapping[str, tuple[Value, ...]]
"""Values by the id of the party they are of."""
READ_AGAIN = frozenset({Source.CHIP, Source.ONLINE})
"""Sources that give a value again without anybody typing: the document, the centre."""


class FieldName(Wire):
    """That a field was entered, without what."""

    party: str
    field: str
    source: Source


class _Value(Wire):
    party: str
    field: str
    text: str = Field(repr=False)
    source: Source
    at: datetime
    by: str


class _Data(Wire):
    form: Literal["renzheng.entered/1"] = "renzheng.entered/1"
    values: tuple[_Value, ...] = Field(repr=False)


def written(entered: Entered) -> bytes:
    """Canonical JSON of all values; personal data in clear."""
    values = [
        _Value(party=party, field=each.field, text=each.text, source=each.source, at=each.at, by=each.by)
        for party, each in _each(entered)
    ]
    return canonical(_Data(values=tuple(values)).model_dump(mode="json"))


def read(content: bytes) -> Entered:
    """What `written` wrote; HandoverError ``handover.data_altered``."""
    try:
        data = _Data.model_validate_json(content)
    except ValidationError:
        # Without the cause: it quotes the values.
        raise HandoverError("handover.data_altered") from None
    found: dict[str, tuple[Value, ...]] = {}
    for each in data.values:
        value = Value(each.field, each.text, each.source, each.at, each.by)
        found[each.party] = (*found.get(each.party, ()), value)
    return found


def as_json(entered: Entered) -> dict[str, dict[str, list[str]]]:
    """By party and field: text, source, when, by whom. Personal data: for a seal, never for a log."""
    return {
        party: {each.field: [each.text, each.source.value, each.at.isoformat(), each.by] for each in values}
        for party, values in entered.items()
    }


def names(entered: Entered) -> tuple[FieldName, ...]:
    """Which fields of whom, and from where; no values."""
    found = {(party, each.field, each.source) for party, each in _each(entered)}
    return tuple(FieldName(party=party, field=field, source=source) for party, field, source in sorted(found))


def to_give_again(fields: tuple[FieldName, ...]) -> tuple[FieldName, ...]:
    """Without the values: what people must give again, since no chip and no centre gives it."""
    again = {(each.party, each.field) for each in fields if each.source in READ_AGAIN}
    return tuple(each for each in fields if (each.party, each.field) not in again)


def _each(entered: Entered) -> list[tuple[str, Value]]:
    return [(party, each) for party in sorted(entered) for each in entered[party]]
