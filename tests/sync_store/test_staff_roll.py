"""The roll of operators in the book: versions with two names, sealed secrets, tries, and the log over all."""

from __future__ import annotations

import pytest

from sync.database import connect
from sync.errors import Conflict, SealBroken
from sync.inspection import inspect
from sync.staff_roll import StaffRoll
from sync.staff_row import TryOutcome

SECRET = b"what a password was made into" * 3
BY = ("S-9001", "S-9002")


@pytest.fixture
def roll(store, keys):
    return StaffRoll(store, keys.database_key())


def test_the_newest_version_counts_and_the_older_stay(roll, store, keys):
    roll.put("S-1", {"name": "李一"}, BY, {})
    roll.put("S-2", {"name": "王二"}, BY, {})
    roll.put("S-1", {"name": "李一", "revoked": True}, BY[::-1], {})
    again = StaffRoll(store, keys.database_key())
    assert [(each.person, dict(each.body)) for each in again.entries()] == [
        ("S-1", {"name": "李一", "revoked": True}),
        ("S-2", {"name": "王二"}),
    ]
    assert [(each.maker, each.checker) for each in again.history("S-1")] == [BY, BY[::-1]]
    assert again.entry("S-3") is None
    assert store.verify().sound, str(store.verify())


def test_nobody_makes_and_checks_at_once(roll, store):
    with pytest.raises(Conflict, match=r"operator\.one_person"):
        roll.put("S-1", {}, ("S-9001", "S-9001"), {})
    with pytest.raises(Conflict), store.unit_with_note("operator.changed", {}):
        row = {"audit_seq": 1, "person": "S-1", "maker": "S-9", "checker": "S-9", "body": "{}"}
        store.database.insert("operator", row)
    assert store.head().seq == 0


def test_the_log_tells_numbers_and_no_names(roll, store):
    roll.put("S-1", {"name": "李一"}, BY, {})
    roll.keep_secret("S-1", SECRET, {"by": "S-1"})
    roll.tried("S-1", TryOutcome.REFUSED, {"way": "password"})
    bodies = [store.body(line.seq) for line in store.lines()]
    assert "李一" not in str(bodies)
    assert (bodies[0]["maker"], bodies[0]["checker"]) == BY
    assert [line.kind for line in store.lines()] == [
        "operator.changed",
        "operator.secret_kept",
        "operator.refused",
    ]


def test_a_secret_is_replaced_for_good_and_ended_with_its_person(roll, store, book, keys):
    assert roll.secret("S-1") is None
    roll.keep_secret("S-1", SECRET, {})
    roll.keep_secret("S-1", b"a newer one", {})
    roll.keep_secret("S-2", SECRET, {})
    assert (roll.secret("S-1"), roll.secret("S-2")) == (b"a newer one", SECRET)
    roll.put("S-1", {"revoked": True}, BY, {}, ends_secret=True)
    assert roll.secret("S-1") is None
    assert roll.secret("S-2") == SECRET
    rows = store.database.rows("SELECT person, blob IS NULL, ended_seq FROM operator_secret")
    assert rows == [("S-1", 1, 2), ("S-1", 1, 4), ("S-2", 0, None)]
    assert store.verify().sound, str(store.verify())


def test_another_terminals_secret_does_not_open_it(roll, store):
    roll.keep_secret("S-1", SECRET, {})
    with pytest.raises(SealBroken, match=r"operator\.altered"):
        StaffRoll(store, bytes(32)).secret("S-1")


def test_tries_count_since_the_last_that_went_well(roll, clock):
    outcomes = ("refused", "admitted", "refused", "refused")
    for outcome in outcomes:
        roll.tried("S-1", TryOutcome(outcome), {})
        last = clock()
        clock.pass_(seconds=10)
    roll.tried("S-2", TryOutcome.REFUSED, {})
    found = roll.refused_since("S-1")
    assert [each.outcome for each in found] == [TryOutcome.REFUSED] * 2
    assert found[-1].at == last
    roll.tried("S-1", TryOutcome.UNLOCKED, {})
    assert roll.refused_since("S-1") == ()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM operator",
        "UPDATE operator SET body = '{}'",
        "DELETE FROM operator_secret",
        "UPDATE operator_secret SET person = 'S-2'",
        "UPDATE operator_secret SET blob = x'00'",
        "DELETE FROM operator_try",
        "UPDATE operator_try SET outcome = 'admitted'",
    ],
)
def test_the_book_refuses_to_rewrite_the_roll(roll, store, sql):
    roll.put("S-1", {}, BY, {})
    roll.keep_secret("S-1", SECRET, {})
    roll.tried("S-1", TryOutcome.REFUSED, {})
    with pytest.raises(Conflict), store.unit():
        store.database.rows(sql)


TAMPERED = [
    ("UPDATE operator SET body = '{}' WHERE audit_seq = 1", 1, "altered"),
    ("UPDATE operator SET checker = 'S-9' WHERE audit_seq = 1", 1, "altered"),
    ("UPDATE operator SET person = 'S-2' WHERE audit_seq = 1", 1, "altered"),
    ("DELETE FROM operator WHERE audit_seq = 1", 1, "missing"),
    ("INSERT INTO operator SELECT 5, person, maker, checker, '{}' FROM operator", 5, "was never logged"),
    ("UPDATE operator_secret SET blob = x'00' WHERE audit_seq = 3", 3, "altered"),
    ("UPDATE operator_secret SET person = 'S-2' WHERE audit_seq = 3", 3, "altered"),
    ("UPDATE operator_secret SET blob = NULL, ended_seq = 4 WHERE audit_seq = 3", 3, "altered"),
    (
        "DELETE FROM operator_secret WHERE audit_seq = 3;"
        "UPDATE operator_secret SET blob = x'07', ended_seq = NULL",
        2,
        "altered",
    ),
    ("DELETE FROM operator_secret WHERE audit_seq = 2", 2, "missing"),
    ("DELETE FROM operator_try", 4, "missing"),
    ("UPDATE operator_try SET outcome = 'admitted'", 4, "altered"),
    ("UPDATE operator_try SET person = 'S-2'", 4, "altered"),
    ("INSERT INTO operator_try VALUES (5, 'S-1', 'unlocked')", 5, "was never logged"),
]


@pytest.mark.parametrize(("done", "line", "problem"), TAMPERED, ids=[each[0] for each in TAMPERED])
def test_whoever_has_the_key_cannot_change_the_roll_unseen(roll, store, book, keys, done, line, problem):
    roll.put("S-1", {"name": "李一"}, BY, {})
    roll.keep_secret("S-1", SECRET, {})
    roll.keep_secret("S-1", SECRET, {})
    roll.tried("S-1", TryOutcome.REFUSED, {})
    store.note("something.else", {"figure": 1})
    store.close()
    with connect(book, keys.database_key()) as database:
        guards = dict(
            database.rows(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'operator%'"
            )
        )
        for each in guards:
            database.rows(f"DROP TRIGGER {each}")
        for statement in (*done.split(";"), *guards.values()):
            database.rows(statement)
    verdict = inspect(book, keys.database_key())
    assert f"row of the roll at audit line {line} {problem}" in [str(each) for each in verdict.findings]
