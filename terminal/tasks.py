"""Follow-ups: what must still be done after a case, by whom, until when, and how it ended.

Values and pure functions. A task carries the rule it was opened under, so that a later pack does not change
what was asked for. It can be closed only by the right person, with an outcome of its kind (requirements G09).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from terminal.calendar import Calendar, Reached
from terminal.rules.tasks import TaskKind


class TaskError(Exception):
    """What may not be done with a task; `code` is a message key.

    Codes: ``task.closed``, ``task.no_outcome``, ``task.other_outcome``, ``task.no_evidence``,
    ``task.not_yours``, ``task.no_owner``, ``task.no_day``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


class TaskState(StrEnum):
    """How far a task is."""

    OPEN = "open"
    ESCALATED = "escalated"
    """Was not closed in time; a higher role has been told."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, and as what."""

    person: str
    """Staff number."""
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended."""

    outcome: str
    by: str
    at: str
    evidence: tuple[str, ...]
    """Names of records or evidence items."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The rule a task was opened under."""

    role: str
    escalates_to: str
    outcomes: tuple[str, ...]
    needs_evidence: tuple[str, ...]
    confidential: bool
    clause: str


@dataclass(frozen=True, slots=True)
class Task:
    """One follow-up. Holds no personal data of customers: the case does."""

    id: str
    kind: str
    case_id: str
    opened_at: str
    """ISO 8601."""
    owner: str
    """Staff number; empty while any holder of `role` may take it."""
    role: str
    due: date
    assumed: bool
    """True when the due day rests on a year whose holidays were not announced yet."""
    reminders: tuple[date, ...]
    terms: Terms
    state: TaskState = TaskState.OPEN
    reminded: tuple[date, ...] = ()
    """Reminders that were given."""
    ending: Ending | None = None
    notes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def outcome(self) -> str:
        """How it ended; empty until then."""
        return self.ending.outcome if self.ending is not None else ""


def open_task(
    kind: str,
    rule: TaskKind,
    calendar: Calendar,
    *,
    id_: str,
    case_id: str,
    now: datetime,
    owner: str = "",
    given: date | None = None,
    note: str = "",
) -> Task:
    """A new task of `kind`, due as `rule` says; `now` in local time, `given` the day some kinds count from.

    `note` holds no personal data. TaskError ``task.no_day`` when there must be a given day and is none.
    """
    start = now.date() if rule.counted_from == "opening" else given
    if start is None:
        raise TaskError("task.no_day", kind=kind)
    due = _due(rule, calendar, start)
    return Task(
        id=id_,
        kind=kind,
        case_id=case_id,
        opened_at=now.isoformat(timespec="seconds"),
        owner=owner,
        role=rule.role,
        due=due.day,
        assumed=due.assumed,
        reminders=_reminders(rule, calendar, due.day, now.date()),
        terms=_terms(rule),
        notes=_noted((), note),
    )


def overdue(task: Task, on: date) -> bool:
    """True when it should have been closed before `on`."""
    return task.state is not TaskState.CLOSED and on > task.due


def reminders_due(task: Task, on: date) -> tuple[date, ...]:
    """Reminders to give on `on`, those of days without a working terminal among them."""
    if task.state is TaskState.CLOSED:
        return ()
    return tuple(each for each in task.reminders if each <= on and each not in task.reminded)


def remind(task: Task, on: date) -> Task:
    """The task with all reminders up to `on` given; the same one when none is due."""
    due = reminders_due(task, on)
    return replace(task, reminded=(*task.reminded, *due)) if due else task


def escalate(task: Task, on: date) -> Task:
    """The task in the hands of the higher role once it is overdue; the same one otherwise."""
    if task.state is not TaskState.OPEN or not overdue(task, on):
        return task
    return replace(task, state=TaskState.ESCALATED, role=task.terms.escalates_to, owner="")


def may_see(task: Task, who: Doer) -> bool:
    """True when `who` may know of it: anybody, unless it is confidential (requirement T05)."""
    named = bool({task.role, task.terms.role, task.terms.escalates_to} & who.roles)
    return not task.terms.confidential or named or _owns(task, who)


