"""A mailbox between threads that keeps only the newest value."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest value only: a slow reader skips values instead of lagging."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._count = 0

    def put(self, value: T) -> None:
        """Replace the value and wake whoever waits."""
        with self._changed:
            self._value = value
            self._count += 1
            self._changed.notify_all()

    def peek(self) -> T | None:
        """The newest value, without waiting."""
        return self._value

    def clear(self) -> None:
        """Forget the value."""
        with self._changed:
            self._value = None

    def next(self, after: int, seconds: float) -> tuple[int, T | None]:
        """Wait for a value newer than count `after`; returns its count, or (`after`, None) on time-out."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._count > after, seconds):
                return after, None
            return self._count, self._value
