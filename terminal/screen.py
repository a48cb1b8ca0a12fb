"""A case as what a screen shows: masks the number, picks the actions, names findings by their codes. Pure."""

from __future__ import annotations

from types import MappingProxyType

from drivers.api import CardKind, IdCard
from drivers.card.nations import nation
from models.api import Match
from terminal.holder.values import HolderCheck, Step
from terminal.pictures import Pictures
from terminal.view import (
    Action,
    CardView,
    PairView,
    Result,
    Shown,
    Snapshot,
    Stage,
    Status,
    StepState,
    StepView,
)

_VISIBLE_HEAD, _VISIBLE_TAIL = 6, 4
_NEEDED = MappingProxyType({Stage.CARD: "card_reader", Stage.FACE: "camera"})
"""The kind of device that a stage works with, and by which one that fails is named."""
_ACTIONS: dict[Stage, tuple[Action, ...]] = {
    Stage.IDLE: (Action.BEGIN,),
    Stage.CONSENT: (Action.CONSENT, Action.DECLINE, Action.CANCEL),
    Stage.CARD: (Action.CANCEL,),
    Stage.FACE: (Action.CANCEL,),
    Stage.DECIDING: (),
    Stage.KEEPING: (),
    Stage.DONE: (Action.FINISH,),
    Stage.FAULT: (Action.RETRY, Action.CANCEL),
}


def draw(
    holder: HolderCheck,
    pictures: Pictures,
    status: Status,
    max_tries: int,
    rule_pack: str,
    trouble: Shown | None,
) -> Snapshot:
    """The whole screen for `case`."""
    return Snapshot(
        stage=holder.stage,
        case_id=holder.case_id,
        business=f"business.{holder.business}" if holder.business else "",
        prompt=Shown(holder.prompt) if holder.prompt else None,
        challenge=holder.challenge.value if holder.challenge else None,
        tries=holder.tries,
        max_tries=max_tries,
        steps=tuple(_step(each, holder.stage) for each in holder.steps),
        card=card_view(holder.card) if holder.card else None,
        chip_photo=pictures.chip_photo,
        live_face=pictures.live_face,
        result=_result(holder, rule_pack),
        shown=trouble or _trouble(holder),
        actions=_actions(holder),
        status=status,
    )


def _actions(holder: HolderCheck) -> tuple[Action, ...]:
    offered = _ACTIONS[holder.stage]
    return offered if holder.challenge is None else (Action.CANNOT_DO, *offered)


def mask(number: str) -> str:
    """A document number with its middle hidden: six in front and four behind stay readable."""
    hidden = len(number) - _VISIBLE_HEAD - _VISIBLE_TAIL
    if hidden <= 0:
        return number[:2] + "*" * max(len(number) - 2, 0)
    return number[:_VISIBLE_HEAD] + "*" * hidden + number[-_VISIBLE_TAIL:]


def card_view(card: IdCard) -> CardView:
    """Card data for the teller."""
    valid_to = "long_term" if card.long_term else card.valid_to.isoformat() if card.valid_to else ""
    return CardView(
        kind=f"card_kind.{card.kind.value}",
        name=card.name,
        latin_name=card.latin_name,
        sex=f"sex.{card.sex.value}",
        nation=_nation(card),
        birth=card.birth.isoformat() if card.birth else "",
        address=card.address,
        number_masked=mask(card.number),
        issuer=card.issuer,
        valid_from=card.valid_from.isoformat() if card.valid_from else "",
        valid_to=valid_to,
        doubts=card.doubts,
    )


def _nation(card: IdCard) -> str:
    if card.kind is not CardKind.RESIDENT:
        return card.nationality
    entry = nation(card.nation)
    return entry.chinese if entry else card.nation


def _step(step: Step, stage: Stage) -> StepView:
    shown = Shown(step.code) if step.code else None
    interrupted = stage is Stage.FAULT and step.state is StepState.DOING
    state = StepState.PAUSED if interrupted else step.state
    return StepView(f"step.{step.name}", state, step.elapsed_ms, shown)


def _trouble(holder: HolderCheck) -> Shown | None:
    if holder.trouble is None:
        return None
    facts = {"device": holder.trouble.device, "kind": _NEEDED.get(holder.resume, "")}
    return Shown(holder.trouble.code, facts, holder.trouble.reference)


def _result(holder: HolderCheck, rule_pack: str) -> Result | None:
    if holder.decision is None:
        return None
    match = holder.match
    decided = holder.step("decision")
    return Result(
        decision=holder.decision,
        reasons=tuple(Shown(finding, {"clause": clause}) for finding, clause in holder.reasons),
        record_id=holder.record_id,
        synced=holder.synced is True,
        score=match.score if match else None,
        threshold=match.threshold if match else None,
        refer_from=match.refer_threshold if match else None,
        false_match_rate=match.false_match_rate if match else None,
        interval=match.interval if match else None,
        liveness=holder.liveness.decision.value if holder.liveness else None,
        rule_pack=rule_pack,
        elapsed_ms=decided.ended_ms or 0 if decided else 0,
        pairs=tuple(map(_pair, holder.matches)),
    )


def _pair(match: Match) -> PairView:
    return PairView(
        photo=f"photo_kind.{match.photo_kind.value}",
        other=f"photo_kind.{match.other_kind.value}",
        answer=f"answer.{match.decision.value}",
        score=match.score,
        threshold=match.threshold,
    )
