"""What waits for one approver: the demands they may answer now, the most urgent first (B08, B09). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from terminal.people.approvals import Approval, eligible, stage
from terminal.people.operator import Allowed, Operator, Workplace
from terminal.people.roles import Role


@dataclass(frozen=True, slots=True)
class Waiting:
    """One demand, as whom they would answer, and until when before it goes further."""

    approval: Approval
    role: Role
    ends: datetime
    is_escalated: bool
    """Nobody answered at the first step."""


def waiting_for(
    approvals: Iterable[Approval], operator: Operator, place: Workplace, now: datetime
) -> tuple[Waiting, ...]:
    """The demands `operator` may answer in `place` now."""
    found = []
    for each in approvals:
        allowed, reached = eligible(each, operator, place, now), stage(each, now)
        if isinstance(allowed, Allowed) and reached is not None:
            escalated = len(reached.steps) > 1
            found.append(Waiting(each, allowed.entitlement.role, reached.ends, escalated))
    return tuple(sorted(found, key=lambda waiting: (waiting.ends, waiting.approval.id)))
