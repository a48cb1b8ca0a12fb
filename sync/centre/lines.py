"""Taking audit logs: lines are only ever added, and each head is countersigned."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Connection, insert, select

from sync.audit import Head
from sync.centre import tables, terminals
from sync.centre.book import CentreBook
from sync.centre.checks import check_chain, check_upload
from sync.centre.errors import Code, Refusal
from sync.centre.keys import CentreKeys
from sync.centre.terminals import stamp
from sync.records import AuditLine, AuditReceipt, AuditUpload

log = structlog.get_logger()


def receive(book: CentreBook, keys: CentreKeys, upload: AuditUpload, now: datetime) -> AuditReceipt:
    """Add the lines that are new and countersign the head.

    Lines the centre already has are harmless. Refusal ``centre.broken_chain`` naming seq when they tell
    another history than the one stored or than the records told, ``centre.audit_gap`` naming the seq that
    must come next, ``centre.bad_audit_hash``, ``centre.bad_signature``, ``centre.unknown_terminal``.
    """
    terminal = book.read(lambda connection: terminals.known(connection, upload.terminal_id))
    check_upload(upload, terminal.public_key)
    receipt = book.write(lambda connection: _add(connection, keys, upload, now))
    log.info("centre.audit", terminal_id=upload.terminal_id, seq=receipt.seq, lines=len(upload.lines))
    return receipt


def head(connection: Connection, terminal_id: str) -> Head:
    """The last stored line of a terminal."""
    table = tables.audit_line
    row = connection.execute(
        select(table.c.seq, table.c.hash)
        .where(table.c.terminal_id == terminal_id)
        .order_by(table.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return Head() if row is None else Head(row.seq, row.hash)


def _add(connection: Connection, keys: CentreKeys, upload: AuditUpload, now: datetime) -> AuditReceipt:
    known = head(connection, upload.terminal_id)
    _check_history(connection, upload)
    new = [line for line in upload.lines if line.seq > known.seq]
    if new and new[0].seq != known.seq + 1:
        raise Refusal(Code.AUDIT_GAP, {"seq": known.seq + 1})
    check_chain(new, known.seq + 1, known.hash)
    if new:
        connection.execute(insert(tables.audit_line), [_row(upload.terminal_id, line) for line in new])
    return _countersign(connection, keys, upload, now)


def _check_history(connection: Connection, upload: AuditUpload) -> None:
    """Every place in the log that is already taken, by a line or by a record, holds the same line."""
    lines, records = tables.audit_line, tables.record
    first, last = upload.lines[0].seq, upload.lines[-1].seq
    told = {line.seq: line.hash for line in upload.lines}
    stored = connection.execute(
        select(lines.c.seq, lines.c.hash)
        .where(lines.c.terminal_id == upload.terminal_id, lines.c.seq.between(first, last))
        .union(
            select(records.c.audit_seq, records.c.audit_hash).where(
                records.c.terminal_id == upload.terminal_id, records.c.audit_seq.between(first, last)
            )
        )
    )
    wrong = [seq for seq, line_hash in stored if told[seq] != line_hash]
    if wrong:
        raise Refusal(Code.BROKEN_CHAIN, {"seq": min(wrong)})


def _countersign(
    connection: Connection, keys: CentreKeys, upload: AuditUpload, now: datetime
) -> AuditReceipt:
    table, last = tables.audit_head, upload.lines[-1]
    known = connection.execute(
        select(table.c.receipt).where(table.c.terminal_id == upload.terminal_id, table.c.seq == last.seq)
    ).scalar_one_or_none()
    if known is not None:
        return AuditReceipt.model_validate_json(known)
    receipt = AuditReceipt(
        terminal_id=upload.terminal_id,
        seq=last.seq,
        hash=last.hash,
        at=stamp(now),
        centre_id=keys.identity.centre_id,
        signature=b"",
    )
    receipt = receipt.model_copy(update={"signature": keys.sign(receipt.signed_bytes())})
    connection.execute(
        insert(table).values(
            terminal_id=upload.terminal_id,
            seq=last.seq,
            signature=upload.signature,
            receipt=receipt.model_dump_json(),
        )
    )
    return receipt


def _row(terminal_id: str, line: AuditLine) -> dict[str, str | int]:
    return {
        "terminal_id": terminal_id,
        "seq": line.seq,
        "hash": line.hash,
        "line": line.model_dump_json(),
    }
