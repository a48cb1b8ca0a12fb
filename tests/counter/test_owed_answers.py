"""A case accepted while the centre could not be asked: owed, asked later, confirmed or contradicted (E02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from counters import Counter, open_counter

from sync.centre.population import FILE
from sync.store import Store
from sync.tasks_book import TasksBook
from terminal.calendar import Calendar
from terminal.case.events import Ending
from terminal.checks.centre import Centre
from terminal.counter.owed import CONFIRMED, CONTRADICTED, KIND, Owed, settle
from terminal.ledger import Book
from terminal.rules.reading import rules_of
from terminal.rules.today import shipped
from terminal.task_desk import TaskDesk
from terminal.tasks import Doer, TaskState
from terminal.virtual.people import people
from terminal.virtual.ways import CONDUCT, Way

RULES = rules_of(shipped(), date.today())
WHO = Doer("s-1", frozenset({"teller", "supervisor"}))
DOWN = 'down = ["precondition"]\n'
Opened = tuple[Book, Store, Centre]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with open_counter(tmp_path) as found:
        yield found


def table(folder: Path) -> Path:
    return folder / "centre" / FILE


def accepted_offline(opened: Opened, folder: Path) -> tuple[Counter, Owed]:
    """A class I account, opened while nobody could say whether there is one."""
    known = table(folder).read_text("utf-8")
    table(folder).write_text(DOWN + known, "utf-8")
    owed = Owed(folder / "owed", bytes(range(32)))
    made = Counter(*opened, RULES, CONDUCT[Way.ACCEPTED], owed=owed)
    made.run("open_class_1")
    assert made.last().ending is Ending.PROVISIONAL
    table(folder).write_text(known, "utf-8")
    return made, owed


def follow_ups(book: Book) -> list[TaskState]:
    return [each.state for each in book.task_desk().all(WHO, closed=True) if each.kind == KIND]


def test_what_is_owed_is_sealed_and_somebody_answers_for_it(opened: Opened, tmp_path: Path) -> None:
    _, owed = accepted_offline(opened, tmp_path)
    (question,) = owed.all()
    assert (question.key, question.name) == ("case/class_1_count", "class_1_account")
    assert follow_ups(opened[0]) == [TaskState.OPEN]
    (place,) = (tmp_path / "owed").iterdir()
    kept = place.read_bytes()
    for person in people().values():
        assert person.fields["number"].encode() not in kept
        assert person.fields["name"].encode() not in kept
    place.write_bytes(kept[:-1] + b"\0")
    assert owed.all() == () and place.exists(), "an altered one is neither believed nor lost"
    assert Owed(tmp_path / "owed", bytes(32)).all() == ()


def test_without_a_line_it_stays_owed(opened: Opened, tmp_path: Path) -> None:
    made, owed = accepted_offline(opened, tmp_path)
    book, store, centre = opened
    table(tmp_path).write_text(DOWN + table(tmp_path).read_text("utf-8"), "utf-8")
    assert settle(owed, centre, book.note, book.task_desk()) == 0
    assert len(owed.all()) == 1 and store.bodies(CONFIRMED) == () == store.bodies(CONTRADICTED)
    assert made.last().ending is Ending.PROVISIONAL


def test_the_centre_confirms_it_later(opened: Opened, tmp_path: Path) -> None:
    made, owed = accepted_offline(opened, tmp_path)
    book, store, centre = opened
    assert settle(owed, centre, book.note, book.task_desk()) == 1
    (line,) = store.bodies(CONFIRMED)
    assert (line["case_id"], line["answer"]) == (made.last().case_id, "none")
    assert "subject" not in line and store.bodies(CONTRADICTED) == ()
    assert owed.all() == () and follow_ups(book) == [TaskState.CLOSED]
    assert settle(owed, centre, book.note, book.task_desk()) == 0


def test_contradicted_it_is_left_to_people_to_undo(opened: Opened, tmp_path: Path) -> None:
    _, owed = accepted_offline(opened, tmp_path)
    book, store, centre = opened
    known = table(tmp_path).read_text("utf-8")
    assert known.count('class_1_account = "none"') > 1
    table(tmp_path).write_text(known.replace('class_1_account = "none"', 'class_1_account = "held"'), "utf-8")
    assert settle(owed, centre, book.note, book.task_desk()) == 1
    (line,) = store.bodies(CONTRADICTED)
    assert line["answer"] == "held" and store.bodies(CONFIRMED) == ()
    assert owed.all() == () and follow_ups(book) == [TaskState.OPEN]


def test_what_is_overdue_is_escalated_when_the_terminal_starts(opened: Opened) -> None:
    book, store, _ = opened
    past = datetime.now(UTC) - timedelta(days=60)
    made = TaskDesk(TasksBook(store), lambda: past).open(KIND, RULES.tasks, Calendar.load(), "case-1")
    made_before = book.task_desk().find(made.id, WHO).task
    Counter(*opened, RULES, CONDUCT[Way.ACCEPTED]).desk.settle()
    now = book.task_desk().find(made.id, WHO).task
    assert made_before == made and now.state is TaskState.ESCALATED
