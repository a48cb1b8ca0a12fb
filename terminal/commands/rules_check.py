"""``renzheng rules check``: would these packs fit? Nothing is changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from terminal.commands.output import EX_NO, EX_YES, json_option, out, print_json
from terminal.commands.rules_told import problem_row, say, shelf_here
from terminal.rules.candidate import Candidate, read_candidate, read_content, with_candidates
from terminal.rules.errors import RuleError
from terminal.rules.fit import boundaries
from terminal.rules.reading import header_problems, rules_of
from terminal.rules.shelf import Shelf


@click.command("check")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@json_option
def check(files: tuple[Path, ...], as_json: bool) -> int:
    """Put FILES together with the packs of this terminal, today and on every day on which something changes.

    Tells every problem with file, line, place, cause and the clause it would loosen. A signature beside a
    file is looked at as well. Exit 0: they fit. 1: they do not.
    """
    shelf = shelf_here()
    candidates: list[Candidate] = []
    problems: list[RuleError] = []
    for file in files:
        try:
            candidates.append(read_candidate(file))
        except RuleError as error:
            problems.extend(_all(file) or (error,))
    problems.extend(shelf.check(candidates))
    problems.extend(_signatures(shelf, candidates))
    days = [] if problems else _days(shelf, candidates)
    unsigned = [each.pack.file for each in candidates if each.signature is None]
    if as_json:
        rows = [problem_row(each) for each in problems]
        print_json({"fits": not problems, "problems": rows, "unsigned": unsigned, "rules": days})
    else:
        _tell(problems, unsigned, days)
    return EX_NO if problems else EX_YES


def _all(file: Path) -> tuple[RuleError, ...]:
    """Every problem of a file that is no pack by itself."""
    try:
        return header_problems(read_content(file).decode("utf-8"), file.name)
    except (RuleError, UnicodeDecodeError):
        return ()


def _signatures(shelf: Shelf, candidates: list[Candidate]) -> list[RuleError]:
    found = []
    for each in (candidate for candidate in candidates if candidate.signature is not None):
        try:
            shelf.signer(each)
        except RuleError as error:
            found.append(error)
    return found


def _days(shelf: Shelf, candidates: list[Candidate]) -> list[dict[str, Any]]:
    packs = with_candidates(shelf.packs, candidates)
    return [
        {"from": day.isoformat(), "rules": rules_of(packs, day).name}
        for day in boundaries(packs, date.today())
    ]


def _tell(problems: list[RuleError], unsigned: list[str], days: list[dict[str, Any]]) -> None:
    for each in problems:
        out.print(str(each), markup=False)
    for row in days:
        out.print(say("rules.told.from", day=row["from"], packs=row["rules"]), markup=False)
    for file in unsigned:
        out.print(say("rules.told.not_signed", file=file), markup=False)
    if problems:
        out.print(say("rules.told.problems", count=len(problems)), markup=False, style="bold red")
    else:
        out.print(say("rules.told.fits"), markup=False, style="green")
