"""``renzheng audit``: is the book still as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from config.paths import paths
from config.settings import Settings
from sync import enrol
from sync.errors import SyncError
from sync.inspection import Trust
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_YES, Failure, json_option, out, print_json

BOOKS = ("terminal", "virtual")


@click.group("audit")
def command() -> None:
    """Check the hash-chained log and everything it vouches for."""


@command.command("verify")
@click.option("--book", type=click.Choice(BOOKS), help="One book only; all that exist when left out.")
@json_option
def verify(book: str | None, as_json: bool) -> int:
    """Read the whole book afresh and name every record, line or page that is not as it was written.

    Works while a terminal is running. Exit 0: sound. 1: something was altered, cut or damaged.
    """
    chosen = settings()
    homes = [paths().data / name for name in BOOKS if book in (None, name)]
    found = [home for home in homes if any((home / name).exists() for name in ("book.db", "book.db.mark"))]
    if not found:
        raise Failure("audit.no_book", "There is no book yet.", "A first case makes one: renzheng run")
    answers = [_inspect(home, chosen) for home in found]
    sound = all(answer["sound"] for answer in answers)
    if as_json:
        print_json({"sound": sound, "books": answers})
    else:
        for answer in answers:
            _tell(answer)
    return EX_YES if sound else EX_NO


def _inspect(home: Path, chosen: Settings) -> dict[str, Any]:
    from sync.inspection import inspect
    from terminal.keeping import keys_of

    try:
        keys = keys_of(home, chosen)
        identity = enrol.load(home)
        trust = Trust((keys.public_der(),), identity.receipt_key if identity else None)
        key = keys.database_key() if chosen.store.encrypted else None
        verdict = inspect(home / "book.db", key, trust)
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    findings = [
        {"code": finding.code, "subject": finding.subject, "text": str(finding)}
        for finding in verdict.findings
    ]
    return {
        "book": home.name,
        "sound": verdict.sound,
        "records": verdict.records,
        "audit_lines": verdict.head.seq,
        "head": verdict.head.hash,
        "findings": findings,
    }


def _tell(answer: dict[str, Any]) -> None:
    count = f"{answer['records']} records, {answer['audit_lines']} audit lines"
    if answer["sound"]:
        out.print(
            f"[green]Sound[/green]  {answer['book']}: {count}, all as written; head {answer['head'][:16]}…"
        )
        return
    out.print(f"[bold red]Altered[/bold red]  {answer['book']}: {count}")
    for finding in answer["findings"]:
        out.print(f"  {finding['text']} [dim]({finding['code']})[/dim]")
