"""One event in the life of a follow-up: what its row says, and what the log says of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.records import canonical, sha256

SCHEMA = "renzheng.task/1"
PREFIX = "task."
"""Stands before the event's name in the audit line."""
COLUMNS = "audit_seq, task_id, number, what, body"


class What(enum.StrEnum):
    """What happened to a follow-up."""

    OPENED = "opened"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ASSIGNED = "assigned"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """An event as it stands in the book."""

    audit_seq: int
    task_id: str
    number: int
    """1 for the opening, then one more each time."""
    what: What
    body: Mapping[str, Any] = field(repr=False)
    """The task as it was afterwards."""


def row_digest(task_id: str, number: int, what: str, body: str) -> str:
    """What the audit line says of a row: the row can be checked by it, and nothing read from it."""
    named = {"id": task_id, "number": number, "what": what, "body": sha256(body.encode()), "schema": SCHEMA}
    return sha256(canonical(named))
