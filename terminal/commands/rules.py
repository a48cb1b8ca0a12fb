"""``renzheng rules``: which rule packs are in force, what they demand, and how others are put in force."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from terminal.commands.output import EX_NO, EX_YES, json_option, out, print_json
from terminal.commands.rules_check import check
from terminal.commands.rules_diff import diff
from terminal.commands.rules_explain import explain_case
from terminal.commands.rules_install import history, install, rollback
from terminal.commands.rules_sign import key, sign
from terminal.commands.rules_told import problem_row, say, shelf_here
from terminal.rules.reading import PackFile, in_force


@click.group("rules")
def command() -> None:
    """Signed rule packs: look at them, explain what they demand, put them in force, go back."""


@command.command("list")
@json_option
def list_(as_json: bool) -> int:
    """Every pack of this terminal, and which of them are in force today.

    Exit 1: an installed pack is damaged or no longer trusted, and an earlier state serves.
    """
    held = shelf_here().held()
    deciding = {pack.sha256 for pack in in_force(held.packs, date.today())}
    rows = [_row(pack, pack.sha256 in deciding) for pack in held.packs]
    problems = [problem_row(each) for each in held.problems]
    if as_json:
        print_json({"packs": rows, "problems": problems})
        return EX_NO if problems else EX_YES
    for row in rows:
        mark = "*" if row["in_force"] else " "
        until = row["until"] or "…"
        out.print(
            f"{mark} {row['authority']:10} {row['name']:24} {row['from']} – {until:10}  "
            f"{row['key_id'] or 'shipped'}  {row['sha256'][:12]}",
            markup=False,
        )
    if problems:
        out.print(say("rules.told.problem_head"), markup=False)
    for each in held.problems:
        out.print(f"  {each} ({say(each.code)})", markup=False)
    return EX_NO if problems else EX_YES


for each in (check, diff, explain_case, sign, key, install, rollback, history):
    command.add_command(each)


def _row(pack: PackFile, deciding: bool) -> dict[str, Any]:
    header = pack.header
    return {
        "name": header.name,
        "authority": header.authority,
        "title": header.title,
        "from": header.effective_from.isoformat(),
        "until": header.effective_until.isoformat() if header.effective_until else None,
        "extends": header.extends,
        "file": pack.file,
        "sha256": pack.sha256,
        "key_id": pack.signed_by,
        "in_force": deciding,
    }
