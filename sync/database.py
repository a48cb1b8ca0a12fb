"""One connection to the book: SQLCipher under sqlite-utils, its settings, transactions and errors.

Nothing above this module sees an exception of SQLite: `ERRORS` says which of ours each one becomes. All
calls are serialised; a call waits at most `BUSY_MS` for another one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import sqlite_utils
import structlog
from sqlcipher3 import dbapi2

from sync.errors import Conflict, Damaged, DiskFull, Locked, Misused, StoreError, Unwritable, WrongKey

log = structlog.get_logger(__name__)

BUSY_MS = 5000
KEY_BYTES = 32
PRIMARY = 0xFF
"""The low byte of an extended SQLite result code is its kind (sqlite.org/rescode.html)."""

ERRORS: Mapping[int, type[StoreError]] = MappingProxyType(
    {
        # Fatal: refuse to go on, leave the file as it is.
        dbapi2.SQLITE_NOTADB: WrongKey,
        dbapi2.SQLITE_CORRUPT: Damaged,
        dbapi2.SQLITE_FORMAT: Damaged,
        # Stop new cases; the book itself is sound.
        dbapi2.SQLITE_FULL: DiskFull,
        dbapi2.SQLITE_IOERR: Unwritable,
        dbapi2.SQLITE_READONLY: Unwritable,
        dbapi2.SQLITE_PERM: Unwritable,
        dbapi2.SQLITE_CANTOPEN: Unwritable,
        dbapi2.SQLITE_AUTH: Unwritable,
        dbapi2.SQLITE_NOLFS: Unwritable,
        # Passing: ask again.
        dbapi2.SQLITE_BUSY: Locked,
        dbapi2.SQLITE_LOCKED: Locked,
        dbapi2.SQLITE_PROTOCOL: Locked,
        dbapi2.SQLITE_INTERRUPT: Locked,
        dbapi2.SQLITE_SCHEMA: Locked,
        dbapi2.SQLITE_NOMEM: Locked,
        # The book said no to what it was given.
        dbapi2.SQLITE_CONSTRAINT: Conflict,
        dbapi2.SQLITE_TOOBIG: Conflict,
        dbapi2.SQLITE_MISMATCH: Conflict,
    }
)
"""SQLite's primary result codes; whatever is not listed is a bug of ours (`Misused`)."""

DAMAGE_IN_IO = frozenset({dbapi2.SQLITE_IOERR | (2 << 8), dbapi2.SQLITE_IOERR | (33 << 8)})
"""``SQLITE_IOERR_SHORT_READ`` and ``SQLITE_IOERR_CORRUPTFS``: the file is not whole."""

SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # else INSERT OR REPLACE would delete without asking the triggers
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)
WRITER_SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
)


class Database:
    """An open connection; see `connect`."""

    def __init__(self, connection: dbapi2.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._turn = threading.RLock()
        self.tables = sqlite_utils.Database(connection, execute_plugins=False)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement; part of the unit when one is open."""
        with self.edge():
            return list(self.tables.execute(sql, parameters))

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Row by row, for reading a long table; translate errors by consuming it within `edge`."""
        yield from self.tables.execute(sql, parameters)

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Add one row."""
        with self.edge():
            self.tables.table(table).insert(dict(row))

    @contextmanager
    def unit(self) -> Iterator[None]:
        """One write transaction: all of it, on disk, when the block ends; nothing of it when it raises."""
        with self.edge():
            if self._connection.in_transaction:
                raise Misused("store.misused", reason="a unit within a unit")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads within the block all see the same state."""
        with self.edge():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def edge(self) -> Iterator[None]:
        """Takes the turn, and makes our errors of SQLite's."""
        if not self._turn.acquire(timeout=BUSY_MS / 1000):
            raise Locked(reason="another call takes too long")
        try:
            yield
        except (dbapi2.Error, UnicodeDecodeError) as error:
            raise translated(error) from None
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the connection; the last one folds the write-ahead log into the file."""
        with self.edge():
            self.tables.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(path: Path, key: bytes | None, *, read_only: bool = False) -> Database:
    """The database at `path`, which must exist; an empty file becomes an empty database.

    WrongKey or Damaged when it cannot be read with `key`, Unwritable when it cannot be opened.
    """
    if key is not None and len(key) != KEY_BYTES:
        raise Misused("store.misused", reason="a key has 32 bytes")
    try:
        connection = dbapi2.connect(
            _address(path, read_only),
            uri=True,
            isolation_level=None,
            timeout=BUSY_MS / 1000,
            check_same_thread=False,
        )
    except dbapi2.Error as error:
        raise translated(error) from None
    try:
        _settle(connection, key, read_only)
        if not read_only:
            _log_ahead(connection)
        return Database(connection, path)
    except Unwritable:
        connection.close()
        raise
    except (dbapi2.Error, UnicodeDecodeError) as error:
        connection.close()
        raise translated(error) from None


def damaged_pages(path: Path, key: bytes) -> list[str]:
    """What SQLCipher's page check says of a file too damaged to open; empty when it says nothing."""
    try:
        connection = dbapi2.connect(_address(path, read_only=True), uri=True, isolation_level=None)
    except dbapi2.Error:
        return []
    try:
        _unlock(connection, key)
        return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
    except (dbapi2.Error, UnicodeDecodeError):
        return []
    finally:
        connection.close()


def scratch() -> Database:
    """An empty database in memory, without a key."""
    connection = dbapi2.connect(":memory:", isolation_level=None)
    _settle(connection, None, read_only=False)
    return Database(connection, Path())


def translated(error: dbapi2.Error | UnicodeDecodeError) -> StoreError:
    """Ours for one of SQLite's; the fact `sqlite` names the original.

    A damaged schema can make an error text that is no UTF-8, which `sqlcipher3` cannot hand over.
    """
    if isinstance(error, UnicodeDecodeError):
        return Damaged(sqlite="error text not readable")
    extended = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if extended is None:
        return Misused(sqlite=name)
    if extended in DAMAGE_IN_IO:
        return Damaged(sqlite=name)
    return ERRORS.get(extended & PRIMARY, Misused)(sqlite=name)


def _settle(connection: dbapi2.Connection, key: bytes | None, read_only: bool) -> None:
    connection.text_factory = _text
    if key is not None:
        _unlock(connection, key)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    for statement in SETTINGS + (() if read_only else WRITER_SETTINGS):
        connection.execute(statement).fetchall()


def _log_ahead(connection: dbapi2.Connection) -> None:
    """Readers must not stop the terminal; a file system that cannot do that is not for a book."""
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise Unwritable(reason="no write-ahead log on this file system", mode=mode)


def _unlock(connection: dbapi2.Connection, key: bytes) -> None:
    # SQLCipher would print page errors to stderr; they come back as result codes as well.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_compatibility = 4")


def _text(raw: bytes) -> str:
    """Text of a column; damaged text must reach the hash check instead of failing here."""
    return raw.decode("utf-8", "replace")


def _address(path: Path, read_only: bool) -> str:
    if not read_only:
        return f"{path.absolute().as_uri()}?mode=rw"
    wal = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not wal.exists():
        return f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return f"{path.absolute().as_uri()}?mode=ro"
