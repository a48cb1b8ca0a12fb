"""The log of changes: what was, what is, when, by whom, reviewed by whom. It only grows (L12).

Key fields change in person only, with the police's proof (L11); maker and checker are two people (B12).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from terminal.dataset.fields import Catalogue, Value
from terminal.rules.dataset import ChangeRules


class ChangeError(Exception):
    """A change that cannot be taken down; `code` is a message key.

    Codes: ``change.same_person``, ``change.not_the_current``, ``change.earlier``, ``change.other_field``,
    ``change.nothing``, ``change.without_reviewer``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after. Its texts never show in `repr`."""

    before: Value | None
    after: Value
    reviewed_by: str
    reason: str
    """A code, never free words."""
    proofs: tuple[str, ...] = ()
    """Kinds of the documents that support it."""

    @property
    def field(self) -> str:
        """The field that changes."""
        return self.after.field


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """All changes of one party's data, oldest first."""

    entries: tuple[Change, ...] = ()

    def current(self, name: str) -> Value | None:
        """The value of field `name` after all changes; None when none speaks of it."""
        return next((each.after for each in reversed(self.entries) if each.field == name), None)

    def history(self, name: str) -> tuple[Change, ...]:
        """Every change of one field, oldest first."""
        return tuple(each for each in self.entries if each.field == name)

    def add(self, change: Change) -> ChangeLog:
        """A log with `change` at its end; this one stays as it is. ChangeError when it does not fit."""
        for holds, code in _faults(self, change):
            if holds:
                raise ChangeError(code, field=change.field)
        return replace(self, entries=(*self.entries, change))


def refusals(
    name: str, channel: str, proofs: Collection[str], catalogue: Catalogue, rules: ChangeRules
) -> tuple[str, ...]:
    """Why field `name` may not be changed here and so, as message keys; empty when it may.

    Codes: ``change.not_in_this_channel``, ``change.proof_missing``. KeyError for an unknown field.
    """
    if not catalogue.fields[name].key:
        return ()
    missing = not set(proofs) & set(rules.key_proofs)
    found = [] if channel in rules.key_channels else ["change.not_in_this_channel"]
    return tuple([*found, "change.proof_missing"] if missing else found)


def _faults(log: ChangeLog, change: Change) -> tuple[tuple[bool, str], ...]:
    current, before, after = log.current(change.field), change.before, change.after
    return (
        (not change.reviewed_by, "change.without_reviewer"),
        (change.reviewed_by == after.by, "change.same_person"),
        (before is not None and before.field != after.field, "change.other_field"),
        (current is not None and before != current, "change.not_the_current"),
        (before is not None and before.text == after.text, "change.nothing"),
        (bool(log.entries) and after.at < log.entries[-1].after.at, "change.earlier"),
    )
