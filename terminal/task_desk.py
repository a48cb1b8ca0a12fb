"""Keeps follow-ups in the book: opens them by the rules, reminds and escalates, closes.

The shell around `terminal.tasks`; every change is one event in the book (`sync.tasks_book`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from uuid_utils import uuid7

from sync.task_event import What
from sync.tasks_book import TasksBook
from terminal import tasks
from terminal.calendar import Calendar
from terminal.rules.tasks import TaskRules
from terminal.tasks import Doer, Task, TaskError

Clock = Callable[[], datetime]


def local_now() -> datetime:
    """The wall clock, with the zone of this machine: due days are days here."""
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Held:
    """A task and the number of its newest event."""

    task: Task
    number: int


class TaskDesk:
    """All follow-ups of one book. Not for several threads at once."""

    def __init__(self, book: TasksBook, clock: Clock = local_now) -> None:
        self._book = book
        self._clock = clock

    def open(
        self,
        kind: str,
        rules: TaskRules,
        calendar: Calendar,
        case_id: str,
        *,
        owner: str = "",
        given: date | None = None,
        note: str = "",
    ) -> Task:
        """Open and keep a task of `kind`; parameters as in `tasks.open_task`.

        TaskError ``task.unknown_kind``, else as `tasks.open_task`; errors of the book as `Store.keep`.
        """
        rule = rules.kinds.get(kind)
        if rule is None:
            raise TaskError("task.unknown_kind", kind=kind)
        made = tasks.open_task(
            kind,
            rule,
            calendar,
            id_=str(uuid7()),
            case_id=case_id,
            now=self._clock(),
            owner=owner,
            given=given,
            note=note,
        )
        self._book.add(made.id, 0, What.OPENED, tasks.as_json(made))
        return made

    def all(self, who: Doer, *, closed: bool = False) -> tuple[Task, ...]:
        """What `who` may see, overdue first; with `closed` those that have ended as well."""
        seen = (held.task for held in self._held() if tasks.may_see(held.task, who))
        wanted = (each for each in seen if closed or each.state is not tasks.TaskState.CLOSED)
        return tasks.in_order(wanted, self._clock().date())

    def find(self, start: str, who: Doer) -> Held:
        """The task whose id begins with `start`.

        TaskError ``task.unknown``, also for a confidential one that `who` may not know of, and
        ``task.ambiguous``.
        """
        seen = [each for each in self._held() if each.task.id.startswith(start)]
        found = [each for each in seen if tasks.may_see(each.task, who)]
        if not found or not start:
            raise TaskError("task.unknown")
        if len(found) > 1:
            raise TaskError("task.ambiguous", count=len(found))
        return found[0]

    def sweep(self) -> tuple[Task, ...]:
        """Give reminders that are due and escalate what is overdue; the tasks that changed.

        To be called at start and once a day; calling it more often changes nothing.
        """
        today = self._clock().date()
        changed = []
        for held in self._held():
            now = held
            for what, step in ((What.REMINDED, tasks.remind), (What.ESCALATED, tasks.escalate)):
                after = step(now.task, today)
                if after is not now.task:
                    now = self._keep(now, what, after)
            if now is not held:
                changed.append(now.task)
        return tuple(changed)

    def assign(self, held: Held, owner: str, by: Doer, note: str = "") -> Task:
        """Give a task to `owner`; TaskError as `tasks.assign`, Conflict ``task.changed``."""
        return self._keep(held, What.ASSIGNED, tasks.assign(held.task, owner, by, note)).task

    def close(self, held: Held, outcome: str, by: Doer, evidence: Sequence[str] = (), note: str = "") -> Task:
        """End a task; TaskError as `tasks.close`, Conflict ``task.changed``."""
        ended = tasks.close(held.task, outcome, by, evidence, self._clock(), note)
        return self._keep(held, What.CLOSED, ended).task

    def _held(self) -> tuple[Held, ...]:
        return tuple(Held(tasks.from_json(each.body), each.number) for each in self._book.newest())

    def _keep(self, held: Held, what: What, after: Task) -> Held:
        kept = self._book.add(after.id, held.number, what, tasks.as_json(after))
        return Held(after, kept.number)
