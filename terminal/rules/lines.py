"""YAML with the line each value stands in, so that an error can point at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top."""

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser reads a pack in a tenth of the time."""


class NotYaml(Exception):
    """The text is no YAML, or says a key twice; `line` counts from 1."""

    def __init__(self, cause: str, line: int) -> None:
        super().__init__(f"line {line}: {cause}")
        self.cause = cause
        self.line = line


@dataclass(frozen=True, slots=True)
class Lined:
    """A document and where its values stand."""

    data: Any
    lines: Mapping[Place, int]

    def line_of(self, place: Sequence[str | int]) -> int:
        """The line of the value at `place`, or of the nearest part around it that was written."""
        path = tuple(place)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_lined(text: str) -> Lined:
    """The document in `text`; NotYaml when it is none."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Lined(None, {})
        lines = dict(_lines(node, ()))
        return Lined(loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(error.problem or "not YAML", mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotYaml(" ".join(str(error).split()), 1) from error
    finally:
        loader.dispose()


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _lines(item, (*place, position))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise NotYaml(f"the key {name!r} is there twice", key.start_mark.line + 1)
            seen.add(name)
            yield (*place, name), key.start_mark.line + 1
            yield from (found for found in _lines(value, (*place, name)) if found[0] != (*place, name))
