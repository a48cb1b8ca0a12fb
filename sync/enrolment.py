"""One enrolment of a member of staff: what its row is bound to, and what the log says of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.records import canonical, sha256

KEPT, REVOKED = "enrolment.kept", "enrolment.revoked"
"""Kinds of the audit lines."""
SCHEMA = "renzheng.enrolment/1"
COLUMNS = "id, person, engine, part, blob, audit_seq, revoked_seq"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment as it stands in the book."""

    id: str
    person: str
    """Number of the member of staff."""
    engine: str
    """What made the template, with version and hash; templates of another engine cannot be compared."""
    part: str
    """Which finger or eye; empty for a face."""
    audit_seq: int
    """The audit line that tells of it."""
    revoked_seq: int | None
    sealed: bytes | None = field(repr=False)
    """None once revoked."""


def row_digest(id_: str, person: str, engine: str, part: str, blob: bytes) -> str:
    """What the audit line says of a row: nobody can tell person or template from it."""
    return sha256(bound(id_, person, engine, part) + bytes.fromhex(sha256(blob)))


def bound(id_: str, person: str, engine: str, part: str) -> bytes:
    """What a row's bytes belong to, as canonical JSON."""
    return canonical({"id": id_, "person": person, "engine": engine, "part": part, "schema": SCHEMA})
