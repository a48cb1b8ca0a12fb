"""Where work runs: named one-thread lanes, and a mailbox that keeps only the newest value."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


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


class Lane:
    """One named thread that runs what it is given in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `work`; its result or error comes with the future."""
        return self._pool.submit(work, *args, **kwargs)

    def close(self) -> None:
        """Cancel what has not begun and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)
