"""How a case is handled when it does not go straight: tries, exceptions, resolutions, refusals."""

from __future__ import annotations

from pydantic import Field

from terminal.rules.business import StepName
from terminal.rules.part import Clause, Tighter, tighter

NEVER_EXCEPTED = frozenset(
    {
        StepName.IDENTITY_DOCUMENT,
        StepName.WATCH_LIST,
        StepName.CONSENT,
        StepName.PARTY,
        StepName.METHODS,
        StepName.REVIEW,
        StepName.APPROVAL,
    }
)
"""Steps nothing can stand in for (A02, A10, T02)."""


class StandIn(Clause):
    """A reason why a step cannot be done, and who must agree that something stands in (F05, J09, Q02)."""

    steps: tuple[StepName, ...] = tighter(Tighter.FEWER, "Steps it can be a reason for", min_length=1)
    approvers: tuple[str, ...] = tighter(Tighter.FEWER, "Roles of the second person", min_length=1)
    opens_task: str | None = Field(None, description="Kind of follow-up that is opened with it")


class HandlingRules(Clause):
    """Tries, exceptions, resolutions and refusals."""

    max_tries: int = tighter(
        Tighter.LOWER, "Tries of one step; then something else must stand in", ge=1, le=10
    )
    stand_ins: dict[str, StandIn] = Field(description="By reason")
    resolvers: tuple[str, ...] = tighter(Tighter.FEWER, "Roles that may resolve a finding", min_length=1)
    resolution_grounds: tuple[str, ...] = tighter(Tighter.FEWER, "The list of grounds", min_length=1)
    refusers: tuple[str, ...] = tighter(
        Tighter.FEWER, "Roles of the second person to a refusal", min_length=1
    )
    refusal_grounds: tuple[str, ...] = tighter(Tighter.FEWER, "The list of grounds (A09)", min_length=1)
    parked_days: int = tighter(Tighter.LOWER, "A parked case may wait this many days", ge=1, le=90)
    handover_minutes: int = tighter(
        Tighter.LOWER, "A case that was handed over must be taken over within this time", ge=1, le=1440
    )
