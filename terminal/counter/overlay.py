"""Lays what is asked, and the whole case in hand, over the screen of the check of one person. Pure."""

from __future__ import annotations

from dataclasses import replace

from terminal.asking import Ask
from terminal.caseview import CaseView, ParkedCase
from terminal.view import Action, Snapshot, Stage


def overlaid(
    snapshot: Snapshot,
    view: CaseView | None,
    ask: Ask | None,
    parked: tuple[ParkedCase, ...],
    operator: str,
    *,
    checking: bool,
    passes: bool,
) -> Snapshot:
    """The whole screen; `checking`: a person is before reader and camera now; `passes`: cases can be handed
    over here."""
    signed_in = bool(operator)
    staffed = replace(snapshot, operator=operator, case=view)
    leaving = (Action.LOCK, Action.SIGN_OUT) if signed_in and view is None else (Action.LOCK,) * signed_in
    if ask is not None:
        lock = leaving if ask.can_lock else ()
        return replace(_plain(staffed, view), stage=Stage.ASKING, ask=ask, actions=lock)
    if view is None:
        if snapshot.stage not in (Stage.IDLE, Stage.DONE):
            return staffed
        idle = snapshot.stage is Stage.IDLE
        shown = parked if idle else ()
        return replace(staffed, parked=shown, passes=passes and idle, actions=(*snapshot.actions, *leaving))
    if checking and snapshot.stage is not Stage.DONE:
        return replace(staffed, case_id=view.case_id)
    stage, actions = (Stage.DONE, (Action.FINISH,)) if view.end is not None else (Stage.WORKING, ())
    return replace(_plain(staffed, view), stage=stage, actions=actions)


def _plain(snapshot: Snapshot, view: CaseView | None) -> Snapshot:
    """Without what the last check of a person left on the screen."""
    return replace(
        snapshot,
        case_id=view.case_id if view else snapshot.case_id,
        prompt=None,
        challenge=None,
        steps=(),
        card=None,
        chip_photo=None,
        live_face=None,
        result=None,
    )
