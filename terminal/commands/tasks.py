"""``renzheng tasks``: follow-ups that are open, overdue ones first; who takes them, how they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from config.paths import paths, ready
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, json_option, out, print_json

if TYPE_CHECKING:
    from terminal.task_desk import TaskDesk
    from terminal.tasks import Doer, Task

_by = click.option("--by", "person", default="", metavar="STAFF", help="Staff number of who asks.")
_roles = click.option("--role", "roles", multiple=True, help="A role they hold; may be given again.")
_note = click.option("--note", default="", help="Kept with the task; without personal data.")
_id = click.argument("task_id", metavar="TASK")


@click.group("tasks")
def command() -> None:
    """Follow-ups after cases: due days, reminders, escalation. None is closed without an outcome."""


@command.command("list")
@click.option("--all", "closed", is_flag=True, help="Those that have ended as well.")
@_by
@_roles
@json_option
def list_(closed: bool, person: str, roles: tuple[str, ...], as_json: bool) -> int:
    """What is to be done, overdue first. Works while a terminal is running. Exit 1: something is overdue."""
    with _desk(write=False) as desk:
        rows = [_row(each) for each in desk.all(_doer(person, roles), closed=closed)]
    late = [row for row in rows if row["overdue"]]
    if as_json:
        print_json({"tasks": rows, "overdue": len(late)})
        return EX_NO if late else EX_YES
    if not rows:
        out.print(explain("task.none"))
    for row in rows:
        style = "bold red" if row["overdue"] else None
        out.print(_line(row), markup=False, style=style)
    return EX_NO if late else EX_YES


@command.command("show")
@_id
@_by
@_roles
@json_option
def show(task_id: str, person: str, roles: tuple[str, ...], as_json: bool) -> int:
    """All of one TASK; the beginning of its id is enough."""
    with _desk(write=False) as desk:
        row = _row(desk.find(task_id, _doer(person, roles)).task)
    if as_json:
        print_json(row)
    else:
        for name, value in row.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            out.print(f"{name:12} {shown}", markup=False)
    return EX_YES


@command.command("assign")
@_id
@click.argument("owner")
@_by
@_roles
@_note
@json_option
def assign(task_id: str, owner: str, person: str, roles: tuple[str, ...], note: str, as_json: bool) -> int:
    """Give TASK to OWNER (a staff number)."""
    doer = _doer(person, roles)
    with _desk(write=True) as desk:
        row = _row(desk.assign(desk.find(task_id, doer), owner, doer, note))
    return _tell(row, as_json)


@command.command("close")
@_id
@click.argument("outcome")
@click.option("--evidence", multiple=True, help="Record or evidence it rests on; may be given again.")
@_by
@_roles
@_note
@json_option
def close(
    task_id: str,
    outcome: str,
    evidence: tuple[str, ...],
    person: str,
    roles: tuple[str, ...],
    note: str,
    as_json: bool,
) -> int:
    """End TASK with an OUTCOME of its kind. Only its owner, its role, or who it escalates to may."""
    doer = _doer(person, roles)
    with _desk(write=True) as desk:
        row = _row(desk.close(desk.find(task_id, doer), outcome, doer, evidence, note))
    return _tell(row, as_json)


def _doer(person: str, roles: tuple[str, ...]) -> Doer:
    from terminal.tasks import Doer

    return Doer(person, frozenset(roles))


@contextmanager
def _desk(*, write: bool) -> Iterator[TaskDesk]:
    """The follow-ups of the terminal's own book; what was overdue is escalated first where it may write."""
    from sync.errors import SyncError
    from sync.store import Store
    from sync.tasks_book import TasksBook
    from terminal.keeping import keys_of, open_book
    from terminal.task_desk import TaskDesk
    from terminal.tasks import TaskError

    chosen = settings()
    home = ready(paths().data / "terminal")
    if not (home / "book.db").exists():
        raise Failure("audit.no_book", "There is no book yet.", "A first case makes one: renzheng run")
    try:
        keys = keys_of(home, chosen)
        key = keys.database_key() if chosen.store.encrypted else None
        opened = open_book(home, chosen, keys) if write else Store.open(home / "book.db", key, read_only=True)
        with opened as store:
            desk = TaskDesk(TasksBook(store))
            if write:
                desk.sweep()
            yield desk
    except TaskError as error:
        raise Failure(error.code, explain(error.code, **error.facts), exit_code=EX_USAGE) from error
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error


def _row(task: Task) -> dict[str, Any]:
    from terminal.tasks import overdue

    ending = task.ending
    return {
        "id": task.id,
        "kind": task.kind,
        "case": task.case_id,
        "state": task.state.value,
        "overdue": overdue(task, date.today()),
        "due": task.due.isoformat(),
        "assumed": task.assumed,
        "owner": task.owner,
        "role": task.role,
        "opened": task.opened_at,
        "reminders": [each.isoformat() for each in task.reminders],
        "outcomes": list(task.terms.outcomes),
        "outcome": task.outcome,
        "closed_by": ending.by if ending else "",
        "closed_at": ending.at if ending else "",
        "evidence": list(ending.evidence) if ending else [],
        "notes": list(task.notes),
        "clause": task.terms.clause,
    }


def _line(row: dict[str, Any]) -> str:
    days = f"due {row['due']}{' (assumed)' if row['assumed'] else ''}{', OVERDUE' if row['overdue'] else ''}"
    who = row["owner"] or f"any {row['role']}"
    ended = f", {row['outcome']}" if row["outcome"] else ""
    return f"{row['id']}  {row['kind']:20} {row['state']:9} {days}, {who}, case {row['case']}{ended}"


def _tell(row: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print_json(row)
    else:
        out.print(_line(row), markup=False)
    return EX_YES
