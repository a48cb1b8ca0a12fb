"""``renzheng lists``: watch lists of this terminal; whether a name or number is on them; new editions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.paths import paths, ready
from terminal.commands import lists_sign
from terminal.commands.context import explain, settings
from terminal.commands.lists_sign import telling_of_lists
from terminal.commands.output import (
    EX_CANNOT_TELL,
    EX_NO,
    EX_YES,
    Failure,
    json_option,
    out,
    print_json,
)

if TYPE_CHECKING:
    from sync.list_notes import Edition
    from sync.store import Store
    from terminal.checks.lists import Hit
    from terminal.checks.shelf import Shelf, Shelved
    from terminal.rules.lists import ListRules

_file = click.argument("file", type=click.Path(path_type=Path))


@click.group("lists")
def command() -> None:
    """Signed, dated watch lists. Answers name lists and entries, never people."""


command.add_command(lists_sign.command)


@command.command("show")
@json_option
def show(as_json: bool) -> int:
    """Which lists there are and whether they serve. Exit 1: one that must be there does not."""
    from terminal.checks.lists import WatchLists

    with _shelf() as (shelf, noted, _):
        rules = _rules()
        held = shelf.lists(date.today(), rules.grace_days, noted)
        lacking = WatchLists(held, rules).lacking
    rows = [_row(each) for each in held]
    if as_json:
        print_json({"lists": rows, "lacking": list(lacking)})
        return EX_NO if lacking else EX_YES
    for row in rows:
        out.print(
            f"{row['id']:24} {row['kind']:12} {row['state']:8} {row['count'] or 0:8} entries, "
            f"dated {row['dated'] or '?'}, until {row['expires'] or '?'}",
            markup=False,
        )
    for kind in lacking:
        out.print(explain("lists.lacking", kind_of_list=kind), style="bold red", markup=False)
    if not rows:
        out.print(explain("lists.none"))
    return EX_NO if lacking else EX_YES


@command.command("check")
@click.option("--name", "names", multiple=True, help="A name in any script; may be given again.")
@click.option("--number", "numbers", multiple=True, help="A document number; may be given again.")
@click.option("--born", default="", help="1970-05-17, or as much of it as is known.")
@json_option
def check(names: tuple[str, ...], numbers: tuple[str, ...], born: str, as_json: bool) -> int:
    """Is somebody of this name or number on a list?

    Exit 0: no. 1: yes, or perhaps. 2: a list that must be there does not serve.
    """
    from terminal.checks.lists import Subject, WatchLists
    from terminal.checks.names import born_of_text

    known = born_of_text(born) if born else None
    if not (names or numbers) or (born and known is None):
        raise click.UsageError("give a --name or a --number; --born as 1970-05-17, 1970-05 or 1970")
    with _shelf() as (shelf, noted, _):
        rules = _rules()
        lists = WatchLists(shelf.lists(date.today(), rules.grace_days, noted), rules)
    found = lists.check(Subject(names, numbers, known))
    hits = [_hit(each) for each in found.hits]
    if as_json:
        print_json({"hits": hits, "searched": list(found.searched), "lacking": list(found.lacking)})
    else:
        for hit in hits:
            out.print("{list}  {entry}  {how} {score}  {sure}, birth {birth}".format(**hit), markup=False)
        if not hits:
            out.print(explain("lists.no_hit", count=len(found.searched)))
        for kind in found.lacking:
            out.print(explain("lists.lacking", kind_of_list=kind), style="bold red", markup=False)
    return EX_NO if hits else EX_CANNOT_TELL if found.lacking else EX_YES


@command.command("add")
@_file
@json_option
def add(file: Path, as_json: bool) -> int:
    """Put the signed list in FILE in force; its signature lies beside it as FILE.sig."""
    from sync.list_notes import note_installed
    from terminal.checks.list_file import read_list

    with _shelf(write=True) as (shelf, noted, store):
        held = read_list(file)
        edition = shelf.add(held, datetime.now(UTC), noted)
        if store is not None and noted.get(edition.list_id) != edition:
            note_installed(store, edition, held.header.count)
    if as_json:
        print_json({"list": edition.list_id, "dated": edition.dated, "entries": held.header.count})
    else:
        out.print(explain("lists.added", list=edition.list_id, count=held.header.count), markup=False)
    return EX_YES


@contextmanager
def _shelf(*, write: bool = False) -> Iterator[tuple[Shelf, Mapping[str, Edition], Store | None]]:
    """The lists, what the book's log knows of them, and the book itself where something is to be noted."""
    from sync.errors import SyncError
    from sync.list_notes import newest
    from sync.store import Store
    from terminal.checks.shelf import Shelf, trusted_keys
    from terminal.keeping import keys_of, open_book

    chosen = settings()
    home = ready(paths().data / "terminal")
    with telling_of_lists():
        try:
            keys = keys_of(home, chosen)
            folder = Path(chosen.lists.folder) if chosen.lists.folder else paths().data / "lists"
            shelf = Shelf(folder, trusted_keys(chosen.lists.keys), keys.database_key())
            if write:
                with open_book(home, chosen, keys) as store:
                    yield shelf, newest(store), store
            elif (home / "book.db").exists():
                key = keys.database_key() if chosen.store.encrypted else None
                with Store.open(home / "book.db", key, read_only=True) as store:
                    noted = newest(store)
                yield shelf, noted, None
            else:
                yield shelf, {}, None
        except SyncError as error:
            raise Failure(error.code, explain(error.code, **error.facts)) from error


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "list": hit.list_id,
        "entry": hit.entry_id,
        "how": hit.how.value,
        "score": hit.score,
        "sure": hit.sure.value,
        "birth": hit.birth.value,
    }


def _rules() -> ListRules:
    """The section in force today."""
    from terminal.rules.today import rules_today

    return rules_today().lists


def _row(each: Shelved) -> dict[str, Any]:
    header = each.header
    return {
        "id": each.id,
        "kind": each.kind,
        "state": each.state.value,
        "serves": each.serves,
        "issuer": header.issuer if header else None,
        "dated": header.dated.isoformat() if header else None,
        "expires": header.expires.isoformat() if header else None,
        "count": header.count if header else None,
    }
