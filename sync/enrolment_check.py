"""Checks the enrolments of a book: each is the one that was logged, and none was slipped in or lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sync.enrolment import COLUMNS, KEPT, REVOKED, row_digest
from sync.findings import Part
from sync.look import Look


@dataclass(frozen=True, slots=True)
class EnrolmentCheck:
    """The checks of table ``enrolment``."""

    look: Look

    def enrolments(self) -> None:
        """Every row has its audit line, every audit line its row, and what is revoked was revoked."""
        kept = {(seq, body["id"]): body.get("row_sha256") for seq, body in self._bodies(KEPT)}
        revoked = {body["id"]: seq for seq, body in self._bodies(REVOKED)}
        for id_, *named, blob, seq, revoked_seq in self.look.database.stream(
            f"SELECT {COLUMNS} FROM enrolment ORDER BY audit_seq"
        ):
            logged = kept.pop((seq, id_), None)
            if logged is None:
                self.look.found(Part.ENROLMENT, "unlogged", id_)
            elif revoked.get(id_) != revoked_seq or (
                revoked_seq is None and not _is(logged, id_, named, blob)
            ):
                self.look.found(Part.ENROLMENT, "altered", id_, line=seq)
        for seq, id_ in kept:
            self.look.found(Part.ENROLMENT, "missing", id_, line=seq)

    def _bodies(self, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Bodies of the audit lines of one kind; those that cannot be read are the log's own finding."""
        for seq, text in self.look.database.rows("SELECT seq, body FROM audit WHERE kind = ?", (kind,)):
            try:
                body = json.loads(text)
            except (TypeError, ValueError):
                continue
            if isinstance(body, dict) and isinstance(body.get("id"), str):
                yield seq, body


def _is(logged: object, id_: str, named: list[object], blob: object) -> bool:
    """The row is the one that was logged."""
    person, engine, part = map(str, named)
    return isinstance(blob, bytes) and row_digest(id_, person, engine, part, blob) == logged
