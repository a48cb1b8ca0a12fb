"""All or nothing: a fault between any two statements, a full disk, a file size limit, a broken signer."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from sqlcipher3 import dbapi2

from sync import mark
from sync.database import translated
from sync.errors import (
    Conflict,
    Damaged,
    DiskFull,
    InUse,
    Locked,
    Misused,
    StoreError,
    TooNew,
    Unusable,
    Unwritable,
    WrongKey,
)
from sync.outbox import Outbox
from sync.store import Store


class PowerCut(Exception):
    """Stands for anything that can happen between two statements."""


class Fuse:
    """Blows before the n-th statement that goes through sqlite-utils."""

    def __init__(self, statements: int) -> None:
        self.left = statements
        self.last = ""

    def __call__(self, sql: str, parameters: object) -> None:
        self.last = sql
        if self.left == 0:
            raise PowerCut(sql)
        self.left -= 1


def contents(store):
    tables = ("audit", "record", "evidence", "outbox", "signer", "receipt", "head")
    return {table: store.database.rows(f"SELECT * FROM {table}") for table in tables}


def blown(store, work):
    """`work` under a fuse of every length until it gets through; the statements it was cut before."""
    cut = []
    for length in range(200):
        before = contents(store)
        fuse = Fuse(length)
        try:
            with store.database.tables.tracer(fuse):
                work()
        except PowerCut:
            assert contents(store) == before, fuse.last
            cut.append(fuse.last)
            continue
        return cut
    raise AssertionError("it never got through")


def test_keep_is_all_or_nothing_at_every_statement(store, keys, new_case):
    record, evidence = new_case()
    cut = blown(store, lambda: store.keep(record, evidence, keys))
    text = " ".join(cut)
    for table in ("audit", "signer", "record", "evidence", "outbox"):
        assert f'INSERT INTO "{table}"' in text or f"INSERT INTO [{table}]" in text, table
    assert store.ids() == (record.id,)
    assert store.verify().sound


def test_a_receipt_is_all_or_nothing_at_every_statement(store, keys, centre, new_case):
    record, evidence = new_case()
    store.keep(record, evidence, keys)
    outbox = Outbox(store)
    assert len(blown(store, lambda: outbox.sent(centre.receipt(record)))) >= 4
    assert outbox.tally().accepted == 1
    assert store.verify().sound


def test_a_signer_that_fails_leaves_nothing(store, keys, new_case):
    class Broken:
        key_id = keys.key_id
        public_der = keys.public_der

        def sign(self, message):
            raise PowerCut

    with pytest.raises(PowerCut):
        store.keep(*new_case(), Broken())
    assert store.ids() == ()
    assert store.head().seq == 0
    store.keep(*new_case(), keys)
    assert store.verify().sound


def test_a_full_disk_keeps_the_book_and_refuses_new_cases(store, keys, new_case):
    """SQLite's page limit stands for the disk: the same result code, the same way out."""
    kept = []
    pages = store.database.rows("PRAGMA page_count")[0][0] + 12
    store.database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull) as caught:
        for _ in range(50):
            record, evidence = new_case(size=9000)
            store.keep(record, evidence, keys)
            kept.append(record.id)
    assert caught.value.code == "store.disk_full"
    assert kept
    assert store.ids() == tuple(sorted(kept))
    assert store.verify().sound
    store.database.rows("PRAGMA max_page_count = 100000")
    store.keep(*new_case(size=9000), keys)
    assert store.verify().sound


