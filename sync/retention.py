"""Forgets sealed evidence once the centre has it and a time of grace is over; results stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from sync.store import Store

log = structlog.get_logger(__name__)

RECORDS_AT_ONCE = 100
"""A unit stays short, so that a case never waits for tidying up."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was let go of."""

    records: int = 0
    items: int = 0
    sealed_bytes: int = 0


def forget(store: Store, grace: timedelta, now: datetime) -> Forgotten:
    """Delete the evidence of records the centre acknowledged `grace` ago or earlier, and log which.

    Takes at most `RECORDS_AT_ONCE` records; call again while it returns any. Errors as in `Store.keep`.
    """
    before_ms = round((now - grace).timestamp() * 1000)
    rows = store.database.rows(
        """SELECT record_id, count(*), sum(length(blob)) FROM evidence
        JOIN outbox USING (record_id) JOIN record ON record.id = record_id
        WHERE state = 'accepted' AND settled_at_ms <= ?
        GROUP BY record_id ORDER BY audit_seq LIMIT ?""",
        (before_ms, RECORDS_AT_ONCE),
    )
    if not rows:
        return Forgotten()
    done = Forgotten(len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows))
    body = {"records": [row[0] for row in rows], "items": done.items, "sealed_bytes": done.sealed_bytes}
    with store.unit_with_note("evidence.forgotten", body):
        for record_id, *_ in rows:
            store.database.rows("DELETE FROM evidence WHERE record_id = ?", (record_id,))
    log.info("evidence.forgotten", records=done.records, items=done.items)
    return done
