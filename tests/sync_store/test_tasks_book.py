"""Follow-ups in the book: each event kept with its line, never changed, and watched over by the log."""

from __future__ import annotations

import pytest

from sync.database import connect
from sync.errors import Conflict
from sync.inspection import inspect
from sync.store import Store
from sync.task_event import What
from sync.tasks_book import TasksBook


@pytest.fixture
def tasks(store):
    return TasksBook(store)


def test_what_was_kept_is_there_after_a_restart(tasks, book, store, keys):
    first = tasks.add("t-1", 0, What.OPENED, {"owner": "S-1001", "state": "open"})
    second = tasks.add("t-1", 1, What.ASSIGNED, {"owner": "S-1002", "state": "open"})
    other = tasks.add("t-2", 0, What.OPENED, {"state": "open"})
    assert store.verify().sound, str(store.verify())
    store.close()
    with Store.open(book, keys.database_key(), read_only=True) as again:
        assert TasksBook(again).newest() == (second, other)
        assert TasksBook(again).history("t-1") == (first, second)
        assert TasksBook(again).history("t-9") == ()


def test_the_log_tells_of_events_without_saying_what_they_are_about(tasks, store):
    tasks.add("t-1", 0, What.OPENED, {"owner": "S-1001", "case": "c-77"})
    (line,) = store.lines()
    assert line.kind == "task.opened"
    assert sorted(store.body(line.seq)) == ["id", "number", "row_sha256"]
    assert "S-1001" not in str(store.body(line.seq))
    assert "c-77" not in str(store.body(line.seq))


def test_of_two_who_change_a_task_at_once_the_second_is_told(tasks, store):
    tasks.add("t-1", 0, What.OPENED, {})
    tasks.add("t-1", 1, What.ASSIGNED, {"owner": "S-1"})
    head = store.head()
    for after, what in ((1, What.CLOSED), (0, What.OPENED), (7, What.CLOSED)):
        with pytest.raises(Conflict, match=r"task\.changed"):
            tasks.add("t-1", after, what, {"owner": "S-2"})
    tasks.add("t-1", 2, What.CLOSED, {})
    with pytest.raises(Conflict, match=r"task\.changed"):
        tasks.add("t-1", 3, What.ASSIGNED, {})
    assert store.head().seq == head.seq + 1, "what was refused left no line"
    assert store.verify().sound, str(store.verify())


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM task_event",
        "UPDATE task_event SET body = '{}'",
        "INSERT INTO task_event SELECT 3, 't-1', 3, 'assigned', '{}'",  # after the end
        "INSERT INTO task_event SELECT 3, 't-2', 2, 'assigned', '{}'",  # before the beginning
        "INSERT INTO task_event SELECT 3, 't-2', 1, 'closed', '{}'",
        "INSERT INTO task_event SELECT 3, 't-2', 1, 'lost', '{}'",
    ],
)
def test_the_book_refuses_what_is_no_next_event(tasks, store, sql):
    tasks.add("t-1", 0, What.OPENED, {})
    tasks.add("t-1", 1, What.CLOSED, {})
    store.note("something.else", {"figure": 1})
    with pytest.raises(Conflict), store.unit():
        store.database.rows(sql)


@pytest.mark.parametrize(
    ("done", "named"),
    [
        ("UPDATE task_event SET body = '{}' WHERE audit_seq = 1", "event of follow-up t-1 altered"),
        ("UPDATE task_event SET task_id = 't-3' WHERE audit_seq = 1", "event of follow-up t-3 altered"),
        (
            "UPDATE task_event SET what = 'closed' WHERE audit_seq = 2",
            "event of follow-up t-1 was never logged",
        ),
        ("DELETE FROM task_event WHERE audit_seq = 2", "event of follow-up of line 2 missing"),
        (
            "UPDATE task_event SET audit_seq = 3 WHERE audit_seq = 2",
            "event of follow-up t-1 was never logged",
        ),
    ],
)
def test_whoever_has_the_key_cannot_change_follow_ups_unseen(tasks, store, book, keys, done, named):
    tasks.add("t-1", 0, What.OPENED, {"owner": "S-1"})
    tasks.add("t-1", 1, What.ASSIGNED, {"owner": "S-2"})
    store.note("something.else", {"figure": 1})
    store.close()
    guards = ("task_event_no_delete", "task_event_no_update")
    with connect(book, keys.database_key()) as database:
        sql = [
            database.rows("SELECT sql FROM sqlite_master WHERE name = ?", (each,))[0][0] for each in guards
        ]
        for each in guards:
            database.rows(f"DROP TRIGGER {each}")
        for statement in (done, *sql):
            database.rows(statement)
    verdict = inspect(book, keys.database_key())
    assert named in [str(each) for each in verdict.findings]