def may_act(task: Task, who: Doer) -> bool:
    """True for its owner, for a holder of its role while it has none, and for who it escalates to."""
    nobody = not task.owner and task.role in who.roles
    return _owns(task, who) or nobody or task.terms.escalates_to in who.roles


def assign(task: Task, owner: str, by: Doer, note: str = "") -> Task:
    """The task given to `owner`. TaskError ``task.closed``, ``task.no_owner``, ``task.not_yours``."""
    _refuse_strangers(task, by)
    if not owner.strip():
        raise TaskError("task.no_owner")
    return replace(task, owner=owner.strip(), notes=_noted(task.notes, note))


def close(task: Task, outcome: str, by: Doer, evidence: Iterable[str], now: datetime, note: str = "") -> Task:
    """The task, ended.

    TaskError ``task.closed``, ``task.not_yours``, ``task.no_outcome`` for an empty outcome,
    ``task.other_outcome`` for one its kind does not know, ``task.no_evidence`` where that must be named.
    """
    _refuse_strangers(task, by)
    chosen = outcome.strip()
    named = tuple(each.strip() for each in evidence if each.strip())
    if not chosen:
        raise TaskError("task.no_outcome", outcomes=", ".join(task.terms.outcomes))
    if chosen not in task.terms.outcomes:
        raise TaskError("task.other_outcome", outcomes=", ".join(task.terms.outcomes))
    if chosen in task.terms.needs_evidence and not named:
        raise TaskError("task.no_evidence", outcome=chosen)
    ending = Ending(chosen, by.person, now.isoformat(timespec="seconds"), named)
    return replace(task, state=TaskState.CLOSED, ending=ending, notes=_noted(task.notes, note))


def in_order(tasks: Iterable[Task], on: date) -> tuple[Task, ...]:
    """Overdue ones first, then by due day; closed ones last."""
    return tuple(
        sorted(
            tasks,
            key=lambda each: (each.state is TaskState.CLOSED, not overdue(each, on), each.due, each.id),
        )
    )


def as_json(task: Task) -> dict[str, Any]:
    """The task as JSON values; `from_json` makes it again."""
    plain = asdict(task)
    dates = {name: [each.isoformat() for each in plain[name]] for name in ("reminders", "reminded")}
    return {**plain, **dates, "due": task.due.isoformat(), "state": task.state.value}


def from_json(kept: Mapping[str, Any]) -> Task:
    """A task as it was kept; ValueError, KeyError or TypeError for what is none."""
    terms, ending = kept["terms"], kept["ending"]
    lists = {name: tuple(terms[name]) for name in ("outcomes", "needs_evidence")}
    dates = {name: tuple(map(date.fromisoformat, kept[name])) for name in ("reminders", "reminded")}
    changed = {
        **dates,
        "due": date.fromisoformat(kept["due"]),
        "state": TaskState(kept["state"]),
        "terms": Terms(**{**terms, **lists}),
        "ending": Ending(**{**ending, "evidence": tuple(ending["evidence"])}) if ending else None,
        "notes": tuple(kept["notes"]),
    }
    return Task(**{**kept, **changed})


def _terms(rule: TaskKind) -> Terms:
    return Terms(
        rule.role, rule.escalates_to, rule.outcomes, rule.needs_evidence, rule.confidential, rule.clause
    )


def _reminders(rule: TaskKind, calendar: Calendar, due: date, today: date) -> tuple[date, ...]:
    """Days on which the owner is reminded; those before today are past."""
    before = (calendar.working_days_before(due, each).day for each in rule.remind_before)
    return tuple(sorted({each for each in before if each >= today}))


def _due(rule: TaskKind, calendar: Calendar, start: date) -> Reached:
    if rule.unit == "working_days":
        return calendar.add_working_days(start, rule.term)
    return calendar.add_working_days(_months_on(start, rule.term), 0)


def _months_on(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _owns(task: Task, who: Doer) -> bool:
    return bool(task.owner) and task.owner == who.person


def _refuse_strangers(task: Task, by: Doer) -> None:
    if task.state is TaskState.CLOSED:
        raise TaskError("task.closed")
    if not by.person or not may_act(task, by):
        raise TaskError("task.not_yours", role=task.role)


def _noted(notes: tuple[str, ...], note: str) -> tuple[str, ...]:
    return (*notes, note.strip()) if note.strip() else notes
