"""The roll of operators in the book: who they are, their sealed secrets, and their tries.

An operator is a chain of versions, none ever changed or deleted, each with maker and checker (B12). A secret
is sealed (`sync.row_seal`) and bound to its person; ended, it loses its bytes for good and keeps its row.
Tries are kept one by one, so that a lock follows from the log and cannot be lifted by changing a number.
Each row has its audit line, which names staff numbers and nothing else of a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from sync.audit import body_text
from sync.errors import Conflict, SealBroken
from sync.row_seal import RowSeal
from sync.staff_row import (
    CHANGED,
    SCHEMA,
    SECRET_KEPT,
    Entry,
    Try,
    TryOutcome,
    bound,
    entry_digest,
    secret_digest,
)
from sync.store import Store

log = structlog.get_logger(__name__)


class StaffRoll:
    """The roll of a book; `secret` is the terminal's (32 bytes), which is kept apart from the book."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._seal = RowSeal(secret, SCHEMA)

    def put(
        self,
        person: str,
        body: Mapping[str, Any],
        by: tuple[str, str],
        told: Mapping[str, Any],
        *,
        ends_secret: bool = False,
    ) -> Entry:
        """Add a version of `person`, made and checked `by` two people; on disk when this returns.

        `told` goes into the audit line. With `ends_secret` their secret is destroyed in the same breath.
        Conflict when `by` is one person twice. Other errors as in `Store.keep`.
        """
        maker, checker = by
        if maker == checker:
            raise Conflict("operator.one_person")
        text = body_text(body)
        digest = entry_digest(person, maker, checker, text)
        named = {"person": person, "maker": maker, "checker": checker, "row_sha256": digest}
        with self._store.unit_with_note(CHANGED, {**told, **named, "ends_secret": ends_secret}) as line:
            row = {"audit_seq": line.seq, "person": person, "maker": maker, "checker": checker, "body": text}
            self._store.database.insert("operator", row)
            if ends_secret:
                self._end_secret(person, line.seq)
        log.info("operator.changed", seq=line.seq)
        return Entry(line.seq, person, maker, checker, json.loads(text))

    def entries(self) -> tuple[Entry, ...]:
        """The newest version of everybody who ever was on the roll, by staff number."""
        newest = "audit_seq IN (SELECT max(audit_seq) FROM operator GROUP BY person)"
        return self._entries(f"WHERE {newest} ORDER BY person")

    def entry(self, person: str) -> Entry | None:
        """The newest version of one person."""
        found = self._entries("WHERE person = ? ORDER BY audit_seq DESC LIMIT 1", (person,))
        return found[0] if found else None

    def history(self, person: str) -> tuple[Entry, ...]:
        """All versions of one person, oldest first."""
        return self._entries("WHERE person = ? ORDER BY audit_seq", (person,))

    def keep_secret(self, person: str, secret: bytes, told: Mapping[str, Any]) -> None:
        """Seal and keep a secret in place of the one before; `told` goes into the audit line."""
        blob = self._seal.seal(secret, bound(person))
        body = {**told, "person": person, "row_sha256": secret_digest(person, blob)}
        with self._store.unit_with_note(SECRET_KEPT, body) as line:
            self._end_secret(person, line.seq)
            row = {"audit_seq": line.seq, "person": person, "blob": blob}
            self._store.database.insert("operator_secret", row)
        log.info("operator.secret_kept", seq=line.seq)

    def secret(self, person: str) -> bytearray | None:
        """What is kept for `person`, for the caller to wipe; SealBroken when it was altered."""
        sql = "SELECT audit_seq, blob FROM operator_secret WHERE person = ? AND ended_seq IS NULL"
        for seq, blob in self._store.database.rows(sql, (person,)):
            opened = self._seal.open(blob, bound(person))
            if opened is None:
                raise SealBroken("operator.altered", line=seq)
            return opened
        return None

    def secrets_ever(self) -> int:
        """How many secrets were ever kept, ended ones among them."""
        return int(self._store.database.rows("SELECT count(*) FROM operator_secret")[0][0])

    def tried(self, person: str, outcome: TryOutcome, told: Mapping[str, Any]) -> None:
        """Note one attempt of `person`; `told` goes into the audit line."""
        with self._store.unit_with_note(outcome.kind, {**told, "person": person}) as line:
            row = {"audit_seq": line.seq, "person": person, "outcome": outcome.value}
            self._store.database.insert("operator_try", row)

    def refused_since(self, person: str) -> tuple[Try, ...]:
        """The refused attempts of `person` since the last that was admitted or the last unlocking."""
        others = "FROM operator_try WHERE person = ?1 AND outcome <> 'refused'"
        sql = (
            "SELECT outcome, at FROM operator_try JOIN audit ON seq = audit_seq "
            f"WHERE person = ?1 AND audit_seq > (SELECT coalesce(max(audit_seq), 0) {others}) "
            "ORDER BY audit_seq"
        )
        return tuple(
            Try(TryOutcome(outcome), datetime.fromisoformat(at))
            for outcome, at in self._store.database.rows(sql, (person,))
        )

    def note(self, kind: str, told: Mapping[str, Any]) -> None:
        """An audit line of its own; `told` names staff numbers at most."""
        self._store.note(kind, told)

    def _end_secret(self, person: str, seq: int) -> None:
        sql = "UPDATE operator_secret SET blob = NULL, ended_seq = ? WHERE person = ? AND ended_seq IS NULL"
        self._store.database.rows(sql, (seq, person))

    def _entries(self, rest: str, parameters: Sequence[Any] = ()) -> tuple[Entry, ...]:
        columns = "audit_seq, person, maker, checker, body"
        rows = self._store.database.rows(f"SELECT {columns} FROM operator {rest}", parameters)
        return tuple(
            Entry(seq, person, maker, checker, json.loads(body)) for seq, person, maker, checker, body in rows
        )
