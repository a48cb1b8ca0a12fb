"""The table of requirements: read from ``requirements.toml``, written to ``docs/requirements.md``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from terminal.rules.pack import RulePack
from terminal.rules.sections import nearest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "requirements.md"
SECTIONS = {
    "A": "Principles",
    "B": "Roles and dual control",
    "C": "Documents and evidence",
    "D": "Customer data",
    "E": "Account classes",
    "F": "Methods and devices",
    "G": "Online identity check",
    "H": "Cash and one-off service",
    "I": "Agents, minors, firms",
    "J": "People with special needs",
    "K": "Disclosure and consent",
    "L": "Changes and re-identification",
    "M": "Risk classes",
    "N": "Events of an account",
    "P": "Simplified opening, whitelist",
    "Q": "Faults and emergencies",
    "T": "Watch lists",
}
HEAD = """\
# Requirements

What the terminal carries out or takes part in, by requirement: what carries it, the test that shows it, and
what is not there yet. Rules are named by their place in the packs of `config/rules`. The page is made from
`tests/rules/requirements.toml` by `python -m tests.rules.renew`; a test checks that every name in it exists.
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row."""

    id: str
    says: str
    by: tuple[str, ...] = ()
    test: str = ""
    why: str = ""


def requirements() -> tuple[Requirement, ...]:
    """Every row, in the order of the file."""
    read = tomllib.loads((Path(__file__).parent / "requirements.toml").read_text("utf-8"))
    return tuple(Requirement(id_, **{**row, "by": tuple(row.get("by", ()))}) for id_, row in read.items())


def page() -> str:
    """The page as it should be."""
    rows = requirements()
    whole = sum(1 for row in rows if not row.why)
    parts = [HEAD, f"{len(rows)} requirements, {whole} of them carried wholly.\n"]
    for letter, title in SECTIONS.items():
        parts.append(f"## {letter}. {title}\n")
        parts.append("| Id | What | Carried by | Shown by | Not yet |\n|---|---|---|---|---|")
        parts.extend(_row(row) for row in rows if row.id.startswith(letter))
        parts.append("")
    return "\n".join(parts)


def missing(row: Requirement, rules: RulePack) -> Iterator[str]:
    """Names in `row` that nothing stands for."""
    for name in row.by:
        place = name.removeprefix("rule ")
        found = place_exists(rules, place) if name.startswith("rule ") else (ROOT / name).exists()
        if not found:
            yield name
    if row.test:
        file, _, function = row.test.partition("::")
        path = ROOT / file
        if not path.is_file() or (function and f"def {function}(" not in path.read_text("utf-8")):
            yield row.test


def place_exists(value: Any, place: str) -> bool:
    """True when the rules say something at `place`."""
    parts = place.split(".")
    if parts[0] == "outcomes":
        table: dict[str, Any] = value.outcomes
        return nearest(table, ".".join(parts[1:])) is not None and ".".join(parts[1:]) in table
    for part in parts:
        value = getattr(value, part, None) if isinstance(value, BaseModel) else _of(value, part)
        if value is None:
            return False
    return True


def _of(value: Any, part: str) -> Any:
    return value.get(part) if isinstance(value, dict) else None


def _row(row: Requirement) -> str:
    by = "<br>".join(f"`{name}`" for name in row.by)
    test = f"`{row.test}`" if row.test else ""
    return f"| {row.id} | {row.says} | {by} | {test} | {row.why} |"
