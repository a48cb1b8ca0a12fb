"""How a running step hears what people want, tells the time of the case and gives hints."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from terminal.holder.events import Event
from terminal.view import Action


class Interrupted(Exception):
    """Somebody, or the closing program, ended the case; `finding` says which."""

    def __init__(self, finding: str) -> None:
        super().__init__(finding)
        self.finding = finding


class CannotDo(Exception):
    """The teller says that the customer cannot do what is asked for."""


class Control:
    """The reins of one case; every wait goes through it."""

    def __init__(
        self,
        actions: queue.Queue[Action],
        elapsed_ms: Callable[[], int],
        apply: Callable[[Event], bool],
        hint: Callable[[str], None],
    ) -> None:
        self._actions = actions
        self._stop = threading.Event()
        self.elapsed_ms = elapsed_ms
        self.apply = apply
        self.hint = hint

    def stop(self) -> None:
        """End whatever is waiting, soon."""
        self._stop.set()

    def reset(self) -> None:
        """Forget wishes left over from the case before."""
        while True:
            try:
                self._actions.get_nowait()
            except queue.Empty:
                return

    def check(self) -> None:
        """Raise `Interrupted` when somebody wants the case to end, `CannotDo` when the customer cannot go on
        as asked; other actions do not fit now."""
        if self._stop.is_set():
            raise Interrupted("case.interrupted")
        try:
            action = self._actions.get_nowait()
        except queue.Empty:
            return
        if action is Action.CANCEL:
            raise Interrupted("case.cancelled")
        if action is Action.CANNOT_DO:
            raise CannotDo

    def wait_for(self, *wanted: Action) -> Action:
        """The first of the `wanted` actions; cancelling interrupts."""
        while not self._stop.is_set():
            try:
                action = self._actions.get(timeout=0.25)
            except queue.Empty:
                continue
            if action is Action.CANCEL:
                raise Interrupted("case.cancelled")
            if action in wanted:
                return action
        raise Interrupted("case.interrupted")
