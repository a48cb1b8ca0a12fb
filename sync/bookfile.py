"""The file of a book: who may write it, how it is made, and what it means when it does not open."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sync import mark, migrations
from sync.database import Database, connect
from sync.errors import Damaged, InUse, SyncError, Unusable, Unwritable, WrongKey

FOLDER_MODE = 0o700
FILE_MODE = 0o600
PAGE_BYTES = 4096


def take(path: Path) -> int:
    """The right to write the book at `path`, held until the handle is closed; InUse, Unwritable."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        handle = os.open(path.with_name(f"{path.name}.lock"), flags, FILE_MODE)
    except OSError as error:
        raise Unwritable(errno=error.errno) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise InUse(book=path.name) from None
        raise Unwritable(errno=error.errno) from None
    return handle


def writing(path: Path, key: bytes | None) -> Database:
    """The book for writing, made for its owner only when there has never been one; see `_connect`."""
    if not path.exists() and mark.read(mark.path_of(path)) is None:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
        except OSError as error:
            raise Unwritable(errno=error.errno) from None
    return _connect(path, key, read_only=False)


def reading(path: Path, key: bytes | None) -> Database:
    """The book for reading, whoever writes it; Unusable (``store.needs_upgrade``) with an older schema."""
    database = _connect(path, key, read_only=True)
    try:
        done = migrations.version(database, len(migrations.STEPS))
        if done < len(migrations.STEPS):
            raise Unusable("store.needs_upgrade", schema=done, newest=len(migrations.STEPS))
    except SyncError:
        database.close()
        raise
    return database


def _connect(path: Path, key: bytes | None, *, read_only: bool) -> Database:
    """A connection; the mark tells a damaged book from a wrong key, and a lost one from a new one."""
    known = mark.read(mark.path_of(path))
    if not path.exists():
        raise Damaged("store.missing") if known is not None else Unwritable("store.no_book")
    size = path.stat().st_size
    if known is not None and size < PAGE_BYTES:
        raise Damaged(size=size)
    if 0 < size < PAGE_BYTES:
        # SQLite takes a file of a few bytes for an empty database and writes over it.
        raise WrongKey("store.not_a_book", size=size)
    try:
        return connect(path, key, read_only=read_only)
    except WrongKey:
        if known is not None and known.key_check == mark.key_check(key):
            raise Damaged(page=1) from None
        raise
