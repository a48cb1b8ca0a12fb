"""Taking records: each is judged, kept once, and answered with a signed receipt."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Connection, Row, insert, select

from sync.centre import tables, terminals
from sync.centre.book import CentreBook
from sync.centre.checks import check_envelope
from sync.centre.errors import Code, Refusal
from sync.centre.keys import CentreKeys
from sync.centre.terminals import stamp
from sync.records import Envelope, Outcome, Receipt

log = structlog.get_logger()

PROVEN = frozenset({Code.SIMULATED, Code.ID_CONFLICT, Code.BROKEN_CHAIN})
"""Rejections noted for the operator: those of records that are proven to come from the terminal."""


def receive(book: CentreBook, keys: CentreKeys, envelope: Envelope, now: datetime) -> Receipt:
    """Judge and keep one record.

    The receipt says accepted, already have (of the same time as the first one) or rejected with its reason.
    Refusal only when there is no receipt to give: terminal unknown, database down.
    """
    terminal = book.read(lambda connection: terminals.known(connection, envelope.record.terminal_id))
    try:
        check_envelope(envelope, terminal, keys.identity.domain)
        receipt = book.write(lambda connection: _keep(connection, keys, envelope, now))
    except Refusal as refusal:
        if refusal.code is Code.UNAVAILABLE:
            raise
        receipt = reject(keys, envelope.record.id, _digest(envelope), refusal, now)
        if refusal.code in PROVEN:
            book.write(lambda connection: _note_rejection(connection, envelope, receipt))
    log.info(
        "centre.record",
        outcome=receipt.outcome.value,
        reason=receipt.reason,
        record_id=receipt.record_id[:36],
        terminal_id=terminal.terminal_id,
    )
    return receipt


def reject(keys: CentreKeys, record_id: str, digest: str, refusal: Refusal, now: datetime) -> Receipt:
    """A signed rejection."""
    return _signed(
        keys,
        Receipt(
            record_id=record_id,
            record_sha256=digest,
            outcome=Outcome.REJECTED,
            reason=refusal.code.value,
            facts=dict(refusal.facts),
            at=stamp(now),
            centre_id=keys.identity.centre_id,
            signature=b"",
        ),
    )


def _keep(connection: Connection, keys: CentreKeys, envelope: Envelope, now: datetime) -> Receipt:
    record = envelope.record
    row = connection.execute(select(tables.record).where(tables.record.c.id == record.id)).one_or_none()
    if row is not None:
        return _known(keys, envelope, row)
    _check_line_is_free(connection, envelope)
    receipt = _signed(
        keys,
        Receipt(
            record_id=record.id,
            record_sha256=record.digest(),
            outcome=Outcome.ACCEPTED,
            at=stamp(now),
            centre_id=keys.identity.centre_id,
            signature=b"",
        ),
    )
    _insert(connection, envelope, receipt)
    return receipt


def _insert(connection: Connection, envelope: Envelope, receipt: Receipt) -> None:
    record, audit = envelope.record, envelope.audit
    connection.execute(
        insert(tables.record).values(
            id=record.id,
            terminal_id=record.terminal_id,
            digest=receipt.record_sha256,
            audit_seq=audit.seq,
            audit_hash=audit.hash,
            record=record.model_dump_json(by_alias=True),
            audit=audit.model_dump_json(),
            key_id=envelope.key_id,
            signature=envelope.signature,
            receipt=receipt.model_dump_json(),
        )
    )
    for item in envelope.evidence:
        row = {"record_id": record.id, "name": item.name, "blob": item.blob}
        connection.execute(insert(tables.evidence).values(row))


def _known(keys: CentreKeys, envelope: Envelope, row: Row[tuple[object, ...]]) -> Receipt:
    """The first receipt again, saying that it is not the first."""
    if row.digest != envelope.record.digest() or row.terminal_id != envelope.record.terminal_id:
        raise Refusal(Code.ID_CONFLICT)
    if row.audit_hash != envelope.audit.hash:
        raise Refusal(Code.BROKEN_CHAIN, {"seq": envelope.audit.seq})
    first = Receipt.model_validate_json(row.receipt)
    return _signed(keys, first.model_copy(update={"outcome": Outcome.ALREADY_HAVE}))


def _check_line_is_free(connection: Connection, envelope: Envelope) -> None:
    """The place in the log that the record claims holds the same line, or nothing, and no other record."""
    terminal_id, line = envelope.record.terminal_id, envelope.audit
    logged = connection.execute(
        select(tables.audit_line.c.hash).where(
            tables.audit_line.c.terminal_id == terminal_id, tables.audit_line.c.seq == line.seq
        )
    ).scalar_one_or_none()
    other = connection.execute(
        select(tables.record.c.id).where(
            tables.record.c.terminal_id == terminal_id, tables.record.c.audit_seq == line.seq
        )
    ).scalar_one_or_none()
    if logged not in (None, line.hash) or other is not None:
        raise Refusal(Code.BROKEN_CHAIN, {"seq": line.seq})


def _note_rejection(connection: Connection, envelope: Envelope, receipt: Receipt) -> None:
    table = tables.rejection
    key = {"record_id": receipt.record_id, "digest": receipt.record_sha256, "reason": receipt.reason}
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(select(table.c.at).where(*same)).one_or_none() is None:
        connection.execute(
            insert(table).values(terminal_id=envelope.record.terminal_id, at=receipt.at, **key)
        )


def _digest(envelope: Envelope) -> str:
    try:
        return envelope.record.digest()
    except (ValueError, RecursionError):
        return ""


def _signed(keys: CentreKeys, receipt: Receipt) -> Receipt:
    return receipt.model_copy(update={"signature": keys.sign(receipt.signed_bytes())})
