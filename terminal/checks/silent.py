"""Hands what the watch lists found to the role that examines it, and to nobody else (T02, T04)."""

from __future__ import annotations

from terminal.calendar import Calendar
from terminal.checks.lists import Hit, Verdict
from terminal.rules.tasks import TaskRules
from terminal.task_desk import TaskDesk
from terminal.tasks import Task

KIND = "list_hit"
"""The follow-up in the rules' section on tasks."""


def report_hits(
    desk: TaskDesk, rules: TaskRules, calendar: Calendar, case_id: str, verdict: Verdict
) -> tuple[Task, ...]:
    """A confidential follow-up for each role that `verdict` names; none when the case goes on.

    It names lists, entries and how they agree. Confidential whatever the pack says. Errors as in
    `TaskDesk.open`.
    """
    rule = rules.kinds.get(KIND)
    made = []
    for role in verdict.roles:
        kinds = rules.kinds
        if rule is not None:
            mine = rule.model_copy(update={"role": role, "confidential": True})
            kinds = {**rules.kinds, KIND: mine}
        opened = rules.model_copy(update={"kinds": kinds})
        made.append(desk.open(KIND, opened, calendar, case_id, note=_told(verdict)))
    return tuple(made)


def _told(verdict: Verdict) -> str:
    hits = [_line(hit) for hit in verdict.hits]
    lacking = [f"no list of the kind {kind} in force" for kind in verdict.lacking]
    return "; ".join([verdict.action.value, *hits, *lacking])


def _line(hit: Hit) -> str:
    how = f"{hit.how.value} {hit.score}, birth {hit.birth.value}"
    return f"{hit.list_id} {hit.entry_id}: {hit.sure.value}, {how}"
