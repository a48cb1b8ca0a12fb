"""The book's schema, as numbered steps; each is applied once, in a transaction, and never edited again.

`PRAGMA user_version` holds the last step applied, `PRAGMA application_id` says that the file is one of our
books. Append-only is enforced here, by triggers: records, audit lines, receipts, signers and events of
follow-ups can be neither changed nor deleted, evidence only deleted, and only once the centre has
acknowledged its record. Of a revoked enrolment the template is gone and the row stays.
books. Append-only is enforced here, by triggers: records, audit lines, receipts and signers can be neither
changed nor deleted, evidence only deleted, and only once the centre has acknowledged its record. Of a revoked
enrolment the template is gone and the row stays; so it is with a password that was replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sync.errors import TooNew, WrongKey

APPLICATION_ID = 0x525A424B
"""``RZBK``."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the schema, and the statements that make it."""

    name: str
    statements: tuple[str, ...]


class Schema(Protocol):
    """What a migration needs of a database."""

    def unit(self) -> AbstractContextManager[None]:
        """One transaction."""
        ...

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        ...


def migrate(database: Schema, steps: Sequence[Step] | None = None) -> int:
    """Bring `database` to the newest schema; the number of steps applied now.

    TooNew for a book of a newer program, WrongKey (``store.not_a_book``) for a database that is none.
    """
    known = STEPS if steps is None else steps
    done = version(database, len(known))
    for number, step in enumerate(known[done:], start=done + 1):
        with database.unit():
            if version(database, len(known)) != number - 1:
                continue
            for statement in step.statements:
                database.rows(statement)
            database.rows(f"PRAGMA user_version = {number}")
            database.rows(f"PRAGMA application_id = {APPLICATION_ID}")
    return len(known) - done


def version(database: Schema, newest: int) -> int:
    """Steps already applied; TooNew or WrongKey when this program cannot go on from there."""
    application = database.rows("PRAGMA application_id")[0][0]
    done = int(database.rows("PRAGMA user_version")[0][0])
    if application not in (0, APPLICATION_ID):
        raise WrongKey("store.not_a_book", application_id=application)
    if application == 0 and not is_empty(database):
        raise WrongKey("store.not_a_book", application_id=0)
    if done > newest:
        raise TooNew(schema=done, newest=newest)
    return done


def is_empty(database: Schema) -> bool:
    """True before the first step."""
    return not database.rows("SELECT 1 FROM sqlite_master LIMIT 1")


def _frozen(table: str, *events: str) -> tuple[str, ...]:
    """Triggers that forbid `events` (``UPDATE``, ``DELETE``) on `table`."""
    return tuple(
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for event in events
    )


