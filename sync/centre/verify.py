"""Re-verifies everything the centre keeps and names what is not as it was received."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from sync.audit import FIRST, NO_HASH
from sync.centre import tables, terminals
from sync.centre.checks import Terminal, check_chain, check_id, check_integrity
from sync.centre.desk import Desk
from sync.centre.errors import Code, Refusal
from sync.keys import verifies
from sync.records import (
    AuditLine,
    AuditReceipt,
    CentreIdentity,
    Envelope,
    Receipt,
    Record,
    SealedEvidence,
    head_bytes,
)

RECORD_KEPT = '"kind":"record.kept"'
"""As it stands in a stored line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was received."""

    what: str
    """``record``, ``receipt``, ``audit`` or ``head``."""
    where: str
    """Record id, or terminal id and seq."""
    code: str
    """Message code of the check that failed."""
    detail: str = ""
    """Which part, when one can be named."""


@dataclass(frozen=True, slots=True)
class Report:
    """How much was checked, and what was found."""

    records: int
    lines: int
    heads: int
    findings: tuple[Finding, ...]
    awaited: tuple[str, ...]
    """Lines that tell of a record which is not here: on its way, rejected, or removed since."""

    @property
    def sound(self) -> bool:
        """True when nothing was found."""
        return not self.findings


def verify(desk: Desk) -> Report:
    """Check all signatures, digests, chains and receipts; Refusal when the database cannot be read."""
    return desk.book.read(lambda connection: _verify(connection, desk.keys.identity))


def _verify(connection: Connection, identity: CentreIdentity) -> Report:
    findings: list[Finding] = []
    awaited: list[str] = []
    counts = [0, 0, 0]
    for terminal_id in connection.execute(select(tables.terminal.c.terminal_id)).scalars().all():
        terminal = terminals.known(connection, terminal_id)
        for index, part in enumerate((_records, _lines, _heads)):
            for found in part(connection, terminal, identity):
                counts[index] += 1
                findings.extend(found)
        awaited.extend(_awaited(connection, terminal_id))
    return Report(counts[0], counts[1], counts[2], tuple(findings), tuple(awaited))


def _records(connection: Connection, terminal: Terminal, identity: CentreIdentity) -> Iterator[list[Finding]]:
    table = tables.record
    ids = select(table.c.id).where(table.c.terminal_id == terminal.terminal_id).order_by(table.c.audit_seq)
    for record_id in connection.execute(ids).scalars().all():
        row = connection.execute(select(table).where(table.c.id == record_id)).one()
        found: list[Finding] = []
        try:
            _check_record(connection, row, terminal)
        except Refusal as refusal:
            found.append(_finding("record", record_id, refusal))
        if not _receipt_holds(row, identity):
            found.append(Finding("receipt", record_id, Code.BAD_SIGNATURE.value))
        yield found


def _check_record(connection: Connection, row: Row[Any], terminal: Terminal) -> None:
    """Refusal naming the part of a stored record that does not hold."""
    table = tables.evidence
    items = connection.execute(select(table).where(table.c.record_id == row.id)).all()
    try:
        envelope = Envelope(
            record=Record.model_validate_json(row.record),
            audit=AuditLine.model_validate_json(row.audit),
            key_id=row.key_id,
            signature=row.signature,
            evidence=tuple(SealedEvidence(name=item.name, blob=item.blob) for item in items),
        )
    except ValidationError as fault:
        raise Refusal(Code.MALFORMED) from fault
    check_id(envelope.record.id)
    check_integrity(envelope, terminal.public_key)
    told = (row.id, row.terminal_id, row.digest, row.audit_seq, row.audit_hash)
    record, audit = envelope.record, envelope.audit
    if told != (record.id, record.terminal_id, audit.body_sha256, audit.seq, audit.hash):
        raise Refusal(Code.BAD_DIGEST, {"where": "row"})
    logged = select(tables.audit_line.c.hash).where(
        tables.audit_line.c.terminal_id == record.terminal_id, tables.audit_line.c.seq == audit.seq
    )
    if connection.execute(logged).scalar_one_or_none() not in (None, audit.hash):
        raise Refusal(Code.BROKEN_CHAIN, {"seq": audit.seq})


def _receipt_holds(row: Row[Any], identity: CentreIdentity) -> bool:
    try:
        receipt = Receipt.model_validate_json(row.receipt)
    except ValidationError:
        return False
    same = (receipt.record_id, receipt.record_sha256) == (row.id, row.digest)
    return same and verifies(identity.receipt_key, receipt.signature, receipt.signed_bytes())


def _lines(connection: Connection, terminal: Terminal, _: CentreIdentity) -> Iterator[list[Finding]]:
    """Walk the chain; after a break go on from what is stored, so that each break is named once."""
    table = tables.audit_line
    rows = select(table).where(table.c.terminal_id == terminal.terminal_id).order_by(table.c.seq)
    seq, prev = FIRST, NO_HASH
    for row in connection.execute(rows):
        found: list[Finding] = []
        try:
            line = AuditLine.model_validate_json(row.line)
            if (line.seq, line.hash) != (row.seq, row.hash):
                raise Refusal(Code.BAD_AUDIT_HASH)
            check_chain([line], seq, prev)
        except ValidationError:
            found.append(Finding("audit", f"{terminal.terminal_id} {row.seq}", Code.MALFORMED.value))
        except Refusal as refusal:
            found.append(_finding("audit", f"{terminal.terminal_id} {row.seq}", refusal))
        seq, prev = row.seq + 1, row.hash
        yield found


def _awaited(connection: Connection, terminal_id: str) -> list[str]:
    table = tables.record
    here = set(
        connection.execute(select(table.c.audit_seq).where(table.c.terminal_id == terminal_id)).scalars()
    )
    lines = tables.audit_line
    told = select(lines.c.seq).where(lines.c.terminal_id == terminal_id, lines.c.line.contains(RECORD_KEPT))
    return [f"{terminal_id} {seq}" for seq in connection.execute(told).scalars() if seq not in here]


def _heads(connection: Connection, terminal: Terminal, identity: CentreIdentity) -> Iterator[list[Finding]]:
    """Every head that was signed and countersigned is still the line at its place: a cut tail shows here."""
    table, lines = tables.audit_head, tables.audit_line
    rows = (
        select(table, lines.c.hash)
        .outerjoin(lines, (lines.c.terminal_id == table.c.terminal_id) & (lines.c.seq == table.c.seq))
        .where(table.c.terminal_id == terminal.terminal_id)
    )
    for row in connection.execute(rows):
        holds = _head_holds(row, terminal, identity)
        where = f"{terminal.terminal_id} {row.seq}"
        yield [] if holds else [Finding("head", where, Code.BROKEN_CHAIN.value)]


def _head_holds(row: Row[Any], terminal: Terminal, identity: CentreIdentity) -> bool:
    try:
        receipt = AuditReceipt.model_validate_json(row.receipt)
    except ValidationError:
        return False
    same = (receipt.terminal_id, receipt.seq, receipt.hash) == (terminal.terminal_id, row.seq, row.hash)
    signed = head_bytes(terminal.terminal_id, receipt.seq, receipt.hash)
    return (
        same
        and verifies(identity.receipt_key, receipt.signature, receipt.signed_bytes())
        and verifies(terminal.public_key, row.signature, signed)
    )


def _finding(what: str, where: str, refusal: Refusal) -> Finding:
    detail = ", ".join(f"{name} {value}" for name, value in refusal.facts.items())
    return Finding(what, where, refusal.code.value, detail)
