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
from terminal.holder.events import (
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
from terminal.holder.values import STEP_ORDER, HolderCheck, Step, Trouble, doubt_of
from terminal.view import Stage, StepState

OPEN = frozenset({Stage.CONSENT, Stage.CARD, Stage.FACE, Stage.FAULT})
"""Stages in which checking is still going on."""


class NotNow(Exception):
    """The event does not fit the stage the case is in."""

    def __init__(self, holder: HolderCheck, event: Event) -> None:
        super().__init__(f"{type(event).__name__} does not fit {holder.stage}")


def step(holder: HolderCheck, event: Event) -> HolderCheck:
    """The case after `event`, or `NotNow`."""
    match event:
        case Begun():
            return _begin(holder, event)
        case Consented() | Declined():
            return _consent(holder, event)
        case CardRead():
            return _card(holder, event)
        case Challenged() | FaceCaptured() | Compared():
            return _face(holder, event)
        case Excused():
            return _excuse(holder, event)
        case Stumbled():
            return _stumble(holder, event)
        case Broke() | Resumed():
            return _break(holder, event)
        case Ruled() | Cancelled():
            return _rule_out(holder, event)
        case Decided() | Kept() | Synced():
            return _finish(holder, event)
        case _:
            assert_never(event)


def _begin(holder: HolderCheck, event: Begun) -> HolderCheck:
    if holder.stage not in (Stage.IDLE, Stage.DONE):
        raise NotNow(holder, event)
    wanted = {*event.required, "decision", "record", "sync"}
    steps = tuple(Step(name) for name in STEP_ORDER if name in wanted)
    fresh = HolderCheck(
        stage=Stage.CONSENT,
        case_id=event.case_id,
        business=event.business,
        required=event.required,
        prompt="consent.ask",
        steps=steps,
    )
    return _doing(fresh, "consent", event.at_ms)


def _consent(holder: HolderCheck, event: Consented | Declined) -> HolderCheck:
    if holder.stage is not Stage.CONSENT:
        raise NotNow(holder, event)
    if isinstance(event, Declined):
        refused = _ended(holder, "consent", event.at_ms, "consent.declined")
        return _deciding(replace(refused, consent=False), ("consent.declined",), event.at_ms)
    given = replace(
        _ended(holder, "consent", event.at_ms),
        consent=True,
        consent_source=event.source,
        consent_version=event.text_version,
        stage=Stage.CARD,
        prompt="card.place",
    )
    return _doing(given, "card", event.at_ms)


def _card(holder: HolderCheck, event: CardRead) -> HolderCheck:
    if holder.stage is not Stage.CARD or not holder.consent:
        raise NotNow(holder, event)
    read = replace(
        _ended(holder, "card", event.at_ms),
        card=event.card,
        reader=event.reader,
        findings=event.findings,
        stage=Stage.FACE,
        prompt="face.look",
        tries=0,
    )
    return _doing(read, "face", event.at_ms)


def _face(holder: HolderCheck, event: Challenged | FaceCaptured | Compared) -> HolderCheck:
    if holder.stage is not Stage.FACE or holder.card is None or not holder.consent:
        raise NotNow(holder, event)
    if isinstance(event, Challenged):
        prompt = f"challenge.{event.challenge}" if event.challenge else "face.look"
        past = (*holder.challenges, event.challenge) if event.challenge else holder.challenges
        asked = replace(holder, challenge=event.challenge, challenges=past, prompt=prompt)
        return _doing(_ended(asked, "face", event.at_ms), "liveness", event.at_ms)
    if isinstance(event, FaceCaptured):
        code = event.liveness.reasons[0] if event.liveness.reasons else None
        seen = replace(
            _ended(_ended(holder, "face", event.at_ms), "liveness", event.at_ms, code),
            liveness=event.liveness,
            camera=event.camera,
            good_frames=event.good_frames,
            challenge=None,
            prompt="match.wait",
        )
        attacked = event.liveness.decision is LiveAnswer.ATTACK
        return seen if attacked else _doing(seen, "match", event.at_ms)
    if holder.liveness is None or not event.matches:
        raise NotNow(holder, event)
    doubts = (*filter(None, map(doubt_of, event.matches)), *event.findings)
    compared = replace(_ended(holder, "match", event.at_ms, next(iter(doubts), None)), matches=event.matches)
    return _deciding(compared, event.findings, event.at_ms)


def _excuse(holder: HolderCheck, event: Excused) -> HolderCheck:
    if holder.stage is not Stage.FACE or holder.challenge is None:
        raise NotNow(holder, event)
    excused = replace(
        holder,
        excused=(*holder.excused, event.exception),
        left_out=tuple(dict.fromkeys((*holder.left_out, *event.left_out))),
        challenge=None,
        prompt="face.look",
    )
    if not event.to_a_person:
        return excused
    code = "liveness.excused"
    return _deciding(_fail_current(excused, event.at_ms, code), (code,), event.at_ms)


def _stumble(holder: HolderCheck, event: Stumbled) -> HolderCheck:
    if holder.stage not in (Stage.CARD, Stage.FACE):
        raise NotNow(holder, event)
    tried = replace(
        holder,
        tries=holder.tries + 1,
        stumbles=(*holder.stumbles, event.code),
        prompt=event.code,
        challenge=None,
    )
    if tried.tries >= event.max_tries:
        return _deciding(_fail_current(tried, event.at_ms, event.code), (event.code,), event.at_ms)
    return tried


def _break(holder: HolderCheck, event: Broke | Resumed) -> HolderCheck:
    if isinstance(event, Broke):
        if holder.stage not in (OPEN | {Stage.KEEPING}) - {Stage.FAULT}:
            raise NotNow(holder, event)
        trouble = Trouble(event.code, event.device, event.reference)
        return replace(
            holder,
            stage=Stage.FAULT,
            resume=holder.stage,
            trouble=trouble,
            troubles=(*holder.troubles, trouble),
            challenge=None,
            prompt=None,
        )
    if holder.stage is not Stage.FAULT:
        raise NotNow(holder, event)
    prompts = {Stage.CONSENT: "consent.ask", Stage.CARD: "card.place", Stage.FACE: "face.look"}
    return replace(holder, stage=holder.resume, trouble=None, prompt=prompts.get(holder.resume), tries=0)


def _rule_out(holder: HolderCheck, event: Ruled | Cancelled) -> HolderCheck:
    if holder.stage not in OPEN:
        raise NotNow(holder, event)
    if holder.resume is Stage.KEEPING:
        return HolderCheck()
    findings = event.findings
    if isinstance(event, Cancelled) and holder.trouble is not None:
        findings = (holder.trouble.code, *findings)
    ended = _fail_current(holder, event.at_ms, findings[0]) if findings else holder
    return _deciding(ended, findings, event.at_ms)


def _deciding(holder: HolderCheck, findings: tuple[str, ...], at_ms: int) -> HolderCheck:
    merged = tuple(dict.fromkeys((*holder.findings, *findings)))
    moved = replace(
        holder, stage=Stage.DECIDING, findings=merged, prompt=None, challenge=None, resume=Stage.IDLE
    )
    return _doing(moved, "decision", at_ms)


def _finish(holder: HolderCheck, event: Decided | Kept | Synced) -> HolderCheck:
    match event:
        case Decided() if holder.stage is Stage.DECIDING:
            done = replace(
                _ended(_skip_waiting(holder), "decision", event.at_ms),
                decision=event.decision,
                reasons=event.findings,
                devices=event.devices,
                stage=Stage.KEEPING,
            )
            return _doing(done, "record", event.at_ms)
        case Kept() if holder.stage is Stage.KEEPING:
            kept = replace(_ended(holder, "record", event.at_ms), record_id=event.record_id, stage=Stage.DONE)
            return _doing(kept, "sync", event.at_ms)
        case Synced() if holder.stage is Stage.DONE and holder.synced is not True:
            return replace(_answered(holder, event), synced=event.accepted)
        case _:
            raise NotNow(holder, event)


def _answered(holder: HolderCheck, event: Synced) -> HolderCheck:
    if not event.accepted:
        return _ended(holder, "sync", event.at_ms, "sync.waiting")
    either = (StepState.DOING, StepState.FAILED)
    return _change(holder, "sync", either, StepState.DONE, ended_ms=event.at_ms)


def _doing(holder: HolderCheck, name: str, at_ms: int) -> HolderCheck:
    return _change(holder, name, (StepState.WAITING,), StepState.DOING, begun_ms=at_ms)


def _ended(holder: HolderCheck, name: str, at_ms: int, code: str | None = None) -> HolderCheck:
    state = StepState.FAILED if code else StepState.DONE
    return _change(holder, name, (StepState.DOING,), state, ended_ms=at_ms, code=code)


def _fail_current(holder: HolderCheck, at_ms: int, code: str) -> HolderCheck:
    for current in holder.steps:
        if current.state is StepState.DOING:
            holder = _ended(holder, current.name, at_ms, code)
    return holder


def _skip_waiting(holder: HolderCheck) -> HolderCheck:
    for waiting in holder.steps:
        if waiting.state is StepState.WAITING and waiting.name not in ("record", "sync"):
            holder = _change(holder, waiting.name, (StepState.WAITING,), StepState.SKIPPED)
    return holder


def _change(
    holder: HolderCheck,
    name: str,
    expected: tuple[StepState, ...],
    state: StepState,
    *,
    begun_ms: int | None = None,
    ended_ms: int | None = None,
    code: str | None = None,
) -> HolderCheck:
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

    return replace(holder, steps=tuple(change(old) for old in holder.steps))
