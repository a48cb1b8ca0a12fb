"""The events of the cases that have no end yet, kept up as the log grows: a log of years is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Line = tuple[int, Mapping[str, Any]]
"""Number and body of an audit line."""


class Grown:
    """All lines of a kind that a log has few of, read once."""

    def __init__(self, after: Callable[[int], Iterable[Line]], head: Callable[[], int]) -> None:
        """`head` gives the number of the log's newest line."""
        self._after = after
        self._head = head
        self._seen = 0
        self._bodies: list[Mapping[str, Any]] = []

    def lines(self) -> tuple[Mapping[str, Any], ...]:
        """Their bodies, in order."""
        newest = self._head()
        for number, body in self._after(self._seen):
            newest = max(newest, number)
            self._bodies.append(body)
        self._seen = newest
        return tuple(self._bodies)


class Unended:
    """Reads what was noted since it last looked. For one thread."""

    def __init__(self, after: Callable[[int], Iterable[Line]]) -> None:
        """`after` gives the lines of kind `terminal.case.docket.EVENT` behind a number, in order."""
        self._after = after
        self._seen = 0
        self._cases: dict[str, list[Line]] = {}

    def lines(self) -> tuple[Mapping[str, Any], ...]:
        """The bodies of all events of cases without an end, in the order they were noted."""
        for number, body in self._after(self._seen):
            self._seen = number
            case_id = str(body.get("case_id"))
            if body.get("event", {}).get("kind") == "ended":
                self._cases.pop(case_id, None)
            else:
                self._cases.setdefault(case_id, []).append((number, body))
        every = sorted((line for lines in self._cases.values() for line in lines), key=lambda line: line[0])
        return tuple(body for _, body in every)
