"""Old books open and go on; newer and foreign ones are refused as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync import migrations
from sync.database import connect
from sync.errors import TooNew, Unusable, WrongKey
from sync.inspection import inspect
from sync.migrations import STEPS, Step
from sync.store import Store

SCHEMAS = Path(__file__).parent / "schemas"


class PowerCut(Exception):
    """In the middle of a step."""


def made_from(script: Path, book: Path, key: bytes) -> None:
    """A book as the program of that time left it."""
    book.touch(0o600)
    with connect(book, key) as database:
        for statement in script.read_text("utf-8").split(";;\n"):
            if statement.strip():
                database.rows(statement)


def test_every_released_schema_has_its_old_book():
    found = {int(path.stem.partition("_")[2]) for path in SCHEMAS.glob("schema_*.sql")}
    assert found == set(range(1, len(STEPS) + 1))


@pytest.mark.parametrize("script", sorted(SCHEMAS.glob("schema_*.sql")), ids=lambda path: path.stem)
def test_an_old_book_opens_verifies_and_goes_on(script, book, keys, new_case):
    made_from(script, book, keys.database_key())
    with Store.open(book, keys.database_key()) as store:
        assert store.database.rows("PRAGMA user_version") == [(len(STEPS),)]
        before = store.head().seq
        kept = store.records()
        assert [one.record.body["decision"] for one in kept] == ["refuse", "accept"]
        store.keep(*new_case(), keys)
        assert store.head().seq > before
        assert store.verify().sound, str(store.verify())


def test_the_newest_frozen_schema_is_the_one_in_use(book, keys, tmp_path):
    """A released step must not be edited: what the frozen script makes is what the steps make."""
    made_from(SCHEMAS / f"schema_{len(STEPS)}.sql", book, keys.database_key())
    Store.open(tmp_path / "new.db", keys.database_key()).close()
    schemas = []
    for path in (book, tmp_path / "new.db"):
        with connect(path, keys.database_key(), read_only=True) as database:
            schemas.append(dict(database.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")))
    assert schemas[0] == schemas[1]


def test_a_step_is_applied_once_and_whole(book, keys, monkeypatch, new_case):
    with Store.open(book, keys.database_key()) as store:
        store.keep(*new_case(), keys)
    more = Step("a later one", ("CREATE TABLE later (a TEXT) STRICT", "CREATE INDEX later_a ON later (a)"))
    monkeypatch.setattr(migrations, "STEPS", (*STEPS, more))
    with pytest.raises(Unusable) as caught:
        Store.open(book, keys.database_key(), read_only=True)
    assert caught.value.code == "store.needs_upgrade"
    for _ in range(2):
        with Store.open(book, keys.database_key()) as store:
            assert store.database.rows("PRAGMA user_version") == [(len(STEPS) + 1,)]
            assert len(store.ids()) == 1


def test_a_step_that_is_interrupted_leaves_the_old_schema(book, keys, monkeypatch):
    Store.open(book, keys.database_key()).close()

    def fuse(sql, parameters):
        if "CREATE INDEX" in sql:
            raise PowerCut

    more = Step("a later one", ("CREATE TABLE later (a TEXT) STRICT", "CREATE INDEX later_a ON later (a)"))
    with connect(book, keys.database_key()) as database:
        with pytest.raises(PowerCut), database.tables.tracer(fuse):
            migrations.migrate(database, (*STEPS, more))
        assert database.rows("PRAGMA user_version") == [(len(STEPS),)]
        assert database.rows("SELECT name FROM sqlite_master WHERE name = 'later'") == []
        assert migrations.migrate(database, (*STEPS, more)) == 1


def test_a_book_of_a_newer_program_is_refused_as_it_is(book, keys):
    Store.open(book, keys.database_key()).close()
    with connect(book, keys.database_key()) as database:
        database.rows(f"PRAGMA user_version = {len(STEPS) + 1}")
    raw = book.read_bytes()
    for read_only in (False, True):
        with pytest.raises(TooNew) as caught:
            Store.open(book, keys.database_key(), read_only=read_only)
        assert caught.value.code == "store.too_new"
        assert caught.value.facts == {"schema": len(STEPS) + 1, "newest": len(STEPS)}
    assert book.read_bytes() == raw


def test_another_program_s_database_is_refused_as_it_is(book, keys):
    book.touch()
    with connect(book, keys.database_key()) as database:
        database.rows("CREATE TABLE theirs (a)")
    with pytest.raises(WrongKey) as caught:
        Store.open(book, keys.database_key())
    assert caught.value.code == "store.not_a_book"
    with connect(book, keys.database_key()) as database:
        database.rows("PRAGMA application_id = 42")
    with pytest.raises(WrongKey):
        Store.open(book, keys.database_key())
    with pytest.raises(WrongKey):
        inspect(book, keys.database_key())