LIMITED = """
import json, resource, sys, pathlib
sys.path[:0] = [sys.argv[2]]
import structlog; structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
import conftest
from writing_parent import case
import random
from sync.errors import StoreError
from sync.keys import open_keys
from sync.store import Store
folder = pathlib.Path(sys.argv[1])
keys, centre, chance = open_keys(folder / "keys", "file"), conftest.Centre(), random.Random(1)
kept, code = [], ""
with Store.open(folder / "book.db", keys.database_key()) as store:
    store.note("terminal.started", {})
    made = (folder / "book.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (made + 100_000, resource.RLIM_INFINITY))
    try:
        for _ in range(100):
            record, evidence = case(chance, centre)
            store.keep(record, evidence, keys)
            kept.append(record.id)
    except StoreError as error:
        code = error.code
    seen = list(store.ids())
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps({"kept": kept, "seen": seen, "code": code}))
"""


def test_a_file_that_may_not_grow_keeps_what_it_has(tmp_path, keys):
    """A real refusal of the operating system (``ulimit -f``) in the middle of the write-ahead log."""
    from pathlib import Path

    from sync.keys import open_keys

    command = [sys.executable, "-c", LIMITED, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["code"] in ("store.unwritable", "store.disk_full")
    assert said["kept"]
    assert said["seen"] == sorted(said["kept"])
    own = open_keys(tmp_path / "keys", "file")
    with Store.open(tmp_path / "book.db", own.database_key()) as store:
        assert list(store.ids()) == sorted(said["kept"])
        assert store.verify().sound


def test_a_folder_that_does_not_exist_is_made_and_one_that_cannot_be_is_told(tmp_path, keys):
    Store.open(tmp_path / "new" / "book.db", keys.database_key()).close()
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable):
        Store.open(tmp_path / "file" / "book.db", keys.database_key())


def test_units_do_not_nest(store):
    with pytest.raises(Misused), store.unit(), store.unit():
        pass
    assert store.head().seq == 0


def test_a_key_of_another_length_is_a_bug_of_the_caller(book):
    with pytest.raises(Misused):
        Store.open(book, b"short")


def test_every_error_has_its_code_and_place():
    fatal = {WrongKey: "store.wrong_key", Damaged: "store.damaged", TooNew: "store.too_new"}
    passing = {
        DiskFull: "store.disk_full",
        Unwritable: "store.unwritable",
        Locked: "store.locked",
        InUse: "store.in_use",
        Conflict: "store.conflict",
        Misused: "store.misused",
    }
    for kind, code in {**fatal, **passing}.items():
        assert kind().code == code
        assert issubclass(kind, StoreError)
        assert issubclass(kind, Unusable) == (kind in fatal)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_NOTADB", WrongKey),
        ("SQLITE_CORRUPT", Damaged),
        ("SQLITE_FULL", DiskFull),
        ("SQLITE_IOERR", Unwritable),
        ("SQLITE_READONLY", Unwritable),
        ("SQLITE_BUSY", Locked),
        ("SQLITE_CONSTRAINT", Conflict),
        ("SQLITE_MISUSE", Misused),
    ],
)
def test_every_kind_of_sqlite_error_becomes_one_of_ours(name, kind):
    """Extended codes (the high bytes) count as their kind."""
    for extended in (0, 1 << 8, 9 << 8):
        error = dbapi2.DatabaseError("words of SQLite, perhaps with data in them")
        error.sqlite_errorcode = getattr(dbapi2, name) | extended
        error.sqlite_errorname = name
        ours = translated(error)
        assert type(ours) is kind
        assert ours.facts == {"sqlite": name}
        assert "words" not in str(ours)


def test_a_short_read_is_damage_not_a_bad_disk():
    error = dbapi2.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = 522, "SQLITE_IOERR_SHORT_READ"
    assert type(translated(error)) is Damaged


def test_a_mark_that_cannot_be_written_does_not_undo_what_is_kept(store, book, keys, new_case, monkeypatch):
    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mark.os, "pwrite", no_room)
    record, evidence = new_case()
    store.keep(record, evidence, keys)
    monkeypatch.undo()
    assert store.ids() == (record.id,)
    assert store.verify().sound, "a mark that lags is never wrong"
    store.note("case.step", {})
    assert mark.read(mark.path_of(book)).head == store.head()
