"""``renzheng tasks`` on a real book: listed, assigned, closed, and refused when it must be."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from config.paths import HOME, paths, ready
from config.sources import load
from sync.tasks_book import TasksBook
from terminal.calendar import Calendar
from terminal.cli import run
from terminal.keeping import keys_of, open_book
from terminal.rules.tasks import TaskRules
from terminal.task_desk import TaskDesk

RULES = TaskRules.model_validate(yaml.safe_load((Path(__file__).parent / "section.yaml").read_text("utf-8")))
TELLER = ("--by", "S-1001", "--role", "teller")
OFFICER = ("--by", "S-3001", "--role", "aml_officer")


@pytest.fixture
def ask(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(HOME, str(tmp_path))

    def asking(*arguments, as_json=True):
        with capture_logs():
            code = run(["tasks", *arguments, *(["--json"] if as_json else [])])
        said = capsys.readouterr()
        return code, json.loads(said.out) if as_json else said.out

    return asking


@pytest.fixture
def opened(ask):
    """A fresh task, one long overdue, and a confidential one; their ids by kind."""
    home, settings = ready(paths().data / "terminal"), load().settings
    past = datetime.now().astimezone() - timedelta(days=60)
    found = {}
    with capture_logs(), open_book(home, settings, keys_of(home, settings)) as store:
        for kind, now in (
            ("image_owed", past),
            ("risk_class", datetime.now().astimezone()),
            ("list_hit", past),
        ):
            desk = TaskDesk(TasksBook(store), lambda now=now: now)
            found[kind] = desk.open(kind, RULES, Calendar.load(), "c-1", owner="").id
    return found


def test_overdue_tasks_are_listed_first_and_secret_ones_not_at_all(ask, opened):
    code, said = ask("list", *TELLER)
    assert code == 1, "something is overdue"
    assert [(row["kind"], row["overdue"]) for row in said["tasks"]] == [
        ("image_owed", True),
        ("risk_class", False),
    ]
    assert said["overdue"] == 1
    code, said = ask("list", *OFFICER)
    assert {row["kind"] for row in said["tasks"]} == set(opened)
    code, text = ask("list", *TELLER, as_json=False)
    assert "OVERDUE" in text
    assert opened["list_hit"] not in text


def test_a_secret_task_is_as_unknown_as_one_that_is_not_there(ask, opened):
    answers = [ask("show", each, *TELLER) for each in (opened["list_hit"], "0000")]
    assert [code for code, _ in answers] == [64, 64]
    assert answers[0] == answers[1]
    assert ask("show", opened["list_hit"], *OFFICER)[1]["kind"] == "list_hit"


def test_closing_needs_the_right_person_and_an_outcome(ask, opened):
    mine = opened["risk_class"]
    assert ask("close", mine, "fine", *TELLER)[1]["error"]["code"] == "task.other_outcome"
    assert ask("close", mine, "", *TELLER)[1]["error"]["code"] == "task.no_outcome"
    assert ask("close", mine, "class_set", "--by", "S-9")[1]["error"]["code"] == "task.not_yours"
    code, said = ask("close", mine, "class_set", "--note", "by the form", *TELLER)
    assert (code, said["state"], said["outcome"], said["closed_by"]) == (0, "closed", "class_set", "S-1001")
    assert ask("close", mine, "class_set", *TELLER)[1]["error"]["code"] == "task.closed"
    assert mine not in [row["id"] for row in ask("list", *TELLER)[1]["tasks"]]
    assert mine in [row["id"] for row in ask("list", "--all", *TELLER)[1]["tasks"]]


def test_what_is_overdue_is_escalated_before_anybody_changes_it(ask, opened):
    late = opened["image_owed"]
    code, said = ask("assign", late, "S-1002", *TELLER)
    assert (code, said["error"]["code"]) == (64, "task.not_yours")
    head = ("--by", "S-2001", "--role", "supervisor")
    code, said = ask("assign", late, "S-1002", *head)
    assert (code, said["state"], said["owner"], said["role"]) == (0, "escalated", "S-1002", "supervisor")
    assert ask("close", late, "captured", "--by", "S-1002")[1]["error"]["code"] == "task.no_evidence"
    code, said = ask("close", late, "captured", "--evidence", "r-7", "--by", "S-1002")
    assert (code, said["evidence"]) == (0, ["r-7"])
    with capture_logs():
        assert run(["audit", "verify", "--book", "terminal"]) == 0


def test_sweeping_twice_changes_nothing_more(opened):
    home, settings = paths().data / "terminal", load().settings
    with capture_logs(), open_book(home, settings, keys_of(home, settings)) as store:
        desk = TaskDesk(TasksBook(store))
        changed = desk.sweep()
        assert {each.kind for each in changed} >= {"image_owed", "list_hit"}
        assert desk.sweep() == ()
        assert all(each.due < date.today() for each in changed if each.state.value == "escalated")


def test_without_a_book_it_is_said(ask):
    code, said = ask("list")
    assert (code, said["error"]["code"]) == (69, "audit.no_book")
