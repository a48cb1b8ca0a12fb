"""Who is on duty at this terminal: one person signed in, and second persons who agree for a moment (B02-B07).

The session thread works by it and the window reads it; calls take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Denied, Operator, Workplace, may
from terminal.people.proof import Proof, Proving
from terminal.people.roles import Role
from terminal.people.roll import Roll
from terminal.people.session import Session, Sessions, SessionState, locked, state, unlocked, used
from terminal.people.signin import ALARM, SignIn
from terminal.rules.people import PeopleRules

NOBODY = "teller"
"""Stands for who works where no roll has begun: development and training machines."""
MAKERS = (Role.TELLER, Role.VISIT_MEMBER, Role.VISIT_LEADER, Role.LOBBY_MANAGER, Role.SUPERVISOR)
"""Roles in which somebody works at a terminal, the usual one first."""


@dataclass(frozen=True, slots=True)
class Second:
    """Another person who agreed, in one of the roles asked for."""

    number: str
    role: str
    duress: bool = field(default=False, repr=False)
    """They were forced. Nothing on a screen may depend on it (Q05)."""


class Duty:
    """The people at one terminal."""

    def __init__(
        self,
        roll: Roll,
        proving: Proving,
        signin: SignIn,
        rules: Callable[[], PeopleRules],
        place: Workplace,
        now: Callable[[], datetime],
        *,
        roll_needed: bool,
    ) -> None:
        self._roll = roll
        self._proving = proving
        self._signin = signin
        self._rules = rules
        self._place = place
        self._now = now
        self._roll_needed = roll_needed
        self._turn = threading.Lock()
        self._sessions = Sessions()
        self._shown = ""

    @property
    def required(self) -> bool:
        """True where nobody works without signing in."""
        return self._roll_needed or self._roll.has_begun()

    @property
    def session(self) -> Session | None:
        """Who is signed in; None: nobody."""
        return self._sessions.at(self._place.terminal)

    @property
    def number(self) -> str:
        """Staff number of who is signed in, for events; `NOBODY` where nobody must."""
        session = self.session
        return session.person if session is not None else NOBODY

    @property
    def shown(self) -> str:
        """Name and number for the screen; empty when nobody is signed in."""
        return self._shown if self.session is not None else ""

    def enter(self, number: str, password: str) -> None:
        """Sign in, in the first of `MAKERS` that this person may act in here and now.

        PeopleError ``people.no_roll`` where a roll is needed and none has begun; others as in
        `Proving.by_password` and `SignIn.enter`.
        """
        if not self._roll.has_begun():
            raise PeopleError("people.no_roll")
        proof = self._proving.by_password(number, password, self._now())
        with self._turn:
            operator = self._known(proof)
            held = [role for role in MAKERS if role in operator.roles]
            fits = (role for role in held if not isinstance(self._may(operator, role), Denied))
            role = next(fits, held[0] if held else Role.TELLER)
            _, self._sessions = self._signin.enter(proof, role, self._place, self._sessions, self._now())
            self._shown = f"{operator.name} {operator.number}"

    def leave(self) -> None:
        """Sign out; nothing happens when nobody is signed in."""
        with self._turn:
            session = self.session
            if session is not None:
                self._sessions = self._signin.leave(session, self._sessions)

    def lock(self) -> None:
        """Lock the terminal by hand."""
        with self._turn:
            session = self.session
            if session is not None:
                self._sessions = self._sessions.put(locked(session))

    def unlock(self, password: str) -> None:
        """Open it again for the same person. Errors as in `Proving.by_password` and `session.unlocked`."""
        proof = self._proving.by_password(self.number, password, self._now())
        with self._turn:
            session = self.session
            if session is None:
                raise Refused("people.session_ended")
            self._sessions = self._sessions.put(unlocked(session, proof, self._rules().session, self._now()))

    def touch(self) -> None:
        """Something was done at the terminal."""
        with self._turn:
            session = self.session
            if session is not None and self._state(session) is SessionState.OPEN:
                self._sessions = self._sessions.put(used(session, self._rules().session, self._now()))

    def standing(self) -> SessionState | None:
        """How the session stands; one that ended, or whose person may no longer, is signed out here."""
        with self._turn:
            self._sessions = self._signin.looked_after(self._sessions, self._now())
            session = self.session
            return self._state(session) if session is not None else None

    def second(self, number: str, password: str, roles: tuple[str, ...], makers: tuple[str, ...]) -> Second:
        """A second person, in the first of `roles` that they may act in here and now.

        PeopleError ``people.same_person`` for who is signed in or made part of the case, ``people.no_role``
        and what else `operator.may` says; others as in `Proving.by_password`.
        """
        if not self._roll.has_begun():
            raise PeopleError("people.no_roll")
        proof = self._proving.by_password(number, password, self._now())
        with self._turn:
            if proof.person in (*makers, self.number):
                raise Refused("people.same_person")
            operator = self._known(proof)
            role = self._role(operator, tuple(Role(each) for each in roles))
            told = {"person": proof.person, "role": role.value, "terminal": self._place.terminal}
            self._roll.note("operator.second", {**told, "grade": 2 if proof.duress else 1})
            return Second(proof.person, role.value, proof.duress)

    def _role(self, operator: Operator, wanted: tuple[Role, ...]) -> Role:
        nearest = Denied("people.no_role")
        for role in wanted:
            answer = self._may(operator, role)
            if not isinstance(answer, Denied):
                return role
            if answer.code != "people.no_role":
                nearest = answer
        if nearest.is_alarm:
            told = {"person": operator.number, "why": nearest.code}
            where = {"branch": self._place.branch, "terminal": self._place.terminal}
            self._roll.note(ALARM, {**told, **where})
        raise Refused(nearest.code)

    def _may(self, operator: Operator, role: Role) -> object:
        return may(operator, role, self._now(), self._place)

    def _known(self, proof: Proof) -> Operator:
        operator = self._roll.find(proof.person)
        if operator is None or operator.is_service:
            raise Refused("people.refused")
        return operator

    def _state(self, session: Session) -> SessionState:
        return state(session, self._rules().session, self._now())
