"""Enrolments of staff: sealed references of their templates, each kept and revoked with an audit line.

What is sealed is already veiled by whoever made it (ISO/IEC 24745, see `docs/privacy.md`); this module sees
bytes. They are sealed with AES-256-GCM under a key of their own, derived from the book's, and bound to
enrolment, person, engine and part, so that a row given another name no longer opens. A revoked enrolment
loses its bytes for good (``secure_delete``) and keeps its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from uuid_utils import uuid7

from sync.enrolment import COLUMNS, KEPT, REVOKED, SCHEMA, Enrolment, bound, row_digest
from sync.errors import SealBroken
from sync.row_seal import RowSeal
from sync.store import Store

log = structlog.get_logger(__name__)


class Enrolments:
    """The enrolments of a book; `secret` is the terminal's (32 bytes), which is kept apart from the book."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._seal = RowSeal(secret, SCHEMA)

    def keep(self, person: str, engine: str, part: str, reference: bytes) -> Enrolment:
        """Seal and keep a new enrolment; on disk when this returns. Errors as in `Store.keep`."""
        id_ = str(uuid7())
        blob = self._seal.seal(reference, bound(id_, person, engine, part))
        digest = row_digest(id_, person, engine, part, blob)
        with self._store.unit_with_note(KEPT, {"id": id_, "row_sha256": digest}) as line:
            made = Enrolment(id_, person, engine, part, line.seq, None, blob)
            self._store.database.insert("enrolment", _row(made))
        log.info("enrolment.kept", seq=line.seq)
        return made

    def all(self, *, revoked: bool = False) -> tuple[Enrolment, ...]:
        """Every enrolment that holds, oldest first; with `revoked` those that no longer hold as well."""
        where = "" if revoked else "WHERE revoked_seq IS NULL"
        return self._found(f"{where} ORDER BY audit_seq")

    def of(self, person: str) -> tuple[Enrolment, ...]:
        """Those of one person that hold."""
        return self._found("WHERE person = ? AND revoked_seq IS NULL ORDER BY audit_seq", (person,))

    def open(self, enrolment: Enrolment) -> bytearray:
        """What was sealed; the caller wipes it. SealBroken if revoked, altered, or of another book."""
        if enrolment.sealed is None:
            raise SealBroken("enrolment.revoked", line=enrolment.audit_seq)
        named = bound(enrolment.id, enrolment.person, enrolment.engine, enrolment.part)
        opened = self._seal.open(enrolment.sealed, named)
        if opened is None:
            raise SealBroken("enrolment.altered", line=enrolment.audit_seq)
        return opened

    def revoke(self, enrolment: Enrolment, reason: str) -> None:
        """Destroy the template and note it; revoking twice is harmless. `reason` holds no personal data."""
        body = {"id": enrolment.id, "reason": reason}
        if not self._found("WHERE id = ? AND revoked_seq IS NULL", (enrolment.id,)):
            return
        with self._store.unit_with_note(REVOKED, body) as line:
            sql = "UPDATE enrolment SET blob = NULL, revoked_seq = ? WHERE id = ?"
            self._store.database.rows(sql, (line.seq, enrolment.id))
        log.info("enrolment.revoked", seq=line.seq)

    def _found(self, rest: str, parameters: Sequence[Any] = ()) -> tuple[Enrolment, ...]:
        rows = self._store.database.rows(f"SELECT {COLUMNS} FROM enrolment {rest}", parameters)
        return tuple(
            Enrolment(id_, person, engine, part, seq, revoked, blob)
            for id_, person, engine, part, blob, seq, revoked in rows
        )


def _row(made: Enrolment) -> dict[str, Any]:
    return {
        "id": made.id,
        "audit_seq": made.audit_seq,
        "person": made.person,
        "engine": made.engine,
        "part": made.part,
        "blob": made.sealed,
    }
