"""Proof of who somebody is: by password or by body, each try noted, wrong ones counted (B04, B05, E14, Q05).

A proof says who, how and when; it is spent on a sign-in (`signin`), an approval (`approvals`) or an action
of two persons (`pair`), and none of them takes an old one.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sync.staff_row import TryOutcome
from terminal.people.errors import Refused
from terminal.people.operator import NUMBER, Operator, bank_time
from terminal.people.passwords import Held, Passwords
from terminal.people.roll import Roll

if TYPE_CHECKING:
    from terminal.staff import Identified


class Way(enum.StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"
    FACE = "face"
    IRIS = "iris"
    FINGER = "finger"


class Fallback(enum.StrEnum):
    """Why a password was taken although staff sign in by body (B05)."""

    NOT_ENROLLED = "not_enrolled"
    NO_SENSOR = "no_sensor"
    NOT_RECOGNISED = "not_recognised"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody of the roll was there, at that moment."""

    person: str
    way: Way
    at: datetime
    duress: bool = field(default=False, repr=False)
    """They gave the duress password. Nothing on a screen may depend on it (Q05)."""

    def is_fresh(self, now: datetime, seconds: float) -> bool:
        """True for a proof of the last `seconds`; one of the future is none."""
        return 0 <= (now - self.at).total_seconds() <= seconds


class Proving:
    """Takes proofs from people of the roll. Audit lines never hold what was typed."""

    def __init__(self, roll: Roll, passwords: Passwords) -> None:
        self._roll = roll
        self._passwords = passwords

    def by_password(
        self, number: str, password: str, now: datetime, why: Fallback = Fallback.CHOSEN
    ) -> Proof:
        """Proof by the password, or by the duress password.

        `Refused` with ``people.refused``, the same for a wrong password, an unknown number, a revoked
        person and the account of a machine; ``people.locked`` with `until` while they are shut out.
        """
        operator = self._roll.find(number.strip()) if re.fullmatch(NUMBER, number.strip()) else None
        if operator is None or operator.revoked or operator.is_service:
            self._passwords.compare(None, password)
            self._roll.note("operator.unknown", {"way": Way.PASSWORD.value})
            raise Refused("people.refused")
        self._refuse_locked(operator, Way.PASSWORD, now)
        held = self._roll.held(operator.number)
        right, forced = self._passwords.compare(held, password)
        told = {"way": Way.PASSWORD.value, "why": why.value}
        if not (right or forced):
            self._roll.tried(operator.number, TryOutcome.REFUSED, told)
            self._refuse_locked(operator, None, now)
            raise Refused("people.refused")
        self._roll.tried(operator.number, TryOutcome.ADMITTED, {**told, "grade": _grade(forced)})
        if right and held is not None:
            self._renew(operator, held, password)
        return Proof(operator.number, Way.PASSWORD, now, duress=forced)

    def by_body(self, found: Identified, way: Way, now: datetime) -> Proof:
        """Proof by a search among the enrolled (`terminal.staff`); `Refused` ``people.not_recognised``.

        The caller has made sure that it was a living person. Somebody who is shut out stays so whatever
        they show.
        """
        operator = self._roll.find(found.person) if found.person is not None else None
        if operator is None or operator.revoked or operator.is_service:
            self._roll.note("operator.unknown", {"way": way.value})
            raise Refused("people.not_recognised")
        self._refuse_locked(operator, way, now)
        told = {"way": way.value, "grade": _grade(forced=False)}
        self._roll.tried(operator.number, TryOutcome.ADMITTED, told)
        return Proof(operator.number, way, now)

    def _refuse_locked(self, operator: Operator, way: Way | None, now: datetime) -> None:
        until = self._roll.locked_until(operator.number)
        if until is None or now >= until:
            return
        if way is not None:
            self._roll.note("operator.locked_out", {"person": operator.number, "way": way.value})
        raise Refused("people.locked", until=f"{bank_time(until):%Y-%m-%d %H:%M}")

    def _renew(self, operator: Operator, held: Held, password: str) -> None:
        renewed = self._passwords.renewed(held, password)
        if renewed is not None:
            self._roll.keep(operator.number, renewed, {"why": "rules_changed"})


def _grade(forced: bool) -> int:
    """1, or 2 for whoever was forced: in the log under a word that tells a stranger nothing (Q05)."""
    return 2 if forced else 1
