"""Changes of the roll: two administrators each time, neither of whom it is about (B02, B06, B12).

Only the first two administrators enter differently: together, each with a password, and once (`found`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sync.staff_row import TryOutcome
from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Allowed, Operator, Workplace, bank_time, may
from terminal.people.pair import Pair, paired
from terminal.people.passwords import Passwords, near
from terminal.people.proof import Proof
from terminal.people.roll import Roll
from terminal.rules.people import PeopleRules

FEWEST_ADMINISTRATORS = 2
"""With fewer nobody could be changed any more."""


class Departure(enum.StrEnum):
    """Why somebody is taken off the roll."""

    LEFT = "left"
    MOVED = "moved"
    SUSPENDED = "suspended"
    MISTAKE = "mistake"


class Changes:
    """Changes people of the roll, at one workplace. Every method notes who did it.

    Whoever changes: `Refused` ``people.same_person``, ``people.pair_too_late``, ``people.not_administrator``,
    ``people.own_entry``, or ``people.later`` when one of them was forced, who must not be told so (Q05).
    """

    def __init__(self, roll: Roll, passwords: Passwords, rules: PeopleRules, place: Workplace) -> None:
        self._roll = roll
        self._passwords = passwords
        self._rules = rules
        self._place = place

    def found(self, people: tuple[tuple[Operator, str], tuple[Operator, str]], now: datetime) -> None:
        """Enter the first two administrators with their passwords; each answers for the other.

        PeopleError ``people.begun`` once two people have a password, and as in `add` and `set_password`.
        """
        if self._roll.has_begun():
            raise PeopleError("people.begun")
        (first, _), (second, _) = people
        by = (first.number, second.number)
        if first.number == second.number:
            raise Refused("people.same_person")
        for operator, password in people:
            self._check(operator)
            if not self._administers(operator, now):
                raise Refused("people.not_administrator", person=operator.number)
            self._complain(operator, password, None)
        for operator, _ in people:
            self._roll.put(operator, by, {"change": "founded"})
        for operator, password in people:
            held = self._passwords.hold(password, None, now)
            self._roll.keep(operator.number, held, {"maker": by[0], "checker": by[1]})

    def add(self, operator: Operator, by: Pair, now: datetime) -> None:
        """Enter somebody new, still without a password.

        PeopleError ``people.number_used`` (a number is given once, even if revoked), ``people.roles_apart``.
        """
        self._authorise(operator.number, by, now)
        if self._roll.find(operator.number) is not None:
            raise PeopleError("people.number_used", person=operator.number)
        self._check(operator)
        self._roll.put(operator, by.numbers, {"change": "added"})

    def change(self, operator: Operator, by: Pair, now: datetime) -> None:
        """Put a new version of somebody in place of the old.

        PeopleError ``people.unknown``, ``people.revoked``, ``people.roles_apart``,
        ``people.last_administrators``.
        """
        self._authorise(operator.number, by, now)
        self._known(operator.number)
        self._check(operator)
        self._leave_enough(operator, now)
        self._roll.put(operator, by.numbers, {"change": "changed"})

    def revoke(self, number: str, why: Departure, by: Pair, now: datetime) -> None:
        """Take somebody off the roll for good; their password is destroyed. Errors as in `change`."""
        self._authorise(number, by, now)
        gone = replace(self._known(number), revoked=True)
        self._leave_enough(gone, now)
        told = {"change": "revoked", "why": why.value}
        self._roll.put(gone, by.numbers, told, ends_password=True)

    def unlock(self, number: str, by: Pair, now: datetime) -> None:
        """Lift the lock of somebody; harmless without one. PeopleError ``people.unknown``."""
        self._authorise(number, by, now)
        self._known(number)
        self._roll.tried(number, TryOutcome.UNLOCKED, _named(by))

    def set_password(self, number: str, password: str, by: Pair, now: datetime) -> None:
        """Give somebody their first password, or a new one; a duress password is dropped.

        PeopleError ``people.unknown``, ``people.service_account``, ``people.password_…``.
        """
        self._authorise(number, by, now)
        operator = self._known(number)
        self._complain(operator, password, None)
        self._roll.keep(number, self._passwords.hold(password, None, now), _named(by))

    def change_own(self, proof: Proof, password: str, duress: str | None, now: datetime) -> None:
        """A person's own new password, and with `duress` a new duress password; without it the old stays.

        The proof is of the old password, and fresh. Refused ``people.proof_too_old``; PeopleError
        ``people.password_used`` for one they have, ``people.password_near`` when the two are too alike.
        """
        if not proof.is_fresh(now, self._rules.two_persons_seconds):
            raise Refused("people.proof_too_old")
        self._refuse_forced(proof.duress, (proof.person,))
        operator = self._known(proof.person)
        self._complain(operator, password, duress)
        before = self._roll.held(operator.number)
        if any(self._passwords.compare(before, password)):
            raise PeopleError("people.password_used")
        held = self._passwords.hold(password, duress, now)
        if duress is None and before is not None:
            held = replace(held, duress=before.duress)
        self._roll.keep(operator.number, held, {"by": operator.number})

    def _authorise(self, number: str, by: Pair, now: datetime) -> None:
        paired(by.maker, by.checker, self._rules.two_persons_seconds, now)
        for each in by.numbers:
            operator = self._roll.find(each)
            if operator is None or not self._administers(operator, now):
                raise Refused("people.not_administrator", person=each)
        if number in by.numbers:
            raise Refused("people.own_entry")
        self._refuse_forced(by.duress, by.numbers)

    def _refuse_forced(self, forced: bool, numbers: tuple[str, ...]) -> None:
        if forced:
            self._roll.note("operator.put_off", {"people": list(numbers)})
            raise Refused("people.later")

    def _administers(self, operator: Operator, now: datetime) -> bool:
        return any(
            isinstance(may(operator, role, now, self._place), Allowed) for role in self._rules.administrators
        )

    def _known(self, number: str) -> Operator:
        operator = self._roll.find(number)
        if operator is None:
            raise PeopleError("people.unknown", person=number)
        if operator.revoked:
            raise PeopleError("people.revoked", person=number)
        return operator

    def _check(self, operator: Operator) -> None:
        for one, others in self._rules.apart.items():
            for other in operator.roles.intersection(others) if one in operator.roles else ():
                raise PeopleError("people.roles_apart", one=one.value, other=other.value)

    def _leave_enough(self, changed: Operator, now: datetime) -> None:
        """Counts who administers anywhere and at any hour, of those whose time has not run out."""
        others = [each for each in self._roll.people() if each.number != changed.number]
        left = [each for each in (*others, changed) if self._holds_administration(each, now)]
        if len(left) < FEWEST_ADMINISTRATORS:
            raise PeopleError("people.last_administrators", fewest=FEWEST_ADMINISTRATORS)

    def _holds_administration(self, operator: Operator, now: datetime) -> bool:
        today = bank_time(now).date()
        days = [each.valid_until for each in operator.entitlements if each.role in self._rules.administrators]
        in_time = operator.valid_until is None or operator.valid_until >= today
        holds = not operator.revoked and in_time and any(day is None or day >= today for day in days)
        return holds and self._roll.held(operator.number) is not None

    def _complain(self, operator: Operator, password: str, duress: str | None) -> None:
        if operator.is_service:
            raise PeopleError("people.service_account")
        for each in (password,) if duress is None else (password, duress):
            code = self._passwords.complaint(each, operator)
            if code is not None:
                limits = self._rules.password
                raise PeopleError(code, least=limits.least_length, most=limits.most_length)
        if duress is not None and near(password, duress):
            raise PeopleError("people.password_near")


def _named(by: Pair) -> Mapping[str, Any]:
    return {"maker": by.maker.person, "checker": by.checker.person}
