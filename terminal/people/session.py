"""Who is signed in: sessions as values, and how they lock, end and exclude one another (B04). Pure.

One person has one session, and one terminal has one person. Whether a second sign-in of a person is refused
or closes the first is a rule. A session that is locked holds its terminal no longer: whoever comes next may
take it over, and the one who left is signed out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Workplace
from terminal.people.proof import Proof, Way
from terminal.people.roles import Role
from terminal.rules.people import SessionRules


class SessionState(enum.StrEnum):
    """What can be done in a session."""

    OPEN = "open"
    LOCKED = "locked"
    """Nothing until the same person proves who they are."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Session:
    """One person at one terminal, in one role."""

    id: str
    person: str
    role: Role
    place: Workplace
    way: Way
    began: datetime
    used: datetime
    """When something was last done in it."""
    is_locked: bool = False
    """Locked by hand, before it would have been."""
    duress: bool = field(default=False, repr=False)
    """Begun or unlocked with the duress password: it works and looks like any other (Q05)."""


def state(session: Session, rules: SessionRules, now: datetime) -> SessionState:
    """How a session stands at `now`; a clock that jumped locks rather than prolongs it."""
    idle = abs(now - session.used)
    longest = timedelta(hours=rules.longest_hours)
    if idle >= timedelta(seconds=rules.idle_end_seconds) or now - session.began >= longest:
        return SessionState.ENDED
    if session.is_locked or idle >= timedelta(seconds=rules.idle_lock_seconds):
        return SessionState.LOCKED
    return SessionState.OPEN


def used(session: Session, rules: SessionRules, now: datetime) -> Session:
    """The session after something was done in it; `Refused` ``people.session_locked``, ``…_ended``."""
    _refuse_unless_open(state(session, rules, now))
    return replace(session, used=now)


def locked(session: Session) -> Session:
    """The session, locked by hand."""
    return replace(session, is_locked=True)


def unlocked(session: Session, proof: Proof, rules: SessionRules, now: datetime) -> Session:
    """The session, open again for the same person; `Refused` for another one, or once it ended."""
    if state(session, rules, now) is SessionState.ENDED:
        raise Refused("people.session_ended")
    if proof.person != session.person:
        raise Refused("people.not_yours")
    if not proof.is_fresh(now, rules.idle_lock_seconds):
        raise Refused("people.proof_too_old")
    return replace(session, used=now, is_locked=False, duress=session.duress or proof.duress)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Everybody who is signed in, as far as this roll knows."""

    held: tuple[Session, ...] = ()

    def of(self, person: str) -> Session | None:
        """The session of one person."""
        return next((each for each in self.held if each.person == person), None)

    def at(self, terminal: str) -> Session | None:
        """The session at one terminal."""
        return next((each for each in self.held if each.place.terminal == terminal), None)

    def admit(self, new: Session, rules: SessionRules, now: datetime) -> Sessions:
        """Everybody, with `new`; whose session it closes is missing from them.

        PeopleError ``people.terminal_taken`` while somebody else's is open there;
        ``people.signed_in_elsewhere`` where the rule refuses a second sign-in.
        """
        running = [each for each in self.held if state(each, rules, now) is not SessionState.ENDED]
        kept = []
        for each in running:
            is_open = state(each, rules, now) is SessionState.OPEN
            if each.place.terminal == new.place.terminal:
                if is_open and each.person != new.person:
                    raise PeopleError("people.terminal_taken")
            elif each.person == new.person:
                if rules.elsewhere == "refuse":
                    raise PeopleError("people.signed_in_elsewhere", terminal=each.place.terminal)
            else:
                kept.append(each)
        return Sessions((*kept, new))

    def put(self, changed: Session) -> Sessions:
        """Everybody, with the session of this id as it is now; nobody new gets in by it."""
        return Sessions(tuple(changed if each.id == changed.id else each for each in self.held))

    def without(self, session_id: str) -> Sessions:
        """Everybody but this one."""
        return Sessions(tuple(each for each in self.held if each.id != session_id))

    def closed_by(self, after: Sessions) -> tuple[Session, ...]:
        """Sessions that are no longer there `after` a change."""
        left = {each.id for each in after.held}
        return tuple(each for each in self.held if each.id not in left)


def _refuse_unless_open(standing: SessionState) -> None:
    match standing:
        case SessionState.OPEN:
            return
        case SessionState.LOCKED:
            raise Refused("people.session_locked")
        case SessionState.ENDED:
            raise Refused("people.session_ended")
