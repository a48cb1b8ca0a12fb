"""Says what a setting is, its value, and which layer, file and line set it; writes the page of all settings.

``python -m config.explain docs/settings.md`` writes the page; a test asks that it is fresh.
"""

from __future__ import annotations

import difflib
import enum
import json
import sys
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.settings import DeviceChoice, Settings
from config.sources import PREFIX, Layer, Loaded, Origin, WrongSettings


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting with its value and where the value came from."""

    key: str
    value: object
    origin: Origin
    description: str


def explain(loaded: Loaded, key: str) -> Explained:
    """One setting; raises `WrongSettings` naming the nearest key when there is none called so."""
    fields = dict(described(Settings))
    if key not in fields:
        near = difflib.get_close_matches(key, fields, n=1)
        raise WrongSettings(f"{key}: no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    value: object = loaded.settings
    for part in key.split("."):
        value = getattr(value, part)
    return Explained(key, value, _origin(loaded, key), fields[key].description or "")


def explain_all(loaded: Loaded) -> list[Explained]:
    """All settings in the order of the tree."""
    return [explain(loaded, key) for key, _ in described(Settings)]


def described(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Dotted keys and fields of a tree of settings, sections opened."""
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from described(section, f"{above}{name}.")
        else:
            yield f"{above}{name}", field


def page() -> str:
    """The page of all settings, in Markdown."""
    lines = [PREAMBLE]
    for name, field in Settings.model_fields.items():
        section = field.annotation if name != "devices" else DeviceChoice
        if not (isinstance(section, type) and issubclass(section, BaseModel)):
            raise TypeError(f"{name} is no section")
        heading = "[[devices]]" if name == "devices" else f"[{name}]"
        summary = field.description or (section.__doc__ or "").strip()
        lines += [
            f"## `{heading}`",
            "",
            summary,
            "",
            "| key | kind | default | meaning |",
            "|---|---|---|---|",
        ]
        lines += [_row(key, one) for key, one in section.model_fields.items()]
        lines.append("")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Write the page of settings to the file that is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m config.explain FILE\n")
        return 64
    Path(arguments[0]).write_text(page(), encoding="utf-8")
    return 0


PREAMBLE = f"""# Settings

Written by `python -m config.explain docs/settings.md`; do not edit by hand.

Each layer says only what differs from the one before: `base.toml` → the profile's file → `site.toml` (the
bank) → `machine.toml` (this terminal) → environment → command line. An environment variable is named
`{PREFIX}` and the key, with two underscores for each dot: `{PREFIX}CENTRE__URL`.
`renzheng settings KEY` says which layer set a value.
Secrets are never values here.
"""


def _origin(loaded: Loaded, key: str) -> Origin:
    return loaded.origins.get(key, Origin(Layer.BASE, "config/settings.py", 0))


def _row(key: str, field: FieldInfo) -> str:
    default = "" if field.is_required() else f"`{_shown(field.get_default(call_default_factory=True))}`"
    text = (field.description or "").replace("|", "\\|")
    return f"| `{key}` | {_kind(field.annotation)} | {default} | {text} |"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kind(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, enum.StrEnum):
        return " / ".join(f"`{member.value}`" for member in annotation)
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if isinstance(annotation, type) and annotation in names:
        return names[annotation]
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(one) for one in typing.get_args(annotation))
    return "table" if origin is dict else "list"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
