"""Whether a handed-over case may be taken over here: everything but whose signature it bears. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from terminal.case.docket import Noted, RulesNamed, was_handed_over
from terminal.case.events import Event, Opened, as_json
from terminal.case.replay import NotBegun, moments
from terminal.case.session import NotNow
from terminal.case.values import Case, State
from terminal.handover.bundle import Handover, events_of, moment
from terminal.handover.errors import HandoverError
from terminal.rules.errors import RuleError


@dataclass(frozen=True, slots=True)
class Here:
    """What a terminal knows when a case comes to it."""

    terminal_id: str
    now: datetime
    rules: RulesNamed
    events: Noted
    handed: Noted
    taken: Noted


@dataclass(frozen=True, slots=True)
class Admitted:
    """A case that may be taken over."""

    case: Case
    new: tuple[Event, ...]
    """Those of its events that are not in the log here yet."""


def admit(handover: Handover, here: Here) -> Admitted:
    """The case as it comes out of its events by its own rules. HandoverError:

    ``handover.not_for_here``, ``handover.expired``, ``handover.too_long`` (it outlasts what its rules allow),
    ``handover.taken_already``, ``handover.other_rules``, ``handover.unreadable``,
    ``handover.does_not_replay``, ``handover.not_the_holder``, ``handover.diverged``.
    """
    if handover.to not in ("", here.terminal_id):
        raise HandoverError("handover.not_for_here", to=handover.to)
    if handover.expired(here.now):
        raise HandoverError("handover.expired", expires=handover.expires)
    if any(line.get("handover") == handover.id for line in here.taken):
        raise HandoverError("handover.taken_already")
    _check_rules(handover, here.rules)
    events = events_of(handover)
    case = _replayed(handover, events, here.rules)
    if case.terminal not in ("", handover.terminal):
        raise HandoverError("handover.not_the_holder", holder=case.terminal)
    return Admitted(case, _new(handover, events, here))


def _check_rules(handover: Handover, rules: RulesNamed) -> None:
    try:
        lasts = timedelta(minutes=rules(handover.packs_sha256).handling.handover_minutes)
    except RuleError:
        raise HandoverError("handover.other_rules", packs=handover.packs) from None
    if moment(handover.expires) - moment(handover.at) > lasts:
        raise HandoverError("handover.too_long", minutes=int(lasts.total_seconds() // 60))


def _replayed(handover: Handover, events: tuple[Event, ...], rules: RulesNamed) -> Case:
    opening = events[0] if events else None
    if not isinstance(opening, Opened) or (opening.case_id, opening.packs_sha256) != (
        handover.case_id,
        handover.packs_sha256,
    ):
        raise HandoverError("handover.does_not_replay", number=1, cause="case.not_opened")
    case, number = Case(), 0
    try:
        for each in moments(events, rules):
            case, number = each.case, number + 1
    except NotNow as error:
        raise HandoverError("handover.does_not_replay", number=number + 1, cause=error.code) from None
    except (NotBegun, RuleError):
        raise HandoverError("handover.does_not_replay", number=number + 1, cause="case.not_opened") from None
    if case.state not in (State.OPEN, State.PARKED) or case.case_id != handover.case_id:
        raise HandoverError("handover.does_not_replay", number=number, cause="case.not_open")
    return case


def _new(handover: Handover, events: tuple[Event, ...], here: Here) -> tuple[Event, ...]:
    """Without those this terminal knows from when it had the case itself."""
    known: list[Mapping[str, Any]] = [
        line["event"] for line in here.events if line.get("case_id") == handover.case_id
    ]
    given = [as_json(each) for each in events]
    away = was_handed_over(handover.case_id, here.events, here.handed)
    if known and (not away or known != given[: len(known)]):
        raise HandoverError("handover.diverged")
    return events[len(known) :]
