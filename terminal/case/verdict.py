"""Which endings a case has come to, and why. Pure; acceptance is never a default.

Accepting needs every demanded step done, in order and by different people where the rules say so, no fact
unknown, nobody missing, no stop, and no finding that stands. The case and its rules alone say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from terminal.case.events import Ending
from terminal.case.values import Case, State
from terminal.rules.business import StepName
from terminal.rules.pack import RulePack

UNAVAILABLE = "unavailable"
"""The centre could not be asked; where the rules let the case go on all the same, it must confirm later."""
_IDENTIFYING = (StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a case as it stands."""

    accepts: Ending | None
    """ACCEPTED, PROVISIONAL or NOT_NEEDED; None while something stands against it."""
    against: tuple[tuple[str, str], ...]
    """(what, clause) for everything that does."""
    refuses: bool
    """Something no person may set aside."""


def verdict(case: Case, rules: RulePack) -> Verdict:
    """The verdict on `case` by `rules`, which are those it was opened by."""
    against = tuple(dict.fromkeys(_against(case, rules)))
    refuses = any(each.refuses for each in case.findings) or _stopped(case)
    if against or case.state in (State.NONE, State.ENDED):
        return Verdict(None, against, refuses)
    return Verdict(_accepting(case), (), False)


def _stopped(case: Case) -> bool:
    return case.plan is not None and any(each.rule.decision == "refuse" for each in case.plan.stops)


def _against(case: Case, rules: RulePack) -> Iterator[tuple[str, str]]:
    plan = case.plan
    if plan is None:
        yield ("case.not_opened", "A01")
        return
    for stop in plan.stops:
        yield (stop.rule.finding, stop.rule.clause)
    for seat in plan.seats:
        yield (f"party.{seat}", rules.businesses[plan.business].clause)
    for fact in plan.unknown:
        yield (f"unknown.{fact}", "A07")
    for missing in case.missing_steps(rules.families_by_method):
        yield (f"missing.{missing.key}", missing.demand.clause)
    for finding in case.unresolved():
        yield (finding.code, finding.clause)
    yield from _unidentified(case)


def _unidentified(case: Case) -> Iterator[tuple[str, str]]:
    """Whoever must be identified was, by a document and by comparing them with it, whatever else (A01)."""
    plan = case.plan
    required = plan.required if plan else ()
    for step in _IDENTIFYING:
        for party in {each.party for each in required if each.step is step}:
            if not any(done.step is step and done.party == party for done in case.done):
                yield (f"missing.{party}.{step.value}", "A01")


def _accepting(case: Case) -> Ending:
    plan = case.plan
    if plan is None or not any(each.step in _IDENTIFYING for each in plan.required):
        return Ending.NOT_NEEDED
    if any(each.answer == UNAVAILABLE for each in case.done):
        return Ending.PROVISIONAL
    return Ending.ACCEPTED
