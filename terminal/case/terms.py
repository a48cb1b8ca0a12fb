"""Times that a case must keep: everybody identified within a window, nobody waiting beyond a term. Pure.

Times are those of the events (`at`), so that a case told again keeps the same ones. A clock that jumped
prolongs nothing: what lies apart is judged by the distance, whichever way it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from terminal.case.values import BY_STEP, Case
from terminal.rules.business import StepName
from terminal.rules.pack import RulePack

IDENTIFYING = frozenset({StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK})


def within_window(case: Case, rules: RulePack) -> Case:
    """Without identifications that lie further from the newest than the business allows (E11)."""
    window = rules.businesses[case.situation.business].window_minutes if case.situation else None
    identified = [each for each in case.done if each.step in IDENTIFYING]
    if window is None or not identified:
        return case
    newest = moment(identified[-1].at)
    late = {each.party for each in identified if abs(newest - moment(each.at)) > timedelta(minutes=window)}
    if not late:
        return case
    return replace(
        case,
        done=tuple(each for each in case.done if not (each.step in IDENTIFYING and each.party in late)),
        proved=tuple(each for each in case.proved if not (each[0] in late and each[1] in BY_STEP)),
    )


def waits_too_long(parked_at: str, at: str, rules: RulePack) -> bool:
    """True when a case parked at the one moment may no longer go on at the other (Q04)."""
    return abs(moment(at) - moment(parked_at)) > timedelta(days=rules.handling.parked_days)


def is_too_late(until: str, at: str, rules: RulePack) -> bool:
    """True for an appointment beyond the term of a case parked at `at`, or before that day."""
    day, today = date.fromisoformat(until[:10]), moment(at).date()
    return not timedelta(days=-1) <= day - today <= timedelta(days=rules.handling.parked_days)


def moment(at: str) -> datetime:
    """The moment of an event. ValueError when it is none."""
    return datetime.fromisoformat(at)
