"""Layers settings: defaults → profile → site → machine → environment → command line; remembers which won.

A wrong key or value is refused with the file and line that holds it, and a near-by name if there is one.
Lists (the devices) are replaced as a whole by the higher layer, never merged.
"""

from __future__ import annotations

import difflib
import enum
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from config.paths import Paths, paths
from config.settings import Profile, Settings

PREFIX = "RENZHENG__"
DEFAULTS = files("config") / "defaults"
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")

Tree = dict[str, Any]


class Layer(enum.StrEnum):
    """From where a value comes, lowest first."""

    BASE = "base"
    PROFILE = "profile"
    SITE = "site"
    MACHINE = "machine"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Origin:
    """The place that set a value."""

    layer: Layer
    file: str
    """File, or name of the environment variable."""
    line: int
    """Counted from one; zero where there are no lines."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each dotted key that a layer set, which one it was."""

    settings: Settings
    origins: Mapping[str, Origin]


class WrongSettings(ValueError):
    """Settings that cannot be used; the text names file, line, key and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Source:
    layer: Layer
    file: str
    tree: Tree
    lines: Mapping[str, int]
    variables: Mapping[str, str]

    def origin(self, key: str) -> Origin:
        if key in self.variables:
            return Origin(self.layer, self.variables[key], 0)
        return Origin(self.layer, self.file, self.lines.get(key, 0))


def load(
    profile: Profile | None = None,
    folders: Paths | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Loaded:
    """Read all layers; `overrides` are dotted keys given on the command line.

    Raises `WrongSettings` for a file that is no TOML, an unknown key or a value that cannot be.
    """
    env = os.environ if environ is None else environ
    where = folders or paths(env)
    upper = [
        *_file(Layer.SITE, where.site / "site.toml"),
        *_file(Layer.MACHINE, where.settings / "machine.toml"),
        _environment(env),
        _given(overrides or {}),
    ]
    chosen = profile or _profile(upper)
    layers = [
        *_file(Layer.BASE, DEFAULTS / "base.toml"),
        *_file(Layer.PROFILE, DEFAULTS / f"{chosen.value}.toml"),
        *upper,
    ]
    if profile is not None:
        layers.append(_given({"terminal.profile": profile.value}))
    return _combine(layers)


def leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Dotted keys and values of a tree; a list is one value."""
    for name, value in tree.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{key}.")
        else:
            yield key, value


def key_lines(text: str) -> dict[str, int]:
    """Line of each dotted key in a TOML text; array tables are counted: ``devices.0.kind``."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = _plain(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, number)
                table = f"{table}.{counts[table]}"
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}.{_plain(key[1])}".lstrip("."), number)
            inside = next((q for q in ('"""', "'''") if line.count(q) == 1), "")
    return found


def _plain(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))


def _file(layer: Layer, file: Path | Traversable) -> Iterator[_Source]:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{file}: cannot be read: {error}") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongSettings(f"{file}: {error}") from None
    yield _Source(layer, str(file), tree, key_lines(text), {})


def _environment(env: Mapping[str, str]) -> _Source:
    values: dict[str, object] = {}
    variables: dict[str, str] = {}
    for name in sorted(env):
        if name.startswith(PREFIX):
            key = name.removeprefix(PREFIX).lower().replace("__", ".")
            values[key] = _value(env[name])
            variables[key] = name
    return _Source(Layer.ENVIRONMENT, "environment", _tree(values, variables), {}, variables)


def _given(overrides: Mapping[str, object]) -> _Source:
    return _Source(Layer.COMMAND_LINE, "command line", _tree(overrides, {}), {}, {})


def _value(text: str) -> object:
    """A TOML value where the text is one, otherwise the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _tree(values: Mapping[str, object], names: Mapping[str, str]) -> Tree:
    tree: Tree = {}
    for key, value in values.items():
        *above, last = key.split(".")
        place = tree
        for part in above:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise WrongSettings(f"{names.get(key, key)}: {part} is a value, not a section")
        place[last] = value
    return tree


def _profile(upper: list[_Source]) -> Profile:
    for source in reversed(upper):
        section = source.tree.get("terminal")
        if isinstance(section, dict) and "profile" in section:
            try:
                return Profile(section["profile"])
            except ValueError:
                origin = source.origin("terminal.profile")
                known = ", ".join(Profile)
                raise WrongSettings(f"{_at(origin)}: terminal.profile must be one of {known}") from None
    return Profile.COUNTER


def _combine(layers: list[_Source]) -> Loaded:
    merged: Tree = {}
    origins: dict[str, Origin] = {}
    for source in layers:
        _merge(merged, source.tree)
        for key, value in leaves(source.tree):
            origins[key] = source.origin(key)
            if isinstance(value, list):
                origins |= {
                    inner: source.origin(inner) for inner in source.lines if inner.startswith(f"{key}.")
                }
    try:
        return Loaded(Settings.model_validate(merged), origins)
    except ValidationError as error:
        raise WrongSettings("\n".join(_say(one, origins) for one in error.errors())) from None


def _merge(below: Tree, above: Tree) -> None:
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            _merge(below[name], value)
        else:
            below[name] = dict(value) if isinstance(value, dict) else value


def _say(error: Any, origins: Mapping[str, Origin]) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    origin = _nearest(key, origins)
    if error["type"] != "extra_forbidden":
        return f"{_at(origin)}: {key}: {error['msg']}"
    known = _fields(location[:-1])
    near = difflib.get_close_matches(location[-1], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return f"{_at(origin)}: {key}: no such setting; {hint}"


def _nearest(key: str, origins: Mapping[str, Origin]) -> Origin | None:
    """Origin of `key`, of what is below it, or of what holds it."""
    while key:
        if key in origins:
            return origins[key]
        below = [origin for other, origin in origins.items() if other.startswith(f"{key}.")]
        if below:
            return below[-1]
        key = key.rpartition(".")[0]
    return None


def _at(origin: Origin | None) -> str:
    if origin is None:
        return "settings"
    return f"{origin.file}:{origin.line}" if origin.line else origin.file


def _fields(location: list[str]) -> list[str]:
    """Names that are known at a place in the tree."""
    model: type[BaseModel] = Settings
    for part in location:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        model = next(one for one in inner if isinstance(one, type) and issubclass(one, BaseModel))
    return list(model.model_fields)
