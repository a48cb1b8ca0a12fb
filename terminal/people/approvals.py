"""Approvals: who may answer a demand, what the answers come to, when it ends (B02, B03, B08, M07, P05).

A demand needs the levels of its ladder, one after the other, each granted by somebody else; one refusal ends
it. Within a level the circle of those who may answer widens with time, from the own branch to the centre;
whoever could answer before still can. After the last step it expires. Pure: `now` decides where it stands, so
an approval nobody looks at ends all the same. Never the maker, never one person twice.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Allowed, Denied, Operator, Workplace, may
from terminal.people.proof import Proof, Way
from terminal.people.roles import Role
from terminal.rules.people import ApprovalRules, LevelRule, StepRule
from terminal.rules.situation import Risk


class Word(enum.StrEnum):
    """What an approver says."""

    GRANT = "grant"
    REFUSE = "refuse"


class Standing(enum.StrEnum):
    """How a demand stands."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    """Nobody answered in time; never taken for either answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one approver said."""

    person: str
    role: Role
    place: Workplace
    way: Way
    word: Word
    ground: str
    at: datetime
    counts: bool = field(default=True, repr=False)
    """False for a grant of high value under duress: it looks given and is waited for (Q05)."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A demand and the answers to it; made by `ask`, changed by `answer`."""

    id: str
    kind: str
    """Name of the ladder."""
    clause: str
    about: str
    """What is to be approved: a case and its finding, a document. Good for that alone."""
    makers: tuple[str, ...]
    """Everybody who had a hand in what is to be approved."""
    place: Workplace
    asked: datetime
    levels: tuple[LevelRule, ...]
    high_value: bool
    forced: bool = field(default=False, repr=False)
    """Asked for under duress: of high value, it looks like any other and is never granted (Q05)."""
    answers: tuple[Answer, ...] = ()

    @property
    def grants(self) -> tuple[Answer, ...]:
        """Those that count, in order."""
        return tuple(each for each in self.answers if each.word is Word.GRANT and each.counts)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a pending demand stands."""

    level: int
    """From 0."""
    steps: tuple[StepRule, ...]
    """Steps of that level that have been reached; the last is the current one."""
    ends: datetime
    """When the next step is reached, or the demand expires."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who answers: as the roll has them, where they are, and proof of it."""

    operator: Operator
    place: Workplace
    proof: Proof


def ask(
    id_: str,
    kind: str,
    about: str,
    makers: tuple[str, ...],
    place: Workplace,
    rules: ApprovalRules,
    now: datetime,
    *,
    amount: Decimal | None = None,
    risk: Risk = Risk.LOW,
    forced: bool = False,
) -> Approval:
    """A new demand; PeopleError ``approval.no_ladder`` for a kind without rule, which nobody can approve."""
    ladder = rules.ladders.get(kind)
    if ladder is None:
        raise PeopleError("approval.no_ladder", kind=kind)
    if not makers:
        raise PeopleError("approval.no_maker")
    levels = tuple(each for each in ladder.levels.values() if each.asked(amount, risk))
    return Approval(id_, kind, ladder.clause, about, makers, place, now, levels, ladder.high_value, forced)


def standing(approval: Approval, now: datetime) -> Standing:
    """How it stands at `now`."""
    if any(each.word is Word.REFUSE for each in approval.answers):
        return Standing.REFUSED
    if len(approval.grants) >= len(approval.levels):
        return Standing.GRANTED
    return Standing.PENDING if stage(approval, now) is not None else Standing.EXPIRED


def stage(approval: Approval, now: datetime) -> Stage | None:
    """The level and steps reached at `now`; None when granted by all, or when time is over."""
    level = len(approval.grants)
    if level >= len(approval.levels):
        return None
    ends = approval.grants[-1].at if approval.grants else approval.asked
    steps = tuple(approval.levels[level].steps.values())
    for reached, step in enumerate(steps, start=1):
        ends += timedelta(seconds=step.seconds)
        if now < ends:
            return Stage(level, steps[:reached], ends)
    return None


def last_end(approval: Approval) -> datetime:
    """By when it has ended, whatever happens."""
    seconds = sum(step.seconds for level in approval.levels for step in level.steps.values())
    return approval.asked + timedelta(seconds=seconds)


def eligible(approval: Approval, operator: Operator, place: Workplace, now: datetime) -> Allowed | Denied:
    """Whether `operator`, being in `place`, may answer now; the role is that of the entitlement.

    Denied: ``approval.over``, ``approval.maker``, ``approval.same_person``, ``approval.not_asked``, or what
    `operator.may` says against the last role that was asked for.
    """
    reached = stage(approval, now)
    if reached is None or standing(approval, now) is not Standing.PENDING:
        return Denied("approval.over")
    if operator.number in approval.makers:
        return Denied("approval.maker")
    if any(each.person == operator.number for each in approval.answers):
        return Denied("approval.same_person")
    denied = Denied("approval.not_asked")
    for step in reached.steps:
        if not _within(step, approval.place, place):
            continue
        for role in step.roles:
            if role.is_service or role not in operator.roles:
                continue
            found = may(operator, role, now, place)
            if isinstance(found, Allowed):
                return found
            denied = found
    return denied


def answer(
    approval: Approval, by: Approver, word: Word, ground: str, rules: ApprovalRules, now: datetime
) -> Approval:
    """The demand with this answer; `Refused` with what `eligible` says, ``approval.proof``.

    PeopleError ``approval.ground`` for a ground that is not on the list of the rules (A09).
    """
    if by.proof.person != by.operator.number or not by.proof.is_fresh(now, rules.proof_seconds):
        raise Refused("approval.proof")
    allowed = eligible(approval, by.operator, by.place, now)
    if isinstance(allowed, Denied):
        raise Refused(allowed.code)
    if ground not in (rules.grant_grounds if word is Word.GRANT else rules.refuse_grounds):
        raise PeopleError("approval.ground")
    forced = approval.high_value and (approval.forced or by.proof.duress)
    counts = word is Word.REFUSE or not forced
    role = allowed.entitlement.role
    given = Answer(by.operator.number, role, by.place, by.proof.way, word, ground, now, counts)
    return replace(approval, answers=(*approval.answers, given))


def asked_line(approval: Approval) -> dict[str, object]:
    """Body of the audit line ``approval.asked``."""
    told = {"id": approval.id, "kind": approval.kind, "clause": approval.clause, "about": approval.about}
    makers = {"makers": list(approval.makers), "grade": 2 if approval.forced else 1}
    return {**told, **makers, "levels": len(approval.levels)}


def answered_line(approval: Approval) -> dict[str, object]:
    """Body of the audit line ``approval.answered`` about the last answer: maker and approver both."""
    given = approval.answers[-1]
    who = {"id": approval.id, "makers": list(approval.makers), "person": given.person, "way": given.way.value}
    said = {"role": given.role.value, "word": given.word.value, "ground": given.ground}
    place = {"branch": given.place.branch, "terminal": given.place.terminal}
    return {**who, **said, **place, "channel": given.place.channel.value, "grade": 1 if given.counts else 2}


def ended_line(approval: Approval, now: datetime) -> dict[str, object]:
    """Body of the audit line ``approval.ended``."""
    grants = [each.person for each in approval.grants]
    return {
        "id": approval.id,
        "makers": list(approval.makers),
        "standing": standing(approval, now).value,
        "granted_by": grants,
    }


def _within(step: StepRule, asked: Workplace, place: Workplace) -> bool:
    match step.scope:
        case "branch":
            return place.branch == asked.branch
        case "other_branch":
            return True
        case "remote":
            return place.channel.is_remote
