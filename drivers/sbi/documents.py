"""Reads JSON that came from outside, and the few kinds of value the interface writes into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any


def loads(data: bytes | str) -> Any:
    """The JSON in `data`, no name twice in one object; `ValueError` when it is none."""
    try:
        return json.loads(data, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dumps(value: object) -> bytes:
    """`value` as JSON in ASCII: some services count characters, not bytes."""
    return json.dumps(value).encode()


def text(value: object, most: int = 128) -> str:
    """`value` when it is a printable string that is not too long, or a number; empty otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    good = isinstance(value, str) and len(value) <= most and value.isprintable()
    return str(value) if good else ""


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list; none when it is no list."""
    return tuple(filter(None, map(text, value))) if isinstance(value, list) else ()


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 with its zone; None when it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def written(when: datetime) -> str:
    """`when` as the interface writes times: whole seconds, UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def score(value: object) -> float | None:
    """A quality, 0-100; None when it is none."""
    try:
        found = float(text(value)) if not isinstance(value, float) else value
    except ValueError:
        return None
    return found if 0 <= found <= 100 else None


def error_number(value: object) -> int | None:
    """The number in an ``error`` object; 0 when there is no error, None when it is not understood."""
    if value is None:
        return 0
    if not isinstance(value, dict):
        return None
    spelled = {str(name).lower(): item for name, item in value.items()}
    number = text(spelled.get("errorcode"), 8)
    if not number:
        return 0
    return int(number) if number.isascii() and number.isdecimal() else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
