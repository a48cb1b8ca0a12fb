"""The whole behaviour of a case: given where it is, what happened and the rules, where it goes. Pure.

    NONE → OPEN ⇄ PARKED
             └──────┴──→ ENDED

What does not fit raises `NotNow` with the reason and changes nothing: a step before its turn or a second
time, a checker who is the maker, an ending the rules do not allow. From every state that is not the end
somebody can reach one: the customer may always withdraw, and two people may always refuse or one refer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from terminal.case.events import (
    Did,
    Ended,
    Ending,
    Event,
    Excepted,
    Failed,
    Joined,
    Learned,
    Moved,
    Opened,
    Parked,
    Proved,
    Resolved,
    Unparked,
)
from terminal.case.terms import IDENTIFYING, is_too_late, waits_too_long, within_window
from terminal.case.values import ANEW, BY_STEP, CHECKING, CONFIRMING, Case, Done, Finding, State
from terminal.case.verdict import verdict
from terminal.rules.business import StepName
from terminal.rules.handling import NEVER_EXCEPTED
from terminal.rules.pack import RulePack
from terminal.rules.plan import Required, plan
from terminal.rules.situation import Situation

_Checking = Learned | Joined | Moved | Did | Proved | Failed | Excepted | Resolved
_FIXED = ("business", "on")
"""Facts that make the case what it is."""


class NotNow(Exception):
    """The event does not fit the case; `code` says why and is a message key."""

    def __init__(self, code: str, event: Event, **facts: object) -> None:
        super().__init__(f"{event.kind}: {code}")
        self.code = code
        self.facts = facts


def step(case: Case, event: Event, rules: RulePack) -> Case:
    """The case after `event`, or `NotNow`."""
    if isinstance(event, Opened):
        return _open(case, event, rules)
    if isinstance(event, Ended):
        return _end(case, event, rules)
    if isinstance(event, Parked | Unparked):
        return _park(case, event, rules)
    if case.state is not State.OPEN:
        raise NotNow("case.not_open", event)
    return _on(case, event, rules)


def _on(case: Case, event: _Checking, rules: RulePack) -> Case:
    """What happens while the case is open."""
    match event:
        case Learned() | Joined() | Moved():
            return _learn(case, event, rules)
        case Did():
            return _do(case, event, rules)
        case Proved():
            return _prove(case, event, rules)
        case Failed():
            _turn(case, event, rules)
            if case.tries(event.key) >= rules.handling.max_tries:
                raise NotNow("case.tries_used_up", event)
            return replace(_made(case, event.by), failed=(*case.failed, (event.key, event.code)))
        case Excepted():
            return _except(case, event, rules)
        case Resolved():
            return _resolve(case, event, rules)
        case _:
            assert_never(event)


def _open(case: Case, event: Opened, rules: RulePack) -> Case:
    if case.state not in (State.NONE, State.ENDED):
        raise NotNow("case.another_open", event)
    if (event.packs, event.packs_sha256) != (rules.name, rules.sha256):
        raise NotNow("case.other_rules", event)
    if event.situation.business not in rules.businesses:
        raise NotNow("case.no_such_business", event)
    return Case(
        state=State.OPEN,
        case_id=event.case_id,
        opened_by=event.by,
        opened_at=event.at,
        packs=event.packs,
        packs_sha256=event.packs_sha256,
        situation=event.situation,
        plan=plan(rules, event.situation),
        makers=(event.by,),
    )


def _learn(case: Case, event: Learned | Joined | Moved, rules: RulePack) -> Case:
    """Take up facts; what people confirmed before they were known must be confirmed again."""
    known = _situation(case, event)
    match event:
        case Learned():
            now = event.situation
            if any(getattr(now, name) != getattr(known, name) for name in _FIXED):
                raise NotNow("case.another_business", event)
            if now.channel != known.channel or not {p.id for p in known.parties} <= {
                p.id for p in now.parties
            }:
                raise NotNow("case.facts_lost", event)
        case Joined():
            if known.party(event.party.id) is not None:
                raise NotNow("case.already_joined", event)
            now = known.with_party(event.party)
        case Moved():
            now = replace(known, channel=event.channel)
            case = replace(case, terminal=event.terminal)
    if now == known:
        return _made(case, event.by)
    confirmed = tuple(each for each in case.done if each.step not in CONFIRMING)
    return replace(_made(case, event.by), situation=now, plan=plan(rules, now), done=confirmed)


def _situation(case: Case, event: Event) -> Situation:
    if case.situation is None:
        raise NotNow("case.not_open", event)
    return case.situation


def _turn(case: Case, event: Did | Failed | Excepted, rules: RulePack) -> Required:
    """The demanded step, if it is its turn."""
    required = case.plan.find(event.key) if case.plan else None
    if required is None:
        raise NotNow("case.not_demanded", event)
    if case.is_done(required, rules.families_by_method):
        raise NotNow("case.done_already", event)
    if required not in case.open_steps(rules.families_by_method):
        raise NotNow("case.not_its_turn", event)
    return required


def _do(case: Case, event: Did, rules: RulePack) -> Case:
    required = _turn(case, event, rules)
    demand = required.demand
    if case.plan is not None and case.plan.stops:
        raise NotNow("case.stopped", event)
    if case.tries(event.key) >= rules.handling.max_tries:
        raise NotNow("case.tries_used_up", event)
    if demand.step is StepName.PRECONDITION and event.answer not in demand.answers and not event.findings:
        raise NotNow("case.answer_not_taken", event)
    if demand.step in CHECKING:
        _check_checker(case, event, required)
    done = Done(
        event.key,
        required.step,
        required.party,
        event.by,
        event.at,
        event.method,
        event.answer,
        event.role,
        event.evidence,
    )
    found = tuple(_finding(code, required.party, event.key, rules) for code in event.findings)
    new = tuple(
        each for each in found if each.code not in {f.code for f in case.findings if f.party == each.party}
    )
    proved = ((required.party, event.method),) if event.method and not event.findings else ()
    after = case if demand.step in CHECKING else _made(case, event.by)
    did = replace(
        after, done=(*case.done, done), findings=(*case.findings, *new), proved=(*case.proved, *proved)
    )
    return within_window(did, rules) if done.step in IDENTIFYING else did


def _check_checker(case: Case, event: Did, required: Required) -> None:
    if event.by in case.makers:
        raise NotNow("case.checker_is_maker", event)
    if any(each.by == event.by for each in case.times_done(event.key)):
        raise NotNow("case.same_person_twice", event)
    if any(
        each.by == event.by and each.step is not required.step for each in case.done if each.step in CHECKING
    ):
        raise NotNow("case.same_person_twice", event)  # who reviewed does not approve (B03, P05)
    if required.demand.approvers and event.role not in required.demand.approvers:
        raise NotNow("case.role_may_not", event)


def _finding(code: str, party: str, key: str, rules: RulePack) -> Finding:
    rule = rules.outcome(code)
    return Finding(code, party, key, rule.clause, refuses=rule.decision == "refuse")


def _prove(case: Case, event: Proved, rules: RulePack) -> Case:
    if _situation(case, event).party(event.party) is None:
        raise NotNow("case.no_such_party", event)
    if event.method not in rules.families_by_method or event.method in BY_STEP:
        raise NotNow("case.no_such_method", event)
    return replace(_made(case, event.by), proved=(*case.proved, (event.party, event.method)))


def _except(case: Case, event: Excepted, rules: RulePack) -> Case:
    required = _turn(case, event, rules)
    rule = rules.handling.stand_ins.get(event.reason)
    if required.step in NEVER_EXCEPTED or rule is None or required.step not in rule.steps:
        raise NotNow("case.no_exception", event)
    _second(case, event, event.second, event.second_role, rule.approvers)
    done = Done(
        event.key,
        required.step,
        required.party,
        event.by,
        event.at,
        role=event.second_role,
        evidence=event.evidence,
        excepted=event.reason,
    )
    return replace(_made(case, event.by), done=(*case.done, done))


def _second(case: Case, event: Event, second: str | None, role: str | None, roles: tuple[str, ...]) -> None:
    """Refuse a second person who is the first, made part of the case, or has no such role."""
    if second is None or second == event.by or second in case.makers:
        raise NotNow("case.second_person", event)
    if role not in roles:
        raise NotNow("case.role_may_not", event)


def _resolve(case: Case, event: Resolved, rules: RulePack) -> Case:
    found = next((f for f in case.findings if (f.code, f.party) == (event.finding, event.party)), None)
    if found is None or found.resolved_by is not None:
        raise NotNow("case.no_such_finding", event)
    if found.refuses:
        raise NotNow("case.hard_stop", event)
    if event.by in case.makers:
        raise NotNow("case.checker_is_maker", event)
    if event.role not in rules.handling.resolvers:
        raise NotNow("case.role_may_not", event)
    if event.ground not in rules.handling.resolution_grounds:
        raise NotNow("case.no_ground", event)
    resolved = replace(found, resolved_by=event.by, ground=event.ground)
    return replace(case, findings=tuple(resolved if each is found else each for each in case.findings))


def _park(case: Case, event: Parked | Unparked, rules: RulePack) -> Case:
    if isinstance(event, Parked):
        if case.state is not State.OPEN:
            raise NotNow("case.not_open", event)
        if event.until and is_too_late(event.until, event.at, rules):
            raise NotNow("case.until_too_late", event)
        waiting = replace(
            case, state=State.PARKED, missing=event.missing, parked_until=event.until, parked_at=event.at
        )
        return _made(waiting, event.by)
    if case.state is not State.PARKED:
        raise NotNow("case.not_parked", event)
    if waits_too_long(case.parked_at, event.at, rules):
        raise NotNow("case.parked_too_long", event)
    back = replace(_made(case, event.by), state=State.OPEN, missing=(), parked_until="", parked_at="")
    return replace(
        back,
        done=tuple(each for each in back.done if each.step not in ANEW),
        proved=tuple(each for each in back.proved if each[1] not in BY_STEP),
    )


def _end(case: Case, event: Ended, rules: RulePack) -> Case:
    if case.state not in (State.OPEN, State.PARKED):
        raise NotNow("case.not_open", event)
    match event.ending:
        case Ending.ACCEPTED | Ending.PROVISIONAL | Ending.NOT_NEEDED:
            if case.state is State.PARKED or verdict(case, rules).accepts is not event.ending:
                raise NotNow("case.not_complete", event)
        case Ending.OFFERED:
            if case.plan is None or not any(each.rule.decision == "offer" for each in case.plan.stops):
                raise NotNow("case.nothing_offered", event)
        case Ending.REFUSED:
            _check_refusal(event, rules)
        case Ending.REFERRED | Ending.WITHDRAWN:
            pass
        case _:
            assert_never(event.ending)
    ended = replace(case, state=State.ENDED, ending=event.ending, ground=event.ground, ended_at=event.at)
    return replace(ended, missing=(), parked_until="", parked_at="")


def _check_refusal(event: Ended, rules: RulePack) -> None:
    """A stated ground, and a second person (A08, A09)."""
    if event.ground not in rules.handling.refusal_grounds:
        raise NotNow("case.no_ground", event)
    if event.second is None or event.second == event.by:
        raise NotNow("case.second_person", event)
    if event.second_role not in rules.handling.refusers:
        raise NotNow("case.role_may_not", event)


def _made(case: Case, by: str) -> Case:
    """`by` has a hand in the case now; what they had checked or resolved themselves counts no longer."""
    done = tuple(each for each in case.done if not (each.step in CHECKING and each.by == by))
    findings = tuple(
        replace(each, resolved_by=None, ground="") if each.resolved_by == by else each
        for each in case.findings
    )
    makers = case.makers if by in case.makers else (*case.makers, by)
    return replace(case, done=done, findings=findings, makers=makers)
