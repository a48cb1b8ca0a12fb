"""Reads a whole book and names everything in it that is not as it was written.

Four nets, each catching what the others cannot see: page check sums of the file (SQLCipher's HMAC, without a
key SQLite's own check), hashes from record to audit line to audit line, signatures of terminal and centre,
and the high-water mark and signed heads for a tail that was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sync import bookfile, mark, migrations
from sync.audit import LINE_COLUMNS, RECORD_KEPT, Break, Head, body_digest, line_of_row, misfit
from sync.database import Database, damaged_pages, scratch
from sync.errors import Damaged, Locked, StoreError, Unusable
from sync.findings import BookVerdict, Finding, Part
from sync.keys import key_id_of, verifies
from sync.records import (
    AuditLine,
    AuditReceipt,
    Outcome,
    Receipt,
    Record,
    canonical,
    head_bytes,
    sha256,
    signed_bytes,
)

MOST_FINDINGS = 100
"""A book this damaged needs a person, not a longer list."""
PAGE = re.compile(r"page (\d+)")


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known from elsewhere; None leaves the question open."""

    terminal_keys: tuple[bytes, ...] | None = None
    """Public keys (DER) that may have signed; else any key the book names."""
    centre_key: bytes | None = None
    """Public key (DER) of the centre's receipts."""
    head: Head | None = None
    """A head the centre has countersigned."""


def inspect(path: Path, key: bytes | None, trust: Trust | None = None) -> BookVerdict:
    """The book at `path`, read afresh in one snapshot, while a terminal may be writing it.

    Damage is never raised, it is in the verdict. WrongKey, TooNew, ``store.needs_upgrade``, Unwritable (no
    such book) and Locked are raised: nothing can be said about the book.
    """
    place = mark.path_of(path)
    known = mark.read(place)
    try:
        database = bookfile.reading(path, key)
    except Unusable as error:
        if not isinstance(error, Damaged) and (known is None or known.key_check != mark.key_check(key)):
            raise
        return BookVerdict(0, Head(), _unreadable(path, key, error))
    with database:
        look = _Look(database, trust or Trust(), known.head if known is not None else None)
        if known is None:
            look.found(Part.MARK, "altered" if place.exists() else "missing")
        return look.at_all(encrypted=key is not None)


class _Row(BaseModel):
    """A row of table ``record`` of the right types."""

    model_config = ConfigDict(strict=True)

    id: str
    body: str
    key_id: str
    signature: bytes


