"""The terminal's own book: what was decided, the log of it, and what the centre is owed.

A record, its evidence, its audit line, its signature and its outbox row are one transaction. Records and
audit lines are never changed or deleted (`sync.migrations`); `verify` names every byte that is not as it was
written (`sync.inspection`). One process at a time writes; any number may read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import structlog
from pydantic import ValidationError

from sync import bookfile, mark, migrations
from sync.audit import LINE_COLUMNS, RECORD_KEPT, Head, body_digest, body_text, line_of_row, next_line
from sync.database import Database
from sync.errors import Conflict, Damaged, Misused, Unwritable
from sync.findings import BookVerdict
from sync.inspection import Trust, inspect
from sync.keys import Signer
from sync.records import AuditLine, Counts, Envelope, Record, SealedEvidence, sha256, signed_bytes

log = structlog.get_logger(__name__)

LINES = 500
"""Audit lines read or sent at a time."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it stands in the book."""

    record: Record
    audit: AuditLine
    key_id: str
    signature: bytes


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """UTC, ISO 8601 to the millisecond, with Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """An open book. All methods may be called from any thread; calls take turns."""

    def __init__(self, database: Database, key: bytes | None, clock: Clock) -> None:
        """Use `Store.open`."""
        self.database = database
        self.clock = clock
        self._key = key
        self._mark: mark.MarkFile | None = None
        self._lock: int | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        key: bytes | None,
        *,
        read_only: bool = False,
        accept_loss: bool = False,
        clock: Clock = utc_now,
    ) -> Self:
        """The book at `path`, made when there is none; encrypted with the 32 bytes of `key` unless None.

        Errors: InUse when another process writes it (`read_only` always works), WrongKey, Damaged, TooNew,
        Unwritable, DiskFull. A book that lost lines (``store.tail_lost``) opens only with `accept_loss`,
        which is a person's decision and is noted in the log.
        """
        if read_only:
            return cls(bookfile.reading(path, key), key, clock)
        with ExitStack() as unless_open:
            lock = bookfile.take(path)
            unless_open.callback(os.close, lock)
            store = cls(bookfile.writing(path, key), key, clock)
            unless_open.callback(store.close)
            store._begin(accept_loss)
            unless_open.pop_all()
        store._lock = lock
        return store

    def close(self) -> None:
        """Let go of the book; harmless when closed already."""
        with suppress(Misused):
            self.database.close()
        if self._mark is not None:
            self._mark.close()
            self._mark = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def keep(self, record: Record, evidence: Sequence[SealedEvidence], signer: Signer) -> AuditLine:
        """Keep a finished case; when this returns, it is on disk and will reach the centre.

        Returns the audit line of the record. The same record again is harmless and returns the first line.
        Conflict when the id is kept with other contents, or `evidence` is not what the record names;
        DiskFull, Unwritable, Locked: nothing was kept.
        """
        text = _text_of(record)
        _refuse_other_evidence(record, evidence)
        with self.unit():
            before = self._find(record.id)
            if before is not None:
                return _same(before, text)
            line = self._append(RECORD_KEPT, sha256(text.encode()), None)
            self.know(signer)
            row = {"id": record.id, "audit_seq": line.seq, "body": text, "key_id": signer.key_id}
            self.database.insert("record", {**row, "signature": signer.sign(signed_bytes(record, line))})
            for item in evidence:
                kept = {"record_id": record.id, "name": item.name, "blob": item.blob}
                self.database.insert("evidence", kept)
            waiting = {"record_id": record.id, "state": "waiting", "next_at_ms": 0}
            self.database.insert("outbox", waiting)
        log.info("record.kept", seq=line.seq, evidence=len(evidence))
        return line

    def note(self, kind: str, body: Mapping[str, Any]) -> AuditLine:
        """Add an audit line of its own; `body` holds no personal data. Errors as in `keep`."""
        with self.unit_with_note(kind, body) as line:
            return line

    def note_all(self, lines: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Add several audit lines (kind, body), all or none of them. As `note` otherwise."""
        if any(kind == RECORD_KEPT for kind, _ in lines):
            raise Misused("store.misused", reason="record.kept is written by keep")
        texts = [(kind, _body(body)) for kind, body in lines]
        with self.unit():
            for kind, text in texts:
                self._append(kind, body_digest(text), text)

    @contextmanager
    def unit_with_note(self, kind: str, body: Mapping[str, Any]) -> Iterator[AuditLine]:
        """A transaction that begins with an audit line; what the block writes stands or falls with it."""
        if kind == RECORD_KEPT:
            raise Misused("store.misused", reason="record.kept is written by keep")
        text = _body(body)
        with self.unit():
            yield self._append(kind, body_digest(text), text)

    def head(self) -> Head:
        """The last audit line."""
        found = self.database.rows("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        return Head(*found[0]) if found else Head()

    def record(self, record_id: str) -> Kept | None:
        """One record; None when it is not in the book; Damaged when it is not readable."""
        found = self._kept("WHERE record.id = ?", (record_id,))
        return found[0] if found else None

    def records(self, limit: int = 50, before_seq: int | None = None) -> tuple[Kept, ...]:
        """The newest records first; `before_seq` is the audit line where the page before ended."""
        where = "" if before_seq is None else "WHERE record.audit_seq < ?"
        parameters = (limit,) if before_seq is None else (before_seq, limit)
        return self._kept(f"{where} ORDER BY record.audit_seq DESC LIMIT ?", parameters)

    def envelope(self, record_id: str) -> Envelope | None:
        """A record with its evidence, as it goes to the centre."""
        kept = self.record(record_id)
        if kept is None:
            return None
        found = self.database.rows("SELECT name, blob FROM evidence WHERE record_id = ?", (record_id,))
        order = {ref.name: at for at, ref in enumerate(kept.record.evidence)}
        found.sort(key=lambda row: order.get(row[0], len(order)))
        return Envelope(
            record=kept.record,
            audit=kept.audit,
            key_id=kept.key_id,
            signature=kept.signature,
            evidence=tuple(SealedEvidence(name=name, blob=blob) for name, blob in found),
        )

    def ids(self) -> tuple[str, ...]:
        """All record ids, sorted."""
        return tuple(row[0] for row in self.database.rows("SELECT id FROM record ORDER BY id"))

    def counts(self, terminal_id: str) -> Counts:
        """What the centre compares with its own after a reconnect."""
        ids = self.ids()
        digest = sha256("\n".join(ids).encode())
        return Counts(terminal_id=terminal_id, records=len(ids), ids_sha256=digest, audit_seq=self.head().seq)

    def lines(self, after: int = 0, limit: int = LINES) -> tuple[AuditLine, ...]:
        """Audit lines after `after`, in order."""
        sql = f"SELECT {LINE_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?"
        return tuple(line_of_row(row) for row in self.database.rows(sql, (after, limit)))

    def body(self, seq: int) -> Mapping[str, Any] | None:
        """The body of an audit line; None for ``record.kept``, whose body is the record, or no such line."""
        found = self.database.rows("SELECT body FROM audit WHERE seq = ?", (seq,))
        return None if not found or found[0][0] is None else dict(json.loads(found[0][0]))

    def bodies(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """The bodies of all audit lines of `kind`, in order."""
        sql = "SELECT body FROM audit WHERE kind = ? AND body IS NOT NULL ORDER BY seq"
        return tuple(dict(json.loads(row[0])) for row in self.database.rows(sql, (kind,)))

    def bodies_after(self, kind: str, after: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Number and body of the audit lines of `kind` behind number `after`, in order, some at a time."""
        sql = (
            "SELECT seq, body FROM audit WHERE seq > ? AND kind = ? AND body IS NOT NULL ORDER BY seq LIMIT ?"
        )
        while rows := self.database.rows(sql, (after, kind, LINES)):
            for seq, body in rows:
                after = int(seq)
                yield after, dict(json.loads(body))

    def verify(self, trust: Trust | None = None) -> BookVerdict:
        """Read the whole book afresh from disk; see `sync.inspection.inspect`."""
        return inspect(self.path, self._key, trust)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A transaction and the high-water mark after it, for this package's own parts."""
        if self._mark is None:
            raise Misused("store.misused", reason="open for reading only, or closed")
        with self.database.edge():
            with self.database.unit():
                yield
                head = self.head()
            try:
                self._mark.move(head)
            except OSError as error:
                # The unit is committed; a mark that lags is only less sharp.
                log.warning("book.mark_failed", errno=error.errno)

    def _append(self, kind: str, body_sha256: str, body: str | None) -> AuditLine:
        line = next_line(self.head(), stamp(self.clock()), kind, body_sha256)
        self.database.insert("audit", {**line.model_dump(), "body": body})
        return line

    def know(self, signer: Signer) -> None:
        """Keep who signs, within a unit."""
        if not self.database.rows("SELECT 1 FROM signer WHERE key_id = ?", (signer.key_id,)):
            self.database.insert("signer", {"key_id": signer.key_id, "public_der": signer.public_der()})

    def _find(self, record_id: str) -> tuple[str, AuditLine] | None:
        sql = f"SELECT record.body, {LINE_COLUMNS} FROM record JOIN audit ON seq = audit_seq WHERE id = ?"
        found = self.database.rows(sql, (record_id,))
        return (found[0][0], line_of_row(found[0][1:])) if found else None

    def _kept(self, rest: str, parameters: Sequence[Any]) -> tuple[Kept, ...]:
        columns = f"record.body, key_id, signature, {LINE_COLUMNS}"
        sql = f"SELECT {columns} FROM record JOIN audit ON seq = audit_seq {rest}"
        return tuple(_kept_of(row) for row in self.database.rows(sql, parameters))

    def _begin(self, accept_loss: bool) -> None:
        """Compare the book with its mark and bring the schema up to date."""
        place = mark.path_of(self.path)
        migrations.version(self.database, len(migrations.STEPS))
        had, empty = mark.read(place), migrations.is_empty(self.database)
        head = Head() if empty else self.head()
        lost = had is not None and (empty or had.head.seq > head.seq)
        if had is not None and lost and not accept_loss:
            raise Damaged("store.tail_lost", marked=had.head.seq, found=head.seq)
        migrations.migrate(self.database)
        try:
            self._mark = mark.MarkFile(place, self._key, had.head if had is not None and lost else head)
        except OSError as error:
            raise Unwritable(errno=error.errno) from None
        if had is not None and lost:
            self.note("book.loss_accepted", {"marked": had.head.seq, "found": head.seq})
        elif had is None and head.seq:
            self.note("book.mark_renewed", {"found": head.seq})


def _kept_of(row: Sequence[Any]) -> Kept:
    body, key_id, signature, *line = row
    try:
        return Kept(Record.model_validate_json(body), line_of_row(line), key_id, signature)
    except ValidationError:
        raise Damaged("book.record_altered", line=line[0]) from None


def _same(before: tuple[str, AuditLine], text: str) -> AuditLine:
    """The first line of a record that is kept again."""
    kept, line = before
    if kept != text:
        raise Conflict("store.other_record", line=line.seq)
    return line


def _text_of(record: Record) -> str:
    return _body(record.as_json())


def _body(body: Mapping[str, Any]) -> str:
    try:
        return body_text(body)
    except ValueError as error:
        raise Conflict("store.not_json", reason=type(error).__name__) from None


def _refuse_other_evidence(record: Record, evidence: Sequence[SealedEvidence]) -> None:
    named = {ref.name: ref.sha256_sealed for ref in record.evidence}
    given = {item.name: sha256(item.blob) for item in evidence}
    if len(named) != len(record.evidence) or len(given) != len(evidence) or named != given:
        names = sorted(name for name in named.keys() | given.keys() if named.get(name) != given.get(name))
        raise Conflict("store.other_evidence", names=",".join(names))
