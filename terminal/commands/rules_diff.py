"""``renzheng rules diff``: what another pack or another day changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, json_option, out, print_json
from terminal.commands.rules_told import refusing, say, shelf_here
from terminal.rules.candidate import read_candidate
from terminal.rules.difference import Difference, Side, Step, difference, side
from terminal.rules.reading import PackFile

DAY = click.DateTime(["%Y-%m-%d"])
SHOWN = 3
"""Situations that are told of each step; JSON has all."""
SIGNS = {"gained": "+", "lost": "-", "changed": "~"}


@click.command("diff")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1)
@click.option("--on", type=DAY, help="Business date; with files, the day on which both are looked at.")
@click.option("--and", "other", type=DAY, help="The other business date, where no files are given.")
@json_option
def diff(files: tuple[Path, ...], on: datetime | None, other: datetime | None, as_json: bool) -> int:
    """What changes from pack OLD to NEW, from what is in force to NEW alone, or from one day to another.

    A file stands in the place of this terminal's pack of its name and authority. Tells the values that
    changed, with file and line, and what each business demands more or less, in which situations.
    Exit 0: there is a difference. 1: there is none.
    """
    if len(files) > 2 or (files and other) or (not files and not (on and other)):
        raise Failure("rules.diff_usage", say("rules.diff_usage"), exit_code=EX_USAGE)
    with refusing():
        before, after = _sides(files, _day(on), _day(other))
        found = difference(before, after)
    if as_json:
        names = {"before": before.rules.name, "after": after.rules.name}
        print_json({**names, **asdict(found)})
    else:
        _tell(before, after, found)
    return EX_NO if found.none else EX_YES


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _sides(files: Sequence[Path], on: date | None, other: date | None) -> tuple[Side, Side]:
    packs = shelf_here().packs
    if not files:
        return side(packs, on or date.today()), side(packs, other or date.today())
    asked = [read_candidate(file).pack for file in files]
    day = on or max(date.today(), *(pack.header.effective_from for pack in asked))
    changed = [side(_in_place(packs, pack), day) for pack in asked]
    return (side(packs, day), changed[0]) if len(changed) == 1 else (changed[0], changed[1])


def _in_place(packs: Sequence[PackFile], pack: PackFile) -> tuple[PackFile, ...]:
    """`pack` in the place of every one of its name that would decide beside it; what it extends stays."""
    asked = pack.header
    others = (
        each
        for each in packs
        if (each.header.authority, each.header.pack) != (asked.authority, asked.pack)
        or each.header.name == asked.extends
        or each.header.effective_from < asked.effective_from
    )
    return (*others, pack)


def _tell(before: Side, after: Side, found: Difference) -> None:
    out.print(f"- {before.on}  {before.rules.name}\n+ {after.on}  {after.rules.name}", markup=False)
    if found.none:
        out.print(say("rules.told.no_difference"), markup=False)
    if found.values:
        out.print(say("rules.told.values"), markup=False, style="bold")
    for value in found.values:
        change = f"{_said(value.before)} → {_said(value.after)}"
        out.print(f"  {value.where}: {value.place}: {change}", markup=False)
    for name in found.gained:
        out.print(say("rules.told.business_gained", business=name), markup=False)
    for name in found.lost:
        out.print(say("rules.told.business_lost", business=name), markup=False)
    if found.steps:
        out.print(say("rules.told.steps"), markup=False, style="bold")
    for step in found.steps:
        out.print(f"  {SIGNS[step.change]} {step.business}: {step.key} [{step.clause}]", markup=False)
        out.print(f"      {_when(step)}", markup=False, style="dim")
    businesses = len(after.rules.businesses) - len(found.gained)
    out.print(say("rules.told.asked", businesses=businesses, situations=found.asked), markup=False)


def _said(value: Any) -> str:
    return "∅" if value is None else json.dumps(value, ensure_ascii=False)


def _when(step: Step) -> str:
    told = [" ".join(said) or say("rules.told.plain") for said in step.situations[:SHOWN]]
    more = len(step.situations) > SHOWN
    return " | ".join([*told, say("rules.told.more", count=len(step.situations))] if more else told)
