"""Enrolments of staff: sealed, bound to their row, revoked for good, and watched over by the log."""

from __future__ import annotations

import pytest

from sync.database import connect
from sync.enrolments import Enrolments
from sync.errors import Conflict, SealBroken
from sync.inspection import inspect

REFERENCE = b"\x07a veiled template" * 20


@pytest.fixture
def enrolments(store, keys):
    return Enrolments(store, keys.database_key())


def test_what_was_kept_is_opened_again_after_a_restart(enrolments, store, keys):
    made = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    (found,) = Enrolments(store, keys.database_key()).all()
    assert found == made
    assert enrolments.open(found) == REFERENCE
    assert REFERENCE not in made.sealed
    assert store.verify().sound, str(store.verify())


def test_the_log_tells_of_enrolments_without_naming_anybody(enrolments, store):
    made = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    enrolments.revoke(made, "left the bank")
    bodies = [store.body(line.seq) for line in store.lines()]
    assert [sorted(body) for body in bodies] == [["id", "row_sha256"], ["id", "reason"]]
    assert "S-1001" not in str(bodies)


def test_a_revoked_enrolment_is_gone_from_the_file_and_its_row_stays(enrolments, store, book, keys):
    made = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    enrolments.revoke(made, "")
    enrolments.revoke(made, "once more")
    assert enrolments.all() == enrolments.of("S-1001") == ()
    (row,) = enrolments.all(revoked=True)
    assert (row.person, row.sealed, row.revoked_seq) == ("S-1001", None, 2)
    with pytest.raises(SealBroken, match=r"enrolment\.revoked"):
        enrolments.open(row)
    assert store.head().seq == 2, "revoking twice is noted once"
    assert store.verify().sound, str(store.verify())


@pytest.mark.parametrize("column", ["person", "engine", "part", "id"])
def test_a_row_given_another_name_does_not_open(enrolments, column):
    made = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    other = {name: getattr(made, name) for name in made.__slots__} | {column: "another"}
    with pytest.raises(SealBroken, match=r"enrolment\.altered"):
        enrolments.open(type(made)(**other))


def test_another_terminals_secret_does_not_open_it(enrolments, store):
    made = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    with pytest.raises(SealBroken, match=r"enrolment\.altered"):
        Enrolments(store, bytes(32)).open(made)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM enrolment",
        "UPDATE enrolment SET person = 'S-2'",
        "UPDATE enrolment SET blob = x'00'",
        "UPDATE enrolment SET blob = NULL, revoked_seq = 1, engine = 'x'",
    ],
)
def test_the_book_refuses_what_is_no_revocation(enrolments, store, sql):
    enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    with pytest.raises(Conflict), store.unit():
        store.database.rows(sql)


@pytest.mark.parametrize(
    ("done", "named"),
    [
        ("UPDATE enrolment SET person = 'S-2' WHERE audit_seq = 1", "enrolment {one} altered"),
        ("UPDATE enrolment SET blob = x'00' WHERE audit_seq = 1", "enrolment {one} altered"),
        ("UPDATE enrolment SET blob = NULL, revoked_seq = 2 WHERE audit_seq = 1", "enrolment {one} altered"),
        ("DELETE FROM enrolment WHERE audit_seq = 1", "enrolment {one} missing"),
        (
            "INSERT INTO enrolment SELECT 'false', 4, 'S-9', engine, part, blob, NULL FROM enrolment LIMIT 1",
            "enrolment false was never logged",
        ),
        (
            "UPDATE enrolment SET blob = x'07', revoked_seq = NULL WHERE revoked_seq = 3",
            "enrolment {two} altered",
        ),
        (
            "UPDATE enrolment SET blob = {blob}, revoked_seq = NULL WHERE revoked_seq = 3",
            "enrolment {two} altered",
        ),
    ],
)
def test_whoever_has_the_key_cannot_change_enrolments_unseen(enrolments, store, book, keys, done, named):
    one = enrolments.keep("S-1001", "face open abc", "", REFERENCE)
    two = enrolments.keep("S-1002", "face open abc", "", REFERENCE)
    enrolments.revoke(two, "")
    store.note("something.else", {"figure": 1})
    store.close()
    guards = ("enrolment_no_delete", "enrolment_only_revoked")
    with connect(book, keys.database_key()) as database:
        sql = [
            database.rows("SELECT sql FROM sqlite_master WHERE name = ?", (each,))[0][0] for each in guards
        ]
        for each in guards:
            database.rows(f"DROP TRIGGER {each}")
        for statement in (done.replace("{blob}", f"x'{two.sealed.hex()}'"), *sql):
            database.rows(statement)
    verdict = inspect(book, keys.database_key())
    assert named.format(one=one.id, two=two.id) in [str(each) for each in verdict.findings]
