"""Everything the centre does for terminals, without HTTP: the app and the loopback transport call this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from sync.asking import Answered, Asked
from sync.centre import intake, lines, questions, tables, terminals
from sync.centre.book import CentreBook, open_book
from sync.centre.door import PAGE_SIZE, Health, Hello, RecordIds, StoredRecord, question_bytes
from sync.centre.errors import Code, Refusal
from sync.centre.keys import CentreKeys, load_or_make
from sync.centre.population import NO_SOURCE, Answers, TableAnswers
from sync.centre.terminals import stamp
from sync.keys import verifies
from sync.records import (
    AuditLine,
    AuditReceipt,
    AuditUpload,
    CentreIdentity,
    Counts,
    Enrolment,
    Envelope,
    Receipt,
    Record,
    sha256,
)

NONCE_LIMIT = 128


def utc_now() -> datetime:
    """The time of day, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """The centre at work. Holds only keys, database and sources: any number may run side by side."""

    book: CentreBook
    keys: CentreKeys
    now: Callable[[], datetime] = utc_now
    answers: Answers = NO_SOURCE

    def hello(self, nonce: str) -> Hello:
        """Who this is and what time it is, signed over the caller's `nonce`."""
        if len(nonce) > NONCE_LIMIT:
            raise Refusal(Code.TOO_LARGE, {"where": "nonce"})
        hello = Hello(identity=self.keys.identity, at=stamp(self.now()), nonce=nonce, signature=b"")
        return hello.model_copy(update={"signature": self.keys.sign(hello.signed_bytes())})

    def health(self) -> Health:
        """Whether the database answers; Refusal ``centre.unavailable`` when it does not."""
        self.book.read(lambda connection: connection.execute(select(1)).one())
        return Health(ok=True, at=stamp(self.now()))

    def token(self) -> str:
        """A new one-time enrolment token."""
        return self.book.write(lambda connection: terminals.new_token(connection, self.keys, self.now()))

    def enrol(self, wish: Enrolment) -> CentreIdentity:
        """Make a terminal known; see `terminals.enrol`."""
        self.book.write(lambda connection: terminals.enrol(connection, wish, self.now()))
        return self.keys.identity

    def take_record(self, envelope: Envelope) -> Receipt:
        """Judge and keep a record; see `intake.receive`."""
        return intake.receive(self.book, self.keys, envelope, self.now())

    def take_audit(self, upload: AuditUpload) -> AuditReceipt:
        """Add audit lines; see `lines.receive`."""
        return lines.receive(self.book, self.keys, upload, self.now())

    def ask(self, asked: Asked) -> Answered:
        """Answer a terminal's question; see `questions.receive`."""
        return questions.receive(self.book, self.keys, self.answers, asked, self.now())

    def admit(self, terminal_id: str, path: str, signature: bytes) -> None:
        """Refusal unless the terminal signed the question for `path`.

        No freshness: it only reads the terminal's own results, and mTLS keeps strangers off the line.
        """
        terminal = self.book.read(lambda connection: terminals.known(connection, terminal_id))
        if not verifies(terminal.public_key, signature, question_bytes(terminal_id, path)):
            raise Refusal(Code.BAD_SIGNATURE)

    def record(self, record_id: str) -> tuple[str, StoredRecord]:
        """A stored record and whose it is; Refusal ``centre.not_found``."""
        return self.book.read(lambda connection: _record(connection, record_id))

    def counts(self, terminal_id: str) -> Counts:
        """What the centre has of a terminal."""
        return self.book.read(lambda connection: _counts(connection, terminal_id))

    def record_ids(self, terminal_id: str, after: str) -> RecordIds:
        """The next page of a terminal's record ids after `after`."""
        return self.book.read(lambda connection: _ids(connection, terminal_id, after))

    def close(self) -> None:
        """Let go of the database."""
        self.book.close()


def open_desk(folder: Path, domain: str | None = None, database: str | None = None) -> Desk:
    """The centre of `folder`, founded when it is new; Refusal as in `keys.load_or_make` and `CentreBook`."""
    keys = load_or_make(folder, domain)
    answers = TableAnswers(folder, keys.identity.domain)
    return Desk(open_book(folder, database), keys, answers=answers)


def _record(connection: Connection, record_id: str) -> tuple[str, StoredRecord]:
    row = connection.execute(select(tables.record).where(tables.record.c.id == record_id)).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND)
    return row.terminal_id, StoredRecord(
        record=Record.model_validate_json(row.record),
        audit=AuditLine.model_validate_json(row.audit),
        key_id=row.key_id,
        signature=row.signature,
        receipt=Receipt.model_validate_json(row.receipt),
    )


def _counts(connection: Connection, terminal_id: str) -> Counts:
    terminals.known(connection, terminal_id)
    ids = connection.execute(select(tables.record.c.id).where(tables.record.c.terminal_id == terminal_id))
    found = sorted(ids.scalars())
    last = connection.execute(
        select(func.max(tables.audit_line.c.seq)).where(tables.audit_line.c.terminal_id == terminal_id)
    ).scalar_one()
    return Counts(
        terminal_id=terminal_id,
        records=len(found),
        ids_sha256=sha256("\n".join(found).encode()),
        audit_seq=last or 0,
    )


def _ids(connection: Connection, terminal_id: str, after: str) -> RecordIds:
    terminals.known(connection, terminal_id)
    found = connection.execute(
        select(tables.record.c.id)
        .where(tables.record.c.terminal_id == terminal_id, tables.record.c.id > after)
        .order_by(tables.record.c.id)
        .limit(PAGE_SIZE + 1)
    )
    ids = tuple(found.scalars())
    return RecordIds(terminal_id=terminal_id, ids=ids[:PAGE_SIZE], more=len(ids) > PAGE_SIZE)
