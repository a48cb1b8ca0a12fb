"""Checks the records of a book: what was logged and signed, with its evidence, receipts and outbox rows."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from sync.audit import LINE_COLUMNS, RECORD_KEPT, line_of_row
from sync.findings import Part
from sync.keys import key_id_of, verifies
from sync.look import Look, digest, is_canonical
from sync.records import AuditLine, Outcome, Receipt, Record, sha256, signed_bytes


class _Row(BaseModel):
    """A row of table ``record`` of the right types."""

    model_config = ConfigDict(strict=True)

    id: str
    body: str
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """The checks of the tables around ``record``."""

    look: Look

    def records(self) -> None:
        """Every record is the logged and signed one, and has its evidence until the centre has it."""
        sql = f"""SELECT record.id, record.body, record.key_id, record.signature, {LINE_COLUMNS}
            FROM record LEFT JOIN audit ON seq = audit_seq ORDER BY audit_seq"""
        signers = dict(self.look.database.rows("SELECT key_id, public_der FROM signer"))
        for row in self.look.database.stream(sql):
            self.look.records += 1
            try:
                kept = _Row(id=row[0], body=row[1], key_id=row[2], signature=row[3])
                line = line_of_row(row[4:])
                record = Record.model_validate_json(kept.body)
            except ValidationError:
                self.look.found(Part.RECORD, "altered", row[0], line=row[4])
                continue
            if record.id != kept.id or digest(kept.body) != line.body_sha256 or line.kind != RECORD_KEPT:
                self.look.found(Part.RECORD, "altered", kept.id, line=line.seq)
            elif line.seq not in self.look.altered_lines:
                self._signature(record, line, kept, signers.get(kept.key_id))
            self._evidence(record)

    def _signature(self, record: Record, line: AuditLine, kept: _Row, public: object) -> None:
        if not isinstance(public, bytes) or key_id_of(public) != kept.key_id:
            self.look.found(Part.SIGNER, "altered", kept.key_id)
        elif self.look.trust.terminal_keys is not None and public not in self.look.trust.terminal_keys:
            self.look.found(Part.SIGNER, "unknown", kept.key_id)
        elif not verifies(public, kept.signature, signed_bytes(record, line)):
            self.look.found(Part.RECORD, "bad_signature", kept.id)

    def _evidence(self, record: Record) -> None:
        blobs = dict(
            self.look.database.rows("SELECT name, blob FROM evidence WHERE record_id = ?", (record.id,))
        )
        for ref in record.evidence:
            blob = blobs.pop(ref.name, None)
            if blob is None:
                if not self._acknowledged(record.id):
                    self.look.found(Part.EVIDENCE, "missing", record.id, name=ref.name)
            elif not isinstance(blob, bytes) or sha256(blob) != ref.sha256_sealed:
                self.look.found(Part.EVIDENCE, "altered", record.id, name=ref.name)
        for name in blobs:
            self.look.found(Part.EVIDENCE, "extra", record.id, name=name)

    def _acknowledged(self, record_id: str) -> bool:
        sql = "SELECT 1 FROM receipt WHERE record_id = ? AND outcome <> 'rejected'"
        return bool(self.look.database.rows(sql, (record_id,)))

    def strays(self) -> None:
        """Lines without their record, and rows that belong to none."""
        sql = f"""SELECT seq FROM audit WHERE kind = '{RECORD_KEPT}'
            AND seq NOT IN (SELECT audit_seq FROM record) ORDER BY seq"""
        for (seq,) in self.look.database.rows(sql):
            self.look.found(Part.RECORD, "missing", f"of audit line {seq}", line=seq)
        for table in ("evidence", "receipt", "outbox"):
            stray = f"SELECT DISTINCT record_id FROM {table} WHERE record_id NOT IN (SELECT id FROM record)"
            for (record_id,) in self.look.database.rows(stray):
                self.look.found(Part.RECORD, "missing", record_id, named_by=table)

    def receipts(self) -> None:
        """Every receipt is the centre's and about this very record."""
        sql = """SELECT receipt.record_id, receipt.outcome, receipt.body, record.body
            FROM receipt JOIN record ON record.id = receipt.record_id ORDER BY number"""
        for record_id, outcome, text, body in self.look.database.stream(sql):
            receipt = _receipt(text)
            if receipt is None or receipt.record_id != record_id or receipt.outcome != outcome:
                self.look.found(Part.RECEIPT, "altered", record_id)
            elif receipt.outcome is not Outcome.REJECTED and receipt.record_sha256 != digest(body):
                self.look.found(Part.RECEIPT, "other_record", record_id)
            elif not self.look.by_the_centre(receipt.signature, receipt.signed_bytes()):
                self.look.found(Part.RECEIPT, "bad_signature", record_id)

    def outbox(self) -> None:
        """Every record is owed, unless the centre has acknowledged it."""
        sql = """SELECT record.id, outbox.state, EXISTS (SELECT 1 FROM receipt
                WHERE receipt.record_id = record.id AND outcome <> 'rejected')
            FROM record LEFT JOIN outbox ON outbox.record_id = record.id"""
        for record_id, state, acknowledged in self.look.database.stream(sql):
            if state is None:
                self.look.found(Part.OUTBOX, "missing", record_id)
            elif (state == "accepted") != bool(acknowledged):
                self.look.found(Part.OUTBOX, "contradicts", record_id, state=state)


def _receipt(text: object) -> Receipt | None:
    try:
        receipt = Receipt.model_validate_json(text if isinstance(text, str) else "")
    except ValidationError:
        return None
    return receipt if is_canonical(receipt, text) else None
