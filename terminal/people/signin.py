"""Signing in and out: a proof and an entitlement make a session, and each is noted (B04, B07)."""

from __future__ import annotations

from datetime import datetime

from uuid_utils import uuid7

from terminal.people.errors import Refused
from terminal.people.operator import Denied, Workplace, may
from terminal.people.proof import Proof
from terminal.people.roles import Role
from terminal.people.roll import Roll
from terminal.people.session import Session, Sessions, SessionState, state
from terminal.rules.people import PeopleRules

ALARM = "operator.alarm"
"""Kind of the audit line about somebody who tried what they may not at this hour."""


class SignIn:
    """Lets people of the roll in and out."""

    def __init__(self, roll: Roll, rules: PeopleRules) -> None:
        self._roll = roll
        self._rules = rules

    def enter(
        self, proof: Proof, role: Role, place: Workplace, sessions: Sessions, now: datetime
    ) -> tuple[Session, Sessions]:
        """The new session, and everybody signed in from now on.

        `Refused` with what `operator.may` says against it (out of hours is also an alarm),
        ``people.proof_too_old``, ``people.service_account``; PeopleError as in `Sessions.admit`.
        """
        operator = self._roll.find(proof.person)
        if not proof.is_fresh(now, self._rules.approvals.proof_seconds) or operator is None:
            raise Refused("people.proof_too_old")
        if role.is_service:
            raise Refused("people.service_account")
        answer = may(operator, role, now, place)
        if isinstance(answer, Denied):
            self._alarm(answer, proof.person, role, place)
            raise Refused(answer.code)
        session = Session(
            str(uuid7()), proof.person, role, place, proof.way, began=now, used=now, duress=proof.duress
        )
        after = sessions.admit(session, self._rules.session, now)
        for closed in sessions.closed_by(after):
            self._note("operator.signed_out", closed, "replaced")
        self._note("operator.signed_in", session, proof.way.value)
        return session, after

    def leave(self, session: Session, sessions: Sessions, why: str = "left") -> Sessions:
        """Everybody but `session`; `why` is ``left``, or the code of what ended it."""
        self._note("operator.signed_out", session, why)
        return sessions.without(session.id)

    def looked_after(self, sessions: Sessions, now: datetime) -> Sessions:
        """Those signed in who still may be: no ended sessions, nobody who was revoked or is out of hours."""
        for each in sessions.held:
            why = self._over(each, now)
            if why:
                sessions = self.leave(each, sessions, why)
        return sessions

    def _over(self, session: Session, now: datetime) -> str:
        if state(session, self._rules.session, now) is SessionState.ENDED:
            return "people.session_ended"
        operator = self._roll.find(session.person)
        answer = may(operator, session.role, now, session.place) if operator is not None else None
        return answer.code if isinstance(answer, Denied) else ""

    def _note(self, kind: str, session: Session, how: str) -> None:
        told = {"person": session.person, "session": session.id, "role": session.role.value, "how": how}
        self._roll.note(kind, {**told, **_where(session.place), "grade": 2 if session.duress else 1})

    def _alarm(self, answer: Denied, person: str, role: Role, place: Workplace) -> None:
        kind = ALARM if answer.is_alarm else "operator.not_entitled"
        told = {"person": person, "role": role.value, "why": answer.code}
        self._roll.note(kind, {**told, **_where(place)})


def _where(place: Workplace) -> dict[str, str]:
    return {"branch": place.branch, "terminal": place.terminal, "channel": place.channel.value}