_BOOK = Step(
    "record, audit, evidence, outbox",
    (
        """CREATE TABLE audit (
            seq INTEGER PRIMARY KEY CHECK (seq > 0),
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            body_sha256 TEXT NOT NULL,
            prev TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            body TEXT,
            CHECK ((body IS NULL) = (kind = 'record.kept'))
        ) STRICT""",
        """CREATE TRIGGER audit_follows BEFORE INSERT ON audit
        WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit), 0)
            OR NEW.prev <> coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
        BEGIN SELECT RAISE(ABORT, 'audit line does not follow the last one'); END""",
        *_frozen("audit", "UPDATE", "DELETE"),
        """CREATE TABLE signer (
            key_id TEXT PRIMARY KEY,
            public_der BLOB NOT NULL
        ) STRICT""",
        *_frozen("signer", "UPDATE", "DELETE"),
        """CREATE TABLE record (
            id TEXT PRIMARY KEY,
            audit_seq INTEGER NOT NULL UNIQUE REFERENCES audit (seq),
            body TEXT NOT NULL,
            key_id TEXT NOT NULL REFERENCES signer (key_id),
            signature BLOB NOT NULL
        ) STRICT""",
        *_frozen("record", "UPDATE", "DELETE"),
        """CREATE TABLE receipt (
            number INTEGER PRIMARY KEY,
            record_id TEXT NOT NULL REFERENCES record (id),
            outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'already_have', 'rejected')),
            body TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX receipt_of_record ON receipt (record_id)",
        *_frozen("receipt", "UPDATE", "DELETE"),
        """CREATE TABLE evidence (
            record_id TEXT NOT NULL REFERENCES record (id),
            name TEXT NOT NULL,
            blob BLOB NOT NULL,
            PRIMARY KEY (record_id, name)
        ) STRICT""",
        *_frozen("evidence", "UPDATE"),
        """CREATE TRIGGER evidence_until_receipt BEFORE DELETE ON evidence
        WHEN NOT EXISTS (SELECT 1 FROM receipt
            WHERE record_id = OLD.record_id AND outcome IN ('accepted', 'already_have'))
        BEGIN SELECT RAISE(ABORT, 'evidence without receipt'); END""",
        """CREATE TABLE outbox (
            record_id TEXT PRIMARY KEY REFERENCES record (id),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'rejected')),
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            next_at_ms INTEGER NOT NULL,
            tried_at_ms INTEGER,
            settled_at_ms INTEGER,
            code TEXT NOT NULL DEFAULT '',
            facts TEXT NOT NULL DEFAULT '{}'
        ) STRICT""",
        "CREATE INDEX outbox_by_state ON outbox (state, next_at_ms)",
        *_frozen("outbox", "DELETE"),
        """CREATE TABLE head (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            hash TEXT NOT NULL,
            at TEXT NOT NULL,
            terminal_id TEXT NOT NULL,
            key_id TEXT NOT NULL REFERENCES signer (key_id),
            signature BLOB NOT NULL,
            receipt TEXT
        ) STRICT""",
        *_frozen("head", "DELETE"),
        """CREATE TRIGGER head_signed_once BEFORE UPDATE OF seq, hash, terminal_id, key_id, signature ON head
        BEGIN SELECT RAISE(ABORT, 'head is append-only'); END""",
    ),
)

_ENROLMENTS = Step(
    "enrolments of staff",
    (
        """CREATE TABLE enrolment (
            id TEXT PRIMARY KEY,
            audit_seq INTEGER NOT NULL UNIQUE REFERENCES audit (seq),
            person TEXT NOT NULL,
            engine TEXT NOT NULL,
            part TEXT NOT NULL,
            blob BLOB,
            revoked_seq INTEGER REFERENCES audit (seq),
            CHECK ((blob IS NULL) = (revoked_seq IS NOT NULL))
        ) STRICT""",
        "CREATE INDEX enrolment_of_person ON enrolment (person)",
        *_frozen("enrolment", "DELETE"),
        """CREATE TRIGGER enrolment_only_revoked BEFORE UPDATE ON enrolment
        WHEN OLD.blob IS NULL OR NEW.blob IS NOT NULL
            OR (NEW.id, NEW.audit_seq, NEW.person, NEW.engine, NEW.part)
            IS NOT (OLD.id, OLD.audit_seq, OLD.person, OLD.engine, OLD.part)
        BEGIN SELECT RAISE(ABORT, 'an enrolment can only be revoked'); END""",
    ),
)

_TASKS = Step(
    "follow-ups",
    (
        """CREATE TABLE task_event (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            task_id TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number > 0),
            what TEXT NOT NULL CHECK (what IN ('opened', 'reminded', 'escalated', 'assigned', 'closed')),
            body TEXT NOT NULL,
            UNIQUE (task_id, number)
        ) STRICT""",
        *_frozen("task_event", "UPDATE", "DELETE"),
        """CREATE TRIGGER task_event_follows BEFORE INSERT ON task_event
        WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM task_event WHERE task_id = NEW.task_id), 0)
            OR (NEW.number = 1) <> (NEW.what = 'opened')
            OR EXISTS (SELECT 1 FROM task_event WHERE task_id = NEW.task_id AND what = 'closed')
        BEGIN SELECT RAISE(ABORT, 'an event of a follow-up does not follow the last one'); END""",
    ),
)

_STAFF_ROLL = Step(
    "roll of operators, their passwords and tries",
    (
        """CREATE TABLE operator (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            maker TEXT NOT NULL,
            checker TEXT NOT NULL CHECK (checker <> maker),
            body TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX operator_by_person ON operator (person, audit_seq)",
        *_frozen("operator", "UPDATE", "DELETE"),
        """CREATE TABLE operator_secret (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            blob BLOB,
            ended_seq INTEGER REFERENCES audit (seq),
            CHECK ((blob IS NULL) = (ended_seq IS NOT NULL))
        ) STRICT""",
        "CREATE UNIQUE INDEX operator_secret_held ON operator_secret (person) WHERE ended_seq IS NULL",
        *_frozen("operator_secret", "DELETE"),
        """CREATE TRIGGER operator_secret_only_ended BEFORE UPDATE ON operator_secret
        WHEN OLD.blob IS NULL OR NEW.blob IS NOT NULL
            OR (NEW.audit_seq, NEW.person) IS NOT (OLD.audit_seq, OLD.person)
        BEGIN SELECT RAISE(ABORT, 'a secret can only be ended'); END""",
        """CREATE TABLE operator_try (
            audit_seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            person TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('refused', 'admitted', 'unlocked'))
        ) STRICT""",
        "CREATE INDEX operator_try_by_person ON operator_try (person, audit_seq)",
        *_frozen("operator_try", "UPDATE", "DELETE"),
    ),
)

STEPS: tuple[Step, ...] = (_BOOK, _ENROLMENTS, _TASKS, _STAFF_ROLL)
"""All steps; the schema's number is how many were applied."""