@dataclass(slots=True)
class _Look:
    """One walk through a book, and what it found."""

    database: Database
    trust: Trust
    marked: Head | None
    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    head: Head = field(default_factory=Head)
    altered_lines: set[int] = field(default_factory=set)

    def at_all(self, *, encrypted: bool) -> BookVerdict:
        """Every part, whatever the part before it came to."""
        with self.database.snapshot():
            for part in (
                lambda: self._pages(encrypted),
                self._schema,
                self._lines,
                self._tail,
                self._kept,
                self._strays,
                self._receipts,
                self._outbox,
                self._heads,
            ):
                self._guarded(part)
        return BookVerdict(self.records, self.head, tuple(self.findings))

    def found(self, part: Part, problem: str, subject: object = "", **facts: object) -> None:
        """Remember a finding."""
        finding = Finding(part, problem, str(subject), facts)
        if len(self.findings) < MOST_FINDINGS and finding not in self.findings:
            self.findings.append(finding)

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            with self.database.edge():
                part()
        except Locked:
            raise
        except StoreError as error:
            self.found(Part.FILE, "unreadable", **error.facts)

    def _pages(self, encrypted: bool) -> None:
        check = "PRAGMA cipher_integrity_check" if encrypted else "PRAGMA integrity_check(20)"
        said = {row[0] for row in self.database.rows(check)} - {"ok"}
        if said:
            # A page that is being written while it is read looks damaged once, not twice.
            said &= {row[0] for row in self.database.rows(check)}
        for finding in _pages(said):
            self.found(finding.part, finding.problem, finding.subject)

    def _schema(self) -> None:
        wanted, there = _wanted(), _objects(self.database)
        for name in sorted(wanted.keys() | there.keys()):
            if wanted.get(name) != there.get(name):
                problem = "altered" if name in wanted and name in there else "missing"
                self.found(Part.SCHEMA, problem if name in wanted else "extra", name)

    def _lines(self) -> None:
        before, doubtful = Head(), False
        for row in self.database.stream(f"SELECT {LINE_COLUMNS}, body FROM audit ORDER BY seq"):
            seq, body = row[0], row[-1]
            try:
                line = line_of_row(row[:-1])
            except ValidationError:
                self._line_altered(seq)
                before, doubtful = Head(seq, ""), True
                continue
            problem = misfit(line, before)
            if problem is Break.GAP:
                self.found(Part.AUDIT, "missing", before.seq + 1, until=line.seq - 1)
            elif problem is Break.HASH:
                self._line_altered(seq)
            elif problem is Break.PREV and not doubtful:
                self.found(Part.AUDIT, "replaced", seq, before=before.seq)
            if not _logged(line, body):
                self.found(Part.AUDIT, "other_body", seq)
            before, doubtful = Head(line.seq, line.hash), problem is Break.HASH
        self.head = before

    def _line_altered(self, seq: int) -> None:
        self.altered_lines.add(seq)
        self.found(Part.AUDIT, "altered", seq)

    def _tail(self) -> None:
        for source, head in (("mark", self.marked), ("centre", self.trust.head)):
            if head is not None:
                self._reaches(head, source)

    def _reaches(self, head: Head, source: str) -> None:
        """The log goes at least as far as `head`, and through it."""
        if head.seq > self.head.seq:
            self.found(Part.AUDIT, "cut", self.head.seq + 1, until=head.seq, known_from=source)
            return
        line = self.database.rows("SELECT hash FROM audit WHERE seq = ?", (head.seq,))
        if line and line[0][0] != head.hash and head.seq not in self.altered_lines:
            self.found(Part.AUDIT, "other_line", head.seq, known_from=source)

    def _kept(self) -> None:
        sql = f"""SELECT record.id, record.body, record.key_id, record.signature, {LINE_COLUMNS}
            FROM record LEFT JOIN audit ON seq = audit_seq ORDER BY audit_seq"""
        signers = dict(self.database.rows("SELECT key_id, public_der FROM signer"))
        for row in self.database.stream(sql):
            self.records += 1
            try:
                kept = _Row(id=row[0], body=row[1], key_id=row[2], signature=row[3])
                line = line_of_row(row[4:])
                record = Record.model_validate_json(kept.body)
            except ValidationError:
                self.found(Part.RECORD, "altered", row[0], line=row[4])
                continue
            if record.id != kept.id or _digest(kept.body) != line.body_sha256 or line.kind != RECORD_KEPT:
                self.found(Part.RECORD, "altered", kept.id, line=line.seq)
            elif line.seq not in self.altered_lines:
                self._signature(record, line, kept, signers.get(kept.key_id))
            self._evidence(record)

    def _signature(self, record: Record, line: AuditLine, kept: _Row, public: object) -> None:
        if not isinstance(public, bytes) or key_id_of(public) != kept.key_id:
            self.found(Part.SIGNER, "altered", kept.key_id)
        elif self.trust.terminal_keys is not None and public not in self.trust.terminal_keys:
            self.found(Part.SIGNER, "unknown", kept.key_id)
        elif not verifies(public, kept.signature, signed_bytes(record, line)):
            self.found(Part.RECORD, "bad_signature", kept.id)

    def _evidence(self, record: Record) -> None:
        blobs = dict(self.database.rows("SELECT name, blob FROM evidence WHERE record_id = ?", (record.id,)))
        for ref in record.evidence:
            blob = blobs.pop(ref.name, None)
            if blob is None:
                if not self._acknowledged(record.id):
                    self.found(Part.EVIDENCE, "missing", record.id, name=ref.name)
            elif not isinstance(blob, bytes) or sha256(blob) != ref.sha256_sealed:
                self.found(Part.EVIDENCE, "altered", record.id, name=ref.name)
        for name in blobs:
            self.found(Part.EVIDENCE, "extra", record.id, name=name)

    def _acknowledged(self, record_id: str) -> bool:
        sql = "SELECT 1 FROM receipt WHERE record_id = ? AND outcome <> 'rejected'"
        return bool(self.database.rows(sql, (record_id,)))

    def _strays(self) -> None:
        """Lines without their record, and rows that belong to none."""
        sql = f"""SELECT seq FROM audit WHERE kind = '{RECORD_KEPT}'
            AND seq NOT IN (SELECT audit_seq FROM record) ORDER BY seq"""
        for (seq,) in self.database.rows(sql):
            self.found(Part.RECORD, "missing", f"of audit line {seq}", line=seq)
        for table in ("evidence", "receipt", "outbox"):
            stray = f"SELECT DISTINCT record_id FROM {table} WHERE record_id NOT IN (SELECT id FROM record)"
            for (record_id,) in self.database.rows(stray):
                self.found(Part.RECORD, "missing", record_id, named_by=table)

    def _receipts(self) -> None:
        sql = """SELECT receipt.record_id, receipt.outcome, receipt.body, record.body
            FROM receipt JOIN record ON record.id = receipt.record_id ORDER BY number"""
        for record_id, outcome, text, body in self.database.stream(sql):
            receipt = _receipt(text)
            if receipt is None or receipt.record_id != record_id or receipt.outcome != outcome:
                self.found(Part.RECEIPT, "altered", record_id)
            elif receipt.outcome is not Outcome.REJECTED and receipt.record_sha256 != _digest(body):
                self.found(Part.RECEIPT, "other_record", record_id)
            elif not self._by_the_centre(receipt.signature, receipt.signed_bytes()):
                self.found(Part.RECEIPT, "bad_signature", record_id)

    def _by_the_centre(self, signature: bytes, message: bytes) -> bool:
        return self.trust.centre_key is None or verifies(self.trust.centre_key, signature, message)

    def _outbox(self) -> None:
        sql = """SELECT record.id, outbox.state, EXISTS (SELECT 1 FROM receipt
                WHERE receipt.record_id = record.id AND outcome <> 'rejected')
            FROM record LEFT JOIN outbox ON outbox.record_id = record.id"""
        for record_id, state, acknowledged in self.database.stream(sql):
            if state is None:
                self.found(Part.OUTBOX, "missing", record_id)
            elif (state == "accepted") != bool(acknowledged):
                self.found(Part.OUTBOX, "contradicts", record_id, state=state)

    def _heads(self) -> None:
        sql = """SELECT head.seq, head.hash, terminal_id, signature, receipt, public_der, audit.hash
            FROM head LEFT JOIN signer ON signer.key_id = head.key_id
            LEFT JOIN audit ON audit.seq = head.seq ORDER BY head.seq"""
        for seq, hash_, terminal_id, signature, receipt, public, line_hash in self.database.stream(sql):
            if line_hash is None:
                self.found(Part.AUDIT, "cut", seq, until=seq, known_from="signed head")
            elif not _signed(public, signature, terminal_id, seq, hash_):
                self.found(Part.HEAD, "bad_signature", seq)
            elif line_hash != hash_ and seq not in self.altered_lines:
                self.found(Part.AUDIT, "other_line", seq, known_from="signed head")
            elif receipt is not None and not self._countersigned(receipt, seq, hash_):
                self.found(Part.HEAD, "bad_countersignature", seq)

    def _countersigned(self, text: object, seq: int, hash_: str) -> bool:
        try:
            receipt = AuditReceipt.model_validate_json(text if isinstance(text, str) else "")
        except ValidationError:
            return False
        fits = (receipt.seq, receipt.hash) == (seq, hash_) and _is_canonical(receipt, text)
        return fits and self._by_the_centre(receipt.signature, receipt.signed_bytes())


