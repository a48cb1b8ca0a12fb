"""Calls that may never come back, made in a thread of their own, so that whoever waits can stop waiting.

For libraries in C that wait for another program and know no time limit, such as PC/SC.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar, cast

Result = TypeVar("Result")
_Work = Callable[[], object]


class Hung(Exception):
    """The call did not come back in time; it may still do so, and until then there is no other."""


class Lane:
    """One thread for the calls of one device. Not to be used by several threads at once."""

    def __init__(self, name: str) -> None:
        self._inbox: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._late = False
        # A daemon, because a call that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._serve, name=f"lane {name}", daemon=True)
        self._thread.start()

    @property
    def hung(self) -> bool:
        """True while a call that was given up has not come back."""
        if self._late and not self._outbox.empty():
            self._outbox.get()
            self._late = False
        return self._late

    def call(self, work: Callable[[], Result], seconds: float) -> Result:
        """What `work` returns or raises. `Hung` after `seconds`, or at once while an earlier call hangs."""
        if self.hung:
            raise Hung
        self._inbox.put(work)
        try:
            result = self._outbox.get(timeout=seconds)
        except queue.Empty:
            self._late = True
            raise Hung from None
        if isinstance(result, _Raised):
            raise result.error
        return cast(Result, result)

    def close(self, last: Callable[[], object] = lambda: None) -> None:
        """Do `last` and end the thread, as soon as nothing hangs in it. Safe twice."""
        self._inbox.put(last)
        self._inbox.put(None)
        if not self.hung and threading.current_thread() is not self._thread:
            self._thread.join(1)

    def _serve(self) -> None:
        while (work := self._inbox.get()) is not None:
            try:
                self._outbox.put(work())
            except BaseException as error:  # noqa: BLE001  lane: raised again where the call was asked for
                self._outbox.put(_Raised(error))


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error
