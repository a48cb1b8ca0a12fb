"""Follow-ups in the book: every event a row that is never changed, each with its audit line.

This module sees tasks as JSON; what they mean is `terminal.tasks`. A task's newest event holds it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from sync.audit import body_text
from sync.errors import Conflict
from sync.store import Store
from sync.task_event import COLUMNS, PREFIX, TaskEvent, What, row_digest

log = structlog.get_logger(__name__)


class TasksBook:
    """The follow-ups of a book."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, task_id: str, after: int, what: What, body: Mapping[str, Any]) -> TaskEvent:
        """Keep the event that follows event number `after` (0: none) of a task; on disk when this returns.

        Conflict ``task.changed`` when another event was kept meanwhile, or the task is closed. Errors
        otherwise as in `Store.keep`.
        """
        text, number = body_text(body), after + 1
        logged = {
            "id": task_id,
            "number": number,
            "row_sha256": row_digest(task_id, number, what.value, text),
        }
        with self._store.unit_with_note(PREFIX + what.value, logged) as line:
            newest = self._found("WHERE task_id = ? ORDER BY number DESC LIMIT 1", (task_id,))
            before = newest[0].number if newest else 0
            if before != after or (newest and newest[0].what is What.CLOSED):
                raise Conflict("task.changed", number=before)
            row = {"audit_seq": line.seq, "task_id": task_id, "number": number}
            self._store.database.insert("task_event", {**row, "what": what.value, "body": text})
        log.info("task.event", what=what.value, seq=line.seq)
        return TaskEvent(line.seq, task_id, number, what, dict(body))

    def newest(self) -> tuple[TaskEvent, ...]:
        """The newest event of every task, oldest task first."""
        last = "SELECT task_id, max(number) FROM task_event GROUP BY task_id"
        return self._found(f"WHERE (task_id, number) IN ({last}) ORDER BY task_id")

    def history(self, task_id: str) -> tuple[TaskEvent, ...]:
        """All events of one task, in order; empty when there is none."""
        return self._found("WHERE task_id = ? ORDER BY number", (task_id,))

    def _found(self, rest: str, parameters: Sequence[Any] = ()) -> tuple[TaskEvent, ...]:
        rows = self._store.database.rows(f"SELECT {COLUMNS} FROM task_event {rest}", parameters)
        return tuple(
            TaskEvent(seq, id_, number, What(what), json.loads(body)) for seq, id_, number, what, body in rows
        )