def _unreadable(path: Path, key: bytes | None, error: StoreError) -> tuple[Finding, ...]:
    """What can be said of a book that does not open."""
    pages = _pages(damaged_pages(path, key)) if key is not None and path.exists() else ()
    return (Finding(Part.FILE, "unreadable", facts=dict(error.facts)), *pages[:MOST_FINDINGS])


def _pages(said: Collection[str]) -> tuple[Finding, ...]:
    """The pages named by SQLite or SQLCipher, in order."""
    numbers = sorted({int(page[1]) for page in map(PAGE.search, said) if page is not None})
    if said and not numbers:
        return (Finding(Part.FILE, "damaged"),)
    return tuple(Finding(Part.FILE, "damaged", f"at page {number}") for number in numbers)


@cache
def _wanted() -> dict[str, str]:
    """The schema as this program makes it."""
    with scratch() as fresh:
        migrations.migrate(fresh)
        return _objects(fresh)


def _objects(database: Database) -> dict[str, str]:
    return dict(database.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def _digest(body: object) -> str:
    return body_digest(body) if isinstance(body, str) else ""


def _logged(line: AuditLine, body: object) -> bool:
    """`body` is the one of `line`; a record's is in its own table."""
    if line.kind == RECORD_KEPT:
        return body is None
    return _digest(body) == line.body_sha256


def _signed(public: object, signature: object, terminal_id: object, seq: int, hash_: object) -> bool:
    if not isinstance(public, bytes) or not isinstance(signature, bytes):
        return False
    if not isinstance(terminal_id, str) or not isinstance(hash_, str):
        return False
    return verifies(public, signature, head_bytes(terminal_id, seq, hash_))


def _receipt(text: object) -> Receipt | None:
    try:
        receipt = Receipt.model_validate_json(text if isinstance(text, str) else "")
    except ValidationError:
        return None
    return receipt if _is_canonical(receipt, text) else None


def _is_canonical(value: Receipt | AuditReceipt, text: object) -> bool:
    """The stored text is exactly what was stored, even without the centre's key at hand."""
    return canonical(value.model_dump(mode="json")).decode() == text
