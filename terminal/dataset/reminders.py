"""What a customer is reminded of on each visit: a document soon to expire, data long not confirmed (D13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from terminal.dataset.expiry import Expiry, Validity
from terminal.dataset.fields import Value
from terminal.rules.dataset import ReminderRules


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to ask the customer."""

    field: str
    code: str
    """``reminder.confirm``, ``reminder.missing`` or the expiry's own message key."""
    days: int
    """Since it was last confirmed, or until the document expires (negative: since)."""


def reminders(
    values: Mapping[str, Value], document: Expiry | None, on: date, rules: ReminderRules
) -> tuple[Reminder, ...]:
    """Everything due on the day `on`, the document first."""
    return (*_document(document, on), *_fields(values, on, rules))


def _document(document: Expiry | None, on: date) -> tuple[Reminder, ...]:
    quiet = (Validity.VALID, Validity.NOT_YET)
    if document is None or document.state in quiet:
        return ()
    left = (document.last_day - on).days if document.last_day is not None else 0
    return (Reminder("document_valid_to", document.code, left),)


def _fields(values: Mapping[str, Value], on: date, rules: ReminderRules) -> tuple[Reminder, ...]:
    found = []
    for name, days in rules.after_days.items():
        value = values.get(name)
        if value is None or not value.text.strip():
            found.append(Reminder(name, "reminder.missing", 0))
        elif (age := (on - value.at.date()).days) >= days:
            found.append(Reminder(name, "reminder.confirm", age))
    return tuple(found)
