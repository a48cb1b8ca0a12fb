"""What must be true of a record on its way and of a log, before anything is stored; pure functions.

The order is from the inside out, so that the code names the part that was altered: the audit line's own hash,
the record's digest, the sealed evidence, and the signature over all of them last.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sync.audit import FIRST, NO_HASH
from sync.centre.errors import Code, Refusal
from sync.keys import key_id_of, verifies
from sync.records import SCHEMA, AuditLine, AuditUpload, Envelope, sha256

NAME_LIMIT = 128
"""Characters in a terminal id, key id or evidence name."""
RECORD_BYTES_LIMIT = 1 << 20
EVIDENCE_BYTES_LIMIT = 16 << 20
EVIDENCE_ITEMS_LIMIT = 64
LINES_LIMIT = 10_000
"""Audit lines in one upload."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """An enrolled terminal."""

    terminal_id: str
    branch: str
    public_key: bytes
    """Ed25519, DER."""


def check_envelope(envelope: Envelope, terminal: Terminal, domain: str) -> None:
    """Refusal when the centre of `domain` cannot take `envelope` from `terminal`."""
    try:
        check_limits(envelope)
    except ValueError as fault:
        raise Refusal(Code.MALFORMED, {"where": "record"}) from fault
    check_id(envelope.record.id)
    check_integrity(envelope, terminal.public_key)
    if envelope.record.simulated and domain == "production":
        raise Refusal(Code.SIMULATED)


def check_integrity(envelope: Envelope, public_key_der: bytes) -> None:
    """Refusal that names the first part of `envelope` that is not what its terminal signed."""
    try:
        check_line(envelope.audit)
        digest = envelope.record.digest()
        signed = envelope.signed_bytes()
    except (ValueError, RecursionError) as fault:
        raise Refusal(Code.MALFORMED, {"where": "record"}) from fault
    if digest != envelope.audit.body_sha256:
        raise Refusal(Code.BAD_DIGEST)
    check_evidence(envelope)
    check_signature(public_key_der, envelope.key_id, envelope.signature, signed)


def check_signature(public_key_der: bytes, key_id: str, signature: bytes, message: bytes) -> None:
    """Refusal when `message` is not signed by the key, or says that it is signed by another one."""
    if key_id != key_id_of(public_key_der):
        raise Refusal(Code.UNKNOWN_KEY)
    if not verifies(public_key_der, signature, message):
        raise Refusal(Code.BAD_SIGNATURE)


def check_line(line: AuditLine) -> None:
    """Refusal ``centre.bad_audit_hash`` when a line is not what its hash says."""
    if line.seq < FIRST or line.expected_hash() != line.hash:
        raise Refusal(Code.BAD_AUDIT_HASH, {"seq": line.seq})


def check_evidence(envelope: Envelope) -> None:
    """Refusal when the sealed items are not exactly those the record names."""
    wanted = {ref.name: ref for ref in envelope.record.evidence}
    given = {item.name for item in envelope.evidence}
    if len(wanted) != len(envelope.record.evidence):
        raise Refusal(Code.MALFORMED, {"where": "record.evidence"})
    for name in wanted:
        if name not in given:
            raise Refusal(Code.EVIDENCE_MISSING, {"name": name})
    for item in envelope.evidence:
        if item.name not in given & wanted.keys():
            raise Refusal(Code.EVIDENCE_EXTRA, {"name": item.name[:NAME_LIMIT]})
        given.discard(item.name)
        if sha256(item.blob) != wanted[item.name].sha256_sealed:
            raise Refusal(Code.EVIDENCE_ALTERED, {"name": item.name})


def check_id(record_id: str) -> None:
    """Refusal ``centre.bad_id`` unless `record_id` is a UUIDv7 in its usual lower-case form."""
    try:
        value = uuid.UUID(record_id)
    except ValueError as fault:
        raise Refusal(Code.BAD_ID) from fault
    if value.version != 7 or str(value) != record_id:
        raise Refusal(Code.BAD_ID)


def check_limits(envelope: Envelope) -> None:
    """Refusal when the schema is not ours or something is larger than the centre keeps."""
    record = envelope.record
    if record.schema_ != SCHEMA:
        raise Refusal(Code.MALFORMED, {"where": "record.schema"})
    names = [record.terminal_id, record.branch, envelope.key_id, *(ref.name for ref in record.evidence)]
    if any(len(name) > NAME_LIMIT for name in names):
        raise Refusal(Code.TOO_LARGE, {"where": "name"})
    if len(envelope.evidence) > EVIDENCE_ITEMS_LIMIT:
        raise Refusal(Code.TOO_LARGE, {"where": "evidence"})
    for item in envelope.evidence:
        if len(item.blob) > EVIDENCE_BYTES_LIMIT:
            raise Refusal(Code.TOO_LARGE, {"where": "evidence", "limit_bytes": EVIDENCE_BYTES_LIMIT})
    if len(record.model_dump_json(by_alias=True)) > RECORD_BYTES_LIMIT:
        raise Refusal(Code.TOO_LARGE, {"where": "record", "limit_bytes": RECORD_BYTES_LIMIT})


def check_upload(upload: AuditUpload, public_key_der: bytes) -> None:
    """Refusal when lines are damaged or do not hang together, or the terminal did not sign their head."""
    if not upload.lines:
        raise Refusal(Code.MALFORMED, {"where": "lines"})
    if len(upload.lines) > LINES_LIMIT:
        raise Refusal(Code.TOO_LARGE, {"where": "lines", "limit_lines": LINES_LIMIT})
    try:
        check_chain(upload.lines)
        signed = upload.signed_bytes()
    except ValueError as fault:
        raise Refusal(Code.MALFORMED, {"where": "lines"}) from fault
    check_signature(public_key_der, upload.key_id, upload.signature, signed)


def check_chain(lines: Sequence[AuditLine], seq: int | None = None, prev: str | None = None) -> None:
    """Refusal naming the first line that is altered or does not follow the one before.

    `seq` and `prev` are what the first line must have; None to take it as it comes.
    """
    for line in lines:
        check_line(line)
        if (seq is not None and line.seq != seq) or (prev is not None and line.prev != prev):
            raise Refusal(Code.BROKEN_CHAIN, {"seq": line.seq})
        if line.seq == FIRST and line.prev != NO_HASH:
            raise Refusal(Code.BROKEN_CHAIN, {"seq": line.seq})
        seq, prev = line.seq + 1, line.hash
