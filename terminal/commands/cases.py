"""``renzheng case``: what the log knows of cases, and a case again from the log alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from config.paths import paths
from sync.errors import SyncError
from terminal.case.docket import EVENT, HANDED, UnknownCase, told, was_handed_over
from terminal.case.events import as_json as event_json
from terminal.case.replay import Moment, NotBegun
from terminal.case.report import told_line
from terminal.case.session import NotNow
from terminal.case.values import Case
from terminal.case.verdict import verdict
from terminal.commands.case_moves import hand_over, peer_key, slip, take_over
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_YES, Failure, json_option, out, print_json
from terminal.counter.owed import CONFIRMED, CONTRADICTED
from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.today import rules_named

BOOKS = ("terminal", "virtual")
WAITS = {"parked": "parked", "unparked": "open"}
"""What an event makes of a case that is still here."""


@click.group("case")
def command() -> None:
    """Cases in the audit log: look at them, hand them over, take them over."""


for _each in (hand_over, take_over, slip, peer_key):
    command.add_command(_each)


@command.command("list")
@click.option("--book", type=click.Choice(BOOKS), help="One book only; all that exist when left out.")
@json_option
def list_(book: str | None, as_json: bool) -> int:
    """List every case of the log: when, which business, how it ended."""
    gone = case_lines(book, HANDED)
    rows = [row for name, lines in case_lines(book).items() for row in _rows(lines, gone.get(name, ()))]
    if as_json:
        print_json({"cases": rows})
    for row in [] if as_json else rows:
        out.print(f"{row['opened']}  {row['case_id']}  {row['business']:22} {row['ending'] or row['state']}")
    return EX_YES


@command.command("replay")
@click.argument("case_id")
@json_option
def replay(case_id: str, as_json: bool) -> int:
    """Show every step, try, finding, person and time of a case from the audit log alone, and decide again.

    The rules are those the case names, also when others are in force now. Exit 0 when the decision comes out
    as it was made, 1 when it does not or an event does not fit the rules.
    """
    for name, lines in case_lines(None).items():
        if any(line.get("case_id") == case_id for line in lines):
            return _replayed(case_id, lines, _later(case_id, name), as_json)
    raise Failure("case.unknown", f"The log knows no case {case_id}.", "List them: renzheng case list")


def _later(case_id: str, book: str) -> list[dict[str, Any]]:
    """What the centre answered afterwards of what a case accepted offline owed it (E02)."""
    return [
        {"question": line["question"], "answer": line["answer"], "confirmed": kind == CONFIRMED}
        for kind in (CONFIRMED, CONTRADICTED)
        for line in case_lines(book, kind)[book]
        if line.get("case_id") == case_id
    ]


def _replayed(
    case_id: str, lines: tuple[Mapping[str, Any], ...], later: list[dict[str, Any]], as_json: bool
) -> int:
    moments: list[Moment] = []
    try:
        moments.extend(told(case_id, lines, rules_named))
    except (NotNow, NotBegun, UnknownCase) as error:
        return _does_not_fit(moments, str(error), as_json)
    except RuleError as error:
        raise Failure(error.code, f"The rules of this case are not here: {error}") from error
    rules = rules_named(moments[-1].case.packs_sha256)
    agrees = _agrees(moments, rules)
    if as_json:
        steps = [event_json(each.event) for each in moments]
        print_json(
            {"case_id": case_id, "agrees": agrees, "events": steps, "packs": rules.name, "later": later}
        )
    else:
        _tell(moments, rules, agrees)
        for each in later:
            word = "confirmed" if each["confirmed"] else "[bold red]contradicted[/bold red]"
            out.print(f"Later, by the centre: {each['question']} {each['answer']}: {word}.")
    return EX_YES if agrees else EX_NO


def _agrees(moments: list[Moment], rules: RulePack) -> bool:
    """True when the rules give the ending that was written, from what was known just before it."""
    last = moments[-1].case
    if last.ending is None or len(moments) < 2:
        return last.ending is None
    before = verdict(moments[-2].case, rules).accepts
    return (last.ending is before) or (last.ending.value not in ("accepted", "provisional", "not_needed"))


def _tell(moments: list[Moment], rules: RulePack, agrees: bool) -> None:
    last = Case()
    out.print(f"[bold]{moments[0].case.case_id}[/bold] by {rules.name}")
    for moment in moments:
        event = moment.event
        out.print(f"{event.at}  {event.kind:9} by {event.by}", style="dim", markup=False)
        for line in told_line(last, moment.case):
            out.print(line, markup=False)
        if event.kind == "failed":
            out.print(f"  try  {event.key:34} {event.code}", markup=False)
        last = moment.case
    out.print("Decided again: the same." if agrees else "[bold red]Decided again: not the same.[/bold red]")


def _does_not_fit(moments: list[Moment], cause: str, as_json: bool) -> int:
    if as_json:
        print_json({"agrees": False, "events": len(moments), "cause": cause})
    else:
        out.print(f"[bold red]After {len(moments)} events the log does not fit its rules:[/bold red] {cause}")
    return EX_NO


def _rows(lines: tuple[Mapping[str, Any], ...], gone: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for line in lines:
        event = line["event"]
        if event["kind"] == "opened":
            business = event["situation"]["business"]
            rows[line["case_id"]] = {
                "case_id": line["case_id"],
                "opened": event["at"],
                "business": business,
                "ending": None,
                "state": "handed over" if was_handed_over(line["case_id"], lines, gone) else "open",
            }
        elif event["kind"] == "ended" and line["case_id"] in rows:
            rows[line["case_id"]] |= {"ending": event["ending"], "state": "ended"}
        elif event["kind"] in WAITS and rows.get(line["case_id"], {}).get("state") in WAITS.values():
            rows[line["case_id"]]["state"] = WAITS[event["kind"]]
    return list(rows.values())


def case_lines(book: str | None, kind: str = EVENT) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """The case events (or other lines) of every book there is, read beside a running terminal."""
    from sync.store import Store
    from terminal.keeping import keys_of

    chosen = settings()
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for name in BOOKS:
        home = paths().data / name
        if book not in (None, name) or not (home / "book.db").exists():
            continue
        try:
            key = keys_of(home, chosen).database_key() if chosen.store.encrypted else None
            with Store.open(home / "book.db", key, read_only=True) as store:
                found[name] = store.bodies(kind)
        except SyncError as error:
            raise Failure(error.code, explain(error.code, **error.facts)) from error
    if not found:
        raise Failure("audit.no_book", "There is no book yet.", "A first case makes one: renzheng run")
    return found
