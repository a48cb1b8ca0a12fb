"""The roll as the terminal reads it: operators, their hashes, their locks. `changes` alone changes people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sync.errors import Damaged
from sync.staff_roll import StaffRoll
from sync.staff_row import Entry, TryOutcome
from terminal.people.lock import locked_until
from terminal.people.operator import Operator, from_json, to_json
from terminal.people.passwords import Held, held_from
from terminal.rules.people import LockRules


class Roll:
    """Operators of a book. Errors: `sync.errors.StoreError`, SealBroken, Damaged ``operator.unreadable``."""

    def __init__(self, kept: StaffRoll, rules: LockRules) -> None:
        self._kept = kept
        self._rules = rules

    def people(self) -> tuple[Operator, ...]:
        """Everybody who ever was on the roll, revoked ones too, by staff number."""
        return tuple(map(_operator, self._kept.entries()))

    def find(self, number: str) -> Operator | None:
        """One of them, as they are now."""
        entry = self._kept.entry(number)
        return None if entry is None else _operator(entry)

    def held(self, number: str) -> Held | None:
        """Their hashes; None for whoever has no password."""
        opened = self._kept.secret(number)
        if opened is None:
            return None
        try:
            return held_from(opened)
        except ValueError:
            raise Damaged("operator.unreadable") from None
        finally:
            opened[:] = bytes(len(opened))

    def locked_until(self, number: str) -> datetime | None:
        """The end of their last lock, which may have passed; None when they have none."""
        return locked_until(self._kept.refused_since(number), self._rules)

    def has_begun(self) -> bool:
        """True once two people have had a password: from then on every change takes two of the roll."""
        return self._kept.secrets_ever() > 1

    def put(
        self, operator: Operator, by: tuple[str, str], told: Mapping[str, Any], *, ends_password: bool = False
    ) -> None:
        """A new version of an operator, by maker and checker."""
        self._kept.put(operator.number, to_json(operator), by, told, ends_secret=ends_password)

    def keep(self, number: str, held: Held, told: Mapping[str, Any]) -> None:
        """New hashes in place of the old ones."""
        self._kept.keep_secret(number, held.to_bytes(), told)

    def tried(self, number: str, outcome: TryOutcome, told: Mapping[str, Any]) -> None:
        """One try to prove who they are, or an unlocking."""
        self._kept.tried(number, outcome, told)

    def note(self, kind: str, told: Mapping[str, Any]) -> None:
        """An audit line; staff numbers at most."""
        self._kept.note(kind, told)


def _operator(entry: Entry) -> Operator:
    try:
        operator = from_json(entry.body)
    except ValueError:
        raise Damaged("operator.unreadable", line=entry.audit_seq) from None
    if operator.number != entry.person:
        raise Damaged("operator.unreadable", line=entry.audit_seq)
    return operator
