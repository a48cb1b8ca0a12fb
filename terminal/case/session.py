"""The whole behaviour of a case: given where it is and what happened, where it goes. Pure.

    IDLE → CONSENT → CARD → FACE → DECIDING → KEEPING → DONE
                └── every stage before DECIDING can break (FAULT) and resume, be cancelled, or be ruled out;
                    KEEPING can break (disk full) and resume; given up there, nothing was decided

An event that does not fit the stage raises `NotNow` and changes nothing, so that a late answer of a
device or a second press of a button can never move a case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from models.api import LiveAnswer
from terminal.case.events import (
    Begun,
    Broke,
    Cancelled,
    CardRead,
    Challenged,
    Compared,
    Consented,
    Decided,
    Declined,
    Event,
    Excused,
    FaceCaptured,
    Kept,
    Resumed,
    Ruled,
    Stumbled,
    Synced,
)
from terminal.case.values import STEP_ORDER, Case, Step, Trouble, doubt_of
from terminal.view import Stage, StepState

OPEN = frozenset({Stage.CONSENT, Stage.CARD, Stage.FACE, Stage.FAULT})
"""Stages in which checking is still going on."""


class NotNow(Exception):
    """The event does not fit the stage the case is in."""

    def __init__(self, case: Case, event: Event) -> None:
        super().__init__(f"{type(event).__name__} does not fit {case.stage}")


def step(case: Case, event: Event) -> Case:
    """The case after `event`, or `NotNow`."""
    match event:
        case Begun():
            return _begin(case, event)
        case Consented() | Declined():
            return _consent(case, event)
        case CardRead():
            return _card(case, event)
        case Challenged() | FaceCaptured() | Compared():
            return _face(case, event)
        case Excused():
            return _excuse(case, event)
        case Stumbled():
            return _stumble(case, event)
        case Broke() | Resumed():
            return _break(case, event)
        case Ruled() | Cancelled():
            return _rule_out(case, event)
        case Decided() | Kept() | Synced():
            return _finish(case, event)
        case _:
            assert_never(event)


def _begin(case: Case, event: Begun) -> Case:
    if case.stage not in (Stage.IDLE, Stage.DONE):
        raise NotNow(case, event)
    wanted = {*event.required, "decision", "record", "sync"}
    steps = tuple(Step(name) for name in STEP_ORDER if name in wanted)
    fresh = Case(
        stage=Stage.CONSENT,
        case_id=event.case_id,
        business=event.business,
        required=event.required,
        prompt="consent.ask",
        steps=steps,
    )
    return _doing(fresh, "consent", event.at_ms)


def _consent(case: Case, event: Consented | Declined) -> Case:
    if case.stage is not Stage.CONSENT:
        raise NotNow(case, event)
    if isinstance(event, Declined):
        refused = _ended(case, "consent", event.at_ms, "consent.declined")
        return _deciding(replace(refused, consent=False), ("consent.declined",), event.at_ms)
    given = replace(
        _ended(case, "consent", event.at_ms),
        consent=True,
        consent_source=event.source,
        consent_version=event.text_version,
        stage=Stage.CARD,
        prompt="card.place",
    )
    return _doing(given, "card", event.at_ms)


def _card(case: Case, event: CardRead) -> Case:
    if case.stage is not Stage.CARD or not case.consent:
        raise NotNow(case, event)
    read = replace(
        _ended(case, "card", event.at_ms),
        card=event.card,
        reader=event.reader,
        findings=event.findings,
        stage=Stage.FACE,
        prompt="face.look",
        tries=0,
    )
    return _doing(read, "face", event.at_ms)


def _face(case: Case, event: Challenged | FaceCaptured | Compared) -> Case:
    if case.stage is not Stage.FACE or case.card is None or not case.consent:
        raise NotNow(case, event)
    if isinstance(event, Challenged):
        prompt = f"challenge.{event.challenge}" if event.challenge else "face.look"
        past = (*case.challenges, event.challenge) if event.challenge else case.challenges
        asked = replace(case, challenge=event.challenge, challenges=past, prompt=prompt)
        return _doing(_ended(asked, "face", event.at_ms), "liveness", event.at_ms)
    if isinstance(event, FaceCaptured):
        code = event.liveness.reasons[0] if event.liveness.reasons else None
        seen = replace(
            _ended(_ended(case, "face", event.at_ms), "liveness", event.at_ms, code),
            liveness=event.liveness,
            camera=event.camera,
            good_frames=event.good_frames,
            challenge=None,
            prompt="match.wait",
        )
        attacked = event.liveness.decision is LiveAnswer.ATTACK
        return seen if attacked else _doing(seen, "match", event.at_ms)
    if case.liveness is None or not event.matches:
        raise NotNow(case, event)
    doubts = (*filter(None, map(doubt_of, event.matches)), *event.findings)
    compared = replace(_ended(case, "match", event.at_ms, next(iter(doubts), None)), matches=event.matches)
    return _deciding(compared, event.findings, event.at_ms)


def _excuse(case: Case, event: Excused) -> Case:
    if case.stage is not Stage.FACE or case.challenge is None:
        raise NotNow(case, event)
    excused = replace(
        case,
        excused=(*case.excused, event.exception),
        left_out=tuple(dict.fromkeys((*case.left_out, *event.left_out))),
        challenge=None,
        prompt="face.look",
    )
    if not event.to_a_person:
        return excused
    code = "liveness.excused"
    return _deciding(_fail_current(excused, event.at_ms, code), (code,), event.at_ms)


def _stumble(case: Case, event: Stumbled) -> Case:
    if case.stage not in (Stage.CARD, Stage.FACE):
        raise NotNow(case, event)
    tried = replace(
        case, tries=case.tries + 1, stumbles=(*case.stumbles, event.code), prompt=event.code, challenge=None
    )
    if tried.tries >= event.max_tries:
        return _deciding(_fail_current(tried, event.at_ms, event.code), (event.code,), event.at_ms)
    return tried


def _break(case: Case, event: Broke | Resumed) -> Case:
    if isinstance(event, Broke):
        if case.stage not in (OPEN | {Stage.KEEPING}) - {Stage.FAULT}:
            raise NotNow(case, event)
        trouble = Trouble(event.code, event.device, event.reference)
        return replace(
            case,
            stage=Stage.FAULT,
            resume=case.stage,
            trouble=trouble,
            troubles=(*case.troubles, trouble),
            challenge=None,
            prompt=None,
        )
    if case.stage is not Stage.FAULT:
        raise NotNow(case, event)
    prompts = {Stage.CONSENT: "consent.ask", Stage.CARD: "card.place", Stage.FACE: "face.look"}
    return replace(case, stage=case.resume, trouble=None, prompt=prompts.get(case.resume), tries=0)


def _rule_out(case: Case, event: Ruled | Cancelled) -> Case:
    if case.stage not in OPEN:
        raise NotNow(case, event)
    if case.resume is Stage.KEEPING:
        return Case()
    findings = event.findings
    if isinstance(event, Cancelled) and case.trouble is not None:
        findings = (case.trouble.code, *findings)
    ended = _fail_current(case, event.at_ms, findings[0]) if findings else case
    return _deciding(ended, findings, event.at_ms)


def _deciding(case: Case, findings: tuple[str, ...], at_ms: int) -> Case:
    merged = tuple(dict.fromkeys((*case.findings, *findings)))
    moved = replace(
        case, stage=Stage.DECIDING, findings=merged, prompt=None, challenge=None, resume=Stage.IDLE
    )
    return _doing(moved, "decision", at_ms)


def _finish(case: Case, event: Decided | Kept | Synced) -> Case:
    match event:
        case Decided() if case.stage is Stage.DECIDING:
            done = replace(
                _ended(_skip_waiting(case), "decision", event.at_ms),
                decision=event.decision,
                reasons=event.findings,
                devices=event.devices,
                stage=Stage.KEEPING,
            )
            return _doing(done, "record", event.at_ms)
        case Kept() if case.stage is Stage.KEEPING:
            kept = replace(_ended(case, "record", event.at_ms), record_id=event.record_id, stage=Stage.DONE)
            return _doing(kept, "sync", event.at_ms)
        case Synced() if case.stage is Stage.DONE and case.synced is not True:
            return replace(_answered(case, event), synced=event.accepted)
        case _:
            raise NotNow(case, event)


def _answered(case: Case, event: Synced) -> Case:
    if not event.accepted:
        return _ended(case, "sync", event.at_ms, "sync.waiting")
    either = (StepState.DOING, StepState.FAILED)
    return _change(case, "sync", either, StepState.DONE, ended_ms=event.at_ms)


def _doing(case: Case, name: str, at_ms: int) -> Case:
    return _change(case, name, (StepState.WAITING,), StepState.DOING, begun_ms=at_ms)


def _ended(case: Case, name: str, at_ms: int, code: str | None = None) -> Case:
    state = StepState.FAILED if code else StepState.DONE
    return _change(case, name, (StepState.DOING,), state, ended_ms=at_ms, code=code)


def _fail_current(case: Case, at_ms: int, code: str) -> Case:
    for current in case.steps:
        if current.state is StepState.DOING:
            case = _ended(case, current.name, at_ms, code)
    return case


def _skip_waiting(case: Case) -> Case:
    for waiting in case.steps:
        if waiting.state is StepState.WAITING and waiting.name not in ("record", "sync"):
            case = _change(case, waiting.name, (StepState.WAITING,), StepState.SKIPPED)
    return case


def _change(
    case: Case,
    name: str,
    expected: tuple[StepState, ...],
    state: StepState,
    *,
    begun_ms: int | None = None,
    ended_ms: int | None = None,
    code: str | None = None,
) -> Case:
    def change(old: Step) -> Step:
        if old.name != name or old.state not in expected:
            return old
        return Step(
            name,
            state,
            old.begun_ms if begun_ms is None else begun_ms,
            old.ended_ms if ended_ms is None else ended_ms,
            code,
        )

    return replace(case, steps=tuple(change(old) for old in case.steps))
