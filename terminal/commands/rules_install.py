"""``renzheng rules install``, ``rollback`` and ``history``: what is in force, and what was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from config.paths import paths, ready
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_YES, Failure, err, json_option, out, print_json
from terminal.commands.rules_told import problem_row, refusing, say, shelf_here
from terminal.rules.candidate import read_candidate
from terminal.rules.shelf import Shelf
from terminal.rules.states import State

_reason = click.option("--reason", default="", help="Noted in the log; without personal data.")


@click.command("install")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--by", multiple=True, help="Staff number of who installs; repeatable.")
@_reason
@json_option
def install(files: tuple[Path, ...], by: tuple[str, ...], reason: str, as_json: bool) -> int:
    """Put the signed packs in FILES in force together, whole or not at all.

    Each from its own date on. Exit 1: refused, with file, line, place, cause and clause; what was in force
    stays so. The terminal must be closed: its log notes the change.
    """
    with _noting() as shelf, refusing():
        candidates = [read_candidate(file) for file in files]
        problems = shelf.check(candidates)
        if len(problems) > 1 and not as_json:
            for each in problems[1:]:
                err.print(str(each), markup=False)
        state = shelf.install(candidates, by, reason)
        name = shelf.rules().name
    if as_json:
        print_json({"state": state.number, "packs": [each.name for each in state.installed], "rules": name})
    else:
        out.print(say("rules.told.installed", state=state.number, packs=name), markup=False)
    return EX_YES


@click.command("rollback")
@click.argument("to", type=click.IntRange(1))
@click.option("--by", multiple=True, required=True, help="Staff number; two different people are needed.")
@_reason
@json_option
def rollback(to: int, by: tuple[str, ...], reason: str, as_json: bool) -> int:
    """Go back to the packs of the state TO (see history), by two people, who are noted."""
    with _noting() as shelf, refusing():
        state = shelf.rollback(to, by, reason)
        name = shelf.rules().name
    if as_json:
        print_json({"state": state.number, "to": to, "rules": name})
    else:
        out.print(say("rules.told.rolled_back", state=state.number, to=to, packs=name), markup=False)
    return EX_YES


@click.command("history")
@json_option
def history(as_json: bool) -> int:
    """Every state there ever was: when, by whom, with which packs. Exit 1: a later one is not sound."""
    shelf = shelf_here()
    held = shelf.held()
    states = shelf.history()
    in_force = held.state.number if held.state else None
    if as_json:
        rows = [_row(each, each.number == in_force) for each in states]
        print_json({"states": rows, "problems": [problem_row(each) for each in held.problems]})
        return EX_NO if held.problems else EX_YES
    if not states:
        out.print(say("rules.told.nothing_installed"), markup=False)
    for each in states:
        out.print(_told(each, each.number == in_force), markup=False)
    for problem in held.problems:
        out.print(f"  {problem} ({say(problem.code)})", markup=False)
    return EX_NO if held.problems else EX_YES


def _row(state: State, in_force: bool) -> dict[str, Any]:
    said = state.model_dump(mode="json", exclude={"form"})
    return {**said, "sha256": state.digest, "in_force": in_force}


def _told(state: State, in_force: bool) -> str:
    mark = "*" if in_force else " "
    packs = ", ".join(each.name for each in state.installed) or "–"
    to = f" → {state.to}" if state.to is not None else ""
    by = f"  ({', '.join(state.by)})" if state.by else ""
    reason = f"  {state.reason}" if state.reason else ""
    return f"{mark} {state.number:4}  {state.at}  {state.change.value}{to}  {packs}{by}{reason}"


@contextmanager
def _noting() -> Iterator[Shelf]:
    """The shelf with the terminal's own book to note in; `Failure` while a terminal has it."""
    from sync.errors import SyncError
    from terminal.keeping import keys_of, open_book

    chosen = settings()
    home = ready(paths().data / "terminal")
    try:
        with open_book(home, chosen, keys_of(home, chosen)) as store:
            yield shelf_here(store.note)
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
