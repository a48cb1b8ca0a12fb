"""What the centre is still owed, and when to try again.

The schedule is stored, so that it survives power loss: tries, when to try next, why the last try failed.
Waiting grows with full jitter (a random share of a doubling, capped span), so that a branch whose line comes
back does not knock all at once. A rejected record goes to a person, never round again by itself; no record
waits for another one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from sync.audit import body_text
from sync.errors import Conflict, Misused
from sync.records import Outcome, Receipt, canonical
from sync.store import Store

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 50
DOUBLINGS = 30
"""Beyond this many tries the span is capped anyway, and the power would only overflow."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait; see settings ``sync.first_wait_seconds`` and ``sync.longest_wait_seconds``."""

    first_seconds: float = 2.0
    longest_seconds: float = 900.0

    def span_seconds(self, tries: int) -> float:
        """The longest wait after `tries` failures (1 or more)."""
        doubled = self.first_seconds * 2.0 ** min(max(tries - 1, 0), DOUBLINGS)
        return min(self.longest_seconds, doubled)

    def wait_seconds(self, tries: int, chance: random.Random) -> float:
        """Full jitter: anything from nothing to the whole span."""
        return chance.uniform(0.0, self.span_seconds(tries))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record the centre has not acknowledged yet."""

    record_id: str
    tries: int
    next_at: datetime
    tried_at: datetime | None
    code: str
    """Message key of the last failure; empty before the first try."""

    def facts(self, now: datetime) -> Mapping[str, object]:
        """Why it is still here, for the text of `code`."""
        ago = None if self.tried_at is None else max(0, round((now - self.tried_at).total_seconds()))
        wait = max(0, round((self.next_at - now).total_seconds()))
        return {"tries": self.tries, "tried_seconds_ago": ago, "next_in_seconds": wait, "code": self.code}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record the centre refused; a person has to look."""

    record_id: str
    code: str
    """The centre's reason, a message key."""
    facts: Mapping[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records are where, for the status strip."""

    waiting: int = 0
    rejected: int = 0
    accepted: int = 0


class Outbox:
    """The outbox rows of a book. Errors as in `Store.keep`."""

    def __init__(
        self, store: Store, backoff: Backoff | None = None, chance: random.Random | None = None
    ) -> None:
        self._store = store
        self._backoff = backoff or Backoff()
        self._chance = chance or random.SystemRandom()

    def due(self, now: datetime, limit: int = MOST_AT_ONCE) -> tuple[str, ...]:
        """Ids to send now, longest due first.

        A time further ahead than any wait can be means that the clock was set back: due at once.
        """
        at = _ms(now)
        sql = """SELECT record_id FROM outbox JOIN record ON record.id = record_id
            WHERE state = 'waiting' AND (next_at_ms <= ? OR next_at_ms > ?)
            ORDER BY next_at_ms > ?, next_at_ms, audit_seq LIMIT ?"""
        rows = self._store.database.rows(sql, (at, at + self._longest_ms(), at, limit))
        return tuple(row[0] for row in rows)

    def next_due(self, now: datetime) -> datetime | None:
        """When something is due next, `now` at the earliest; None when nothing waits."""
        sql = "SELECT next_at_ms FROM outbox WHERE state = 'waiting' ORDER BY next_at_ms"
        rows = self._store.database.rows(sql)
        if not rows:
            return None
        times = [at if at <= _ms(now) + self._longest_ms() else 0 for (at,) in rows]
        return max(now, _moment(min(times)))

    def sent(self, receipt: Receipt, now: datetime | None = None) -> None:
        """Keep the centre's word, whose signature the caller has checked; the same word twice is harmless.

        Accepted and already-have settle the record; rejected hands it to a person. Conflict when the receipt
        is about a record this book does not have, or about other contents (``outbox.other_record``).
        """
        kept = self._store.record(receipt.record_id)
        if kept is None:
            raise Conflict("outbox.unknown_record")
        if receipt.outcome is not Outcome.REJECTED and kept.audit.body_sha256 != receipt.record_sha256:
            raise Conflict("outbox.other_record", line=kept.audit.seq)
        if self._settled_as(receipt):
            return
        rejected = receipt.outcome is Outcome.REJECTED
        body = {"record_id": receipt.record_id, "outcome": receipt.outcome.value, "reason": receipt.reason}
        with self._store.unit_with_note("record.rejected" if rejected else "record.sent", body):
            text = canonical(receipt.model_dump(mode="json")).decode()
            row = {"record_id": receipt.record_id, "outcome": receipt.outcome.value, "body": text}
            self._store.database.insert("receipt", row)
            state = "rejected" if rejected else "accepted"
            self._settle(receipt.record_id, state, receipt.reason, receipt.facts, now)
        log.info("outbox.settled", outcome=receipt.outcome.value, reason=receipt.reason)

    def failed(self, record_id: str, code: str, now: datetime) -> Waiting:
        """Sending did not work (`code` says why): wait, longer each time. Misused unless it is waiting."""
        with self._store.unit():
            before = self._waiting("AND record_id = ?", (record_id,))
            if not before:
                raise Misused("store.misused", reason="no such record is waiting")
            tries = before[0].tries + 1
            wait = timedelta(seconds=self._backoff.wait_seconds(tries, self._chance))
            self._store.database.rows(
                "UPDATE outbox SET tries = ?, next_at_ms = ?, tried_at_ms = ?, code = ? WHERE record_id = ?",
                (tries, _ms(now + wait), _ms(now), code, record_id),
            )
        return Waiting(record_id, tries, _moment(_ms(now + wait)), _moment(_ms(now)), code)

    def reject(self, record_id: str, code: str, facts: Mapping[str, Any], now: datetime) -> None:
        """Hand a record that can never be sent as it is to a person. Misused as in `failed`."""
        body = {"record_id": record_id, "outcome": "unsendable", "reason": code}
        with self._store.unit_with_note("record.rejected", body):
            if not self._waiting("AND record_id = ?", (record_id,)):
                raise Misused("store.misused", reason="no such record is waiting")
            self._settle(record_id, "rejected", code, facts, now)

    def retry(self, record_id: str, person: str) -> None:
        """A person (staff number) sends a rejected record again. Misused unless it is rejected."""
        with self._store.unit_with_note("record.retried", {"record_id": record_id, "by": person}):
            sql = "SELECT 1 FROM outbox WHERE record_id = ? AND state = 'rejected'"
            if not self._store.database.rows(sql, (record_id,)):
                raise Misused("store.misused", reason="no such record is rejected")
            self._store.database.rows(
                "UPDATE outbox SET state = 'waiting', tries = 0, next_at_ms = 0, settled_at_ms = NULL "
                "WHERE record_id = ?",
                (record_id,),
            )

    def hurry(self) -> None:
        """The line is back: everything that waits is due now; the tries are remembered."""
        with self._store.unit():
            self._store.database.rows("UPDATE outbox SET next_at_ms = 0 WHERE state = 'waiting'")

    def waiting(self, limit: int = 1000) -> tuple[Waiting, ...]:
        """Records not yet acknowledged, oldest first."""
        return self._waiting("ORDER BY audit_seq LIMIT ?", (limit,))

    def rejected(self, limit: int = 1000) -> tuple[Rejected, ...]:
        """Records a person has to look at, oldest first."""
        sql = """SELECT record_id, code, facts, settled_at_ms FROM outbox
            JOIN record ON record.id = record_id WHERE state = 'rejected' ORDER BY audit_seq LIMIT ?"""
        rows = self._store.database.rows(sql, (limit,))
        return tuple(
            Rejected(id_, code, json.loads(facts), _moment(at or 0)) for id_, code, facts, at in rows
        )

    def tally(self) -> Tally:
        """How many records are in which state."""
        rows = self._store.database.rows("SELECT state, count(*) FROM outbox GROUP BY state")
        return Tally(**{state: int(count) for state, count in rows})

    def receipt(self, record_id: str) -> Receipt | None:
        """The centre's last word about a record."""
        sql = "SELECT body FROM receipt WHERE record_id = ? ORDER BY number DESC LIMIT 1"
        rows = self._store.database.rows(sql, (record_id,))
        return Receipt.model_validate_json(rows[0][0]) if rows else None

    def _waiting(self, rest: str, parameters: tuple[Any, ...]) -> tuple[Waiting, ...]:
        sql = f"""SELECT record_id, tries, next_at_ms, tried_at_ms, code FROM outbox
            JOIN record ON record.id = record_id WHERE state = 'waiting' {rest}"""
        return tuple(
            Waiting(id_, tries, _moment(next_), None if tried is None else _moment(tried), code)
            for id_, tries, next_, tried, code in self._store.database.rows(sql, parameters)
        )

    def _settled_as(self, receipt: Receipt) -> bool:
        """The record is settled in this way already: nothing to write."""
        state = "rejected" if receipt.outcome is Outcome.REJECTED else "accepted"
        sql = "SELECT 1 FROM outbox WHERE record_id = ? AND (state = ? OR state = 'accepted')"
        return bool(self._store.database.rows(sql, (receipt.record_id, state)))

    def _settle(
        self, record_id: str, state: str, code: str, facts: Mapping[str, Any], now: datetime | None
    ) -> None:
        at = _ms(now or self._store.clock())
        self._store.database.rows(
            "UPDATE outbox SET state = ?, settled_at_ms = ?, code = ?, facts = ? WHERE record_id = ?",
            (state, at, code, body_text(facts), record_id),
        )

    def _longest_ms(self) -> int:
        return round(self._backoff.longest_seconds * 1000)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
