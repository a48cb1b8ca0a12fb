"""Opening sealed evidence: only for the centre's operator, who holds the private key."""

from __future__ import annotations

from sqlalchemy import select

from sync.centre import tables
from sync.centre.desk import Desk
from sync.centre.errors import Code, Refusal
from sync.records import SealedEvidence, sha256
from sync.seal import unseal_evidence


def names(desk: Desk, record_id: str) -> list[str]:
    """The evidence items the centre has of a record."""
    table = tables.evidence
    question = select(table.c.name).where(table.c.record_id == record_id).order_by(table.c.name)
    return desk.book.read(lambda connection: list(connection.execute(question).scalars()))


def open_evidence(desk: Desk, record_id: str, name: str) -> bytes:
    """The plain bytes of one item.

    Refusal ``centre.not_found`` when there is none, ``centre.evidence_altered`` when it is not what the
    record names; `sync.errors.SealBroken` when it does not open.
    """
    _, stored = desk.record(record_id)
    ref = next((ref for ref in stored.record.evidence if ref.name == name), None)
    table = tables.evidence
    question = select(table.c.blob).where(table.c.record_id == record_id, table.c.name == name)
    blob = desk.book.read(lambda connection: connection.execute(question).scalar_one_or_none())
    if ref is None or blob is None:
        raise Refusal(Code.NOT_FOUND)
    plain = unseal_evidence(SealedEvidence(name=name, blob=blob), record_id, desk.keys.sealing)
    if sha256(plain) != ref.sha256_plain:
        raise Refusal(Code.EVIDENCE_ALTERED, {"name": name})
    return plain
