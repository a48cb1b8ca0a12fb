"""Writes the page of what a rule pack may say, from the models that check it.

``python -m terminal.rules.reference docs/rules-reference.md`` writes it; a test asks that it is fresh.
"""

from __future__ import annotations

import enum
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from terminal.rules.business import StepName
from terminal.rules.pack import SECTIONS, Header, RulePack
from terminal.rules.situation import Role

PREAMBLE = """# What a rule pack may say

Written by `python -m terminal.rules.reference docs/rules-reference.md`; do not edit by hand.
How packs come together: [rules](rules.md).

The column "lower pack" says how one of lower authority may change a value: lower, higher or heavier; to fewer
or more items; free where no rule lies in it; not at all; key by key or inside, as is said there. A clause is
never changed.
"""
MOST_NAMED = 8
"""A list of names with more than these has a table of its own."""
HOW = {
    "lower": "lower",
    "higher": "higher",
    "fewer": "fewer",
    "more": "more",
    "true": "only to true",
    "heavier": "heavier",
    "any": "free",
    "": "not",
}
"""How a lower pack may change a value, in the words of the table's column."""


def page() -> str:
    """The page in Markdown: the header, then each section, then whatever they are made of."""
    lines = [PREAMBLE, "## Header", "", _summary(Header), "", *_table(Header), "", "## Sections", ""]
    lines += _table(RulePack, SECTIONS)
    for model in _models():
        lines += ["", f"## {_name(model)}", "", _summary(model), "", *_table(model)]
    for names in (StepName, Role):
        lines += ["", f"## {names.__name__}", "", _summary(names), "", *_members(names)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the page to the file that is named; 64 for wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m terminal.rules.reference FILE\n")
        return 64
    Path(arguments[0]).write_text(page(), encoding="utf-8")
    return 0


def _models() -> list[type[BaseModel]]:
    """Every kind of section, each before those it is made of."""
    found: dict[type[BaseModel], None] = {}
    waiting = [RulePack.model_fields[name].annotation for name in SECTIONS]
    while waiting:
        for model in _inside(waiting.pop(0)):
            if model not in found:
                found[model] = None
                waiting += [field.annotation for field in model.model_fields.values()]
    return list(found)


def _inside(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _inside(inner)


def _table(model: type[BaseModel], names: Sequence[str] | None = None) -> list[str]:
    rows = ["| key | kind | default | lower pack | meaning |", "|---|---|---|---|---|"]
    meanings = _meanings(model)
    for name in names or tuple(model.model_fields):
        field = model.model_fields[name]
        meaning = field.description or meanings.get(name, "") or _section_meaning(field)
        cells = (f"`{name}`", _kind(field.annotation), _default(field), _way(model, name, field), meaning)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return rows


def _members(names: type[enum.StrEnum]) -> list[str]:
    meanings = _below({each.name: each.value for each in names}, names)
    rows = ["| name | meaning |", "|---|---|"]
    return rows + [f"| `{each.value}` | {meanings.get(each.value, '')} |" for each in names]


def _way(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if model is Header or name == "clause":
        return ""
    extra = field.json_schema_extra
    said = HOW[str(extra.get("tighter", "")) if isinstance(extra, dict) else ""]
    if next(_inside(field.annotation), None) is None:
        return said
    if typing.get_origin(field.annotation) is None:
        return "key by key"
    return "inside, or add" if said == "more" else "inside"


def _kind(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _name(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.StrEnum):
        few = len(annotation) <= MOST_NAMED
        return " / ".join(f"`{each.value}`" for each in annotation) if few else annotation.__name__
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " / ".join(f"`{each}`" for each in inner)
    if origin is typing.Annotated:
        return _kind(inner[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(each) for each in inner)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"{_kind(inner[1])} by {_key(inner[0])}"
    return _plain(annotation)


def _key(annotation: object) -> str:
    return "name" if annotation is str else "role"


def _plain(annotation: object) -> str:
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    names |= {"Decimal": "amount", "date": "date", "NoneType": "null"}
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    return "none" if value in ((), {}, []) else json.dumps(value, default=str)


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """For fields without a description."""
    return _below({name: name for name in model.model_fields}, model)


def _below(names: Mapping[str, str], owner: type) -> dict[str, str]:
    """Texts that stand below what `owner` declares in the source, by the values of `names`."""
    found: dict[str, str] = {}
    name = ""
    for line in inspect.getsource(owner).splitlines()[1:]:
        stripped = line.strip()
        if stripped.startswith('"""') and name:
            found[name] = stripped.strip('"').replace("``", "`")
        name = names.get(stripped.replace("=", ":").partition(":")[0].strip(), "")
    return found


def _section_meaning(field: FieldInfo) -> str:
    inner = next(_inside(field.annotation), None)
    return _summary(inner) if inner else ""


def _summary(model: type) -> str:
    return (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _name(model: type[BaseModel]) -> str:
    """``HandlingRules`` → ``Handling``."""
    return model.__name__.removesuffix("Rules").removesuffix("Rule") or model.__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
