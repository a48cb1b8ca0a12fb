"""Departures from soft rules: who, why, and a second person; counted for every operator (A09, A10). Pure.

What may be departed from at all is a list in the rules; whatever is not on it is hard for everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from terminal.people.approvals import Approval, Standing, standing
from terminal.people.errors import PeopleError
from terminal.rules.people import OverrideRules

LADDER = "override"
"""Kind of the demand that approves one."""


@dataclass(frozen=True, slots=True)
class Override:
    """One finding that was set aside."""

    case_id: str
    finding: str
    operator: str
    approvers: tuple[str, ...]
    reason: str
    at: datetime

    def line(self) -> dict[str, object]:
        """Body of the audit line ``case.override``."""
        who = {"operator": self.operator, "approvers": list(self.approvers)}
        return {"case_id": self.case_id, "finding": self.finding, "reason": self.reason, **who}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One customer who was refused, by whom and on what ground."""

    operator: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """One case that was finished, whatever became of it."""

    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What one operator did in a period."""

    operator: str
    cases: int
    refusals: int
    overrides: int
    reasons: Mapping[str, int]
    """Reasons of overrides and refusals, and how often each was given."""
    approved: int
    """Overrides of others they approved."""

    @property
    def override_rate(self) -> float | None:
        """Overrides a case; None without cases."""
        return self.overrides / self.cases if self.cases else None

    @property
    def refusal_rate(self) -> float | None:
        """Refusals a case; None without cases."""
        return self.refusals / self.cases if self.cases else None


def may_override(finding: str, rules: OverrideRules) -> bool:
    """True for a finding of a soft rule, or one of its family (``card.doubt.sex`` of ``card.doubt``)."""
    return any(finding == soft or finding.startswith(f"{soft}.") for soft in rules.findings)


def about(case_id: str, finding: str) -> str:
    """What a demand for an override is about."""
    return f"{case_id} {finding}"


def override(
    case_id: str, finding: str, reason: str, approval: Approval, rules: OverrideRules, now: datetime
) -> Override:
    """The override that a granted demand allows its first maker.

    PeopleError ``override.hard``, ``override.reason``, ``override.not_granted``, ``override.other_case``.
    """
    if not may_override(finding, rules):
        raise PeopleError("override.hard", finding=finding)
    if reason not in rules.reasons:
        raise PeopleError("override.reason")
    if approval.kind != LADDER or standing(approval, now) is not Standing.GRANTED:
        raise PeopleError("override.not_granted")
    if approval.about != about(case_id, finding):
        raise PeopleError("override.other_case")
    approvers = tuple(each.person for each in approval.grants)
    return Override(case_id, finding, approval.makers[0], approvers, reason, now)


def tally(
    events: Iterable[Override | Refusal | Served], since: datetime, until: datetime
) -> tuple[Tally, ...]:
    """What each operator did from `since` until just before `until`, by staff number."""
    held = [each for each in events if since <= each.at < until]
    overrides = [each for each in held if isinstance(each, Override)]
    refusals = [each for each in held if isinstance(each, Refusal)]
    departures: list[Override | Refusal] = [*overrides, *refusals]
    cases = Counter(each.operator for each in held if isinstance(each, Served))
    approved = Counter(person for each in overrides for person in each.approvers)
    people = {each.operator for each in held} | approved.keys()
    return tuple(
        Tally(
            person,
            cases[person],
            sum(each.operator == person for each in refusals),
            sum(each.operator == person for each in overrides),
            _reasons(each for each in departures if each.operator == person),
            approved[person],
        )
        for person in sorted(people)
    )


def conspicuous(events: Iterable[Override], rules: OverrideRules, now: datetime) -> tuple[str, ...]:
    """Operators with so many overrides lately that their supervisor is told (B09)."""
    since = now - timedelta(days=rules.alarm_days)
    counted = Counter(each.operator for each in events if since <= each.at <= now)
    return tuple(sorted(person for person, count in counted.items() if count >= rules.alarm_count))


def _reasons(departures: Iterable[Override | Refusal]) -> dict[str, int]:
    return dict(sorted(Counter(each.reason for each in departures).items()))
