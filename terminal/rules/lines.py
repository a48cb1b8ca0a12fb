"""YAML with the line each value stands in, so that an error can point at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top."""

MOST_VALUES = 200_000
"""A text of a few lines whose aliases stand for more is no pack."""
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
        lines: dict[Place, int] = {}
        _lines(node, (), lines)
        return Lined(loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(error.problem or "not YAML", mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotYaml(" ".join(str(error).split()), 1) from error
    except RecursionError as error:
        raise NotYaml("it is nested too deeply", 1) from error
    finally:
        loader.dispose()


def _lines(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    """Note the line of everything below `node`; a value stands in the line of its key."""
    lines.setdefault(place, node.start_mark.line + 1)
    if len(lines) > MOST_VALUES:
        raise NotYaml(f"there are more than {MOST_VALUES} values", node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _lines(item, (*place, position), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            if here in lines:
                raise NotYaml(f"the key {key.value!r} is there twice", key.start_mark.line + 1)
            lines[here] = key.start_mark.line + 1
            _lines(value, here, lines)
