"""Where demands wait for their approvers: holds them, and notes every question, answer and end (B08, B12).

May be used from several threads; calls take turns. A restart forgets what waits: it was not granted, and is
asked for anew.
"""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal

from uuid_utils import uuid7

from terminal.people.approvals import (
    Approval,
    Approver,
    Standing,
    Word,
    answer,
    answered_line,
    ask,
    asked_line,
    eligible,
    ended_line,
    standing,
)
from terminal.people.errors import PeopleError
from terminal.people.operator import Denied, Workplace
from terminal.people.proof import Proof
from terminal.people.queue import Waiting, waiting_for
from terminal.people.roll import Roll
from terminal.people.session import Session
from terminal.people.signin import ALARM
from terminal.rules.people import ApprovalRules
from terminal.rules.situation import Risk


class Desk:
    """The demands of a terminal."""

    def __init__(self, roll: Roll, rules: ApprovalRules) -> None:
        self._roll = roll
        self._rules = rules
        self._turn = threading.Lock()
        self._held: dict[str, Approval] = {}

    def ask(
        self,
        kind: str,
        about: str,
        makers: tuple[Session, ...],
        now: datetime,
        *,
        amount: Decimal | None = None,
        risk: Risk = Risk.LOW,
    ) -> Approval:
        """A demand by those signed in who had a hand in the case, the one who asks first.

        Errors as in `approvals.ask`.
        """
        if not makers:
            raise PeopleError("approval.no_maker")
        numbers = tuple(dict.fromkeys(each.person for each in makers))
        forced = any(each.duress for each in makers)
        made = ask(
            str(uuid7()), kind, about, numbers, makers[0].place, self._rules, now,
            amount=amount, risk=risk, forced=forced,
        )  # fmt: skip
        with self._turn:
            self._roll.note("approval.asked", asked_line(made))
            self._held[made.id] = made
        return made

    def answer(
        self, id_: str, proof: Proof, place: Workplace, word: Word, ground: str, now: datetime
    ) -> Approval:
        """The demand with the answer of whoever proved who they are; on disk when this returns.

        PeopleError ``approval.over`` for one that is not held any more; others as in `approvals.answer`.
        """
        with self._turn:
            held, operator = self._held.get(id_), self._roll.find(proof.person)
            if held is None or operator is None:
                raise PeopleError("approval.over")
            denied = eligible(held, operator, place, now)
            if isinstance(denied, Denied) and denied.is_alarm:
                told = {"person": proof.person, "why": denied.code, "approval": id_}
                self._roll.note(ALARM, {**told, "branch": place.branch, "terminal": place.terminal})
            given = answer(held, Approver(operator, place, proof), word, ground, self._rules, now)
            self._roll.note("approval.answered", answered_line(given))
            self._held[id_] = given
        return given

    def waiting(self, number: str, place: Workplace, now: datetime) -> tuple[Waiting, ...]:
        """What this person may answer in `place` now, the most urgent first (B09)."""
        with self._turn:
            operator = self._roll.find(number)
            return waiting_for(self._held.values(), operator, place, now) if operator is not None else ()

    def ended(self, now: datetime) -> tuple[Approval, ...]:
        """Demands that have ended since it was last asked; each is handed out once, and noted."""
        with self._turn:
            over = tuple(each for each in self._held.values() if standing(each, now) is not Standing.PENDING)
            for each in over:
                self._roll.note("approval.ended", ended_line(each, now))
                del self._held[each.id]
        return over
