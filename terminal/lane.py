"""A thread of its own for one device: one call at a time, each with a limit; looks after it while idle.

Python cannot end a call that hangs in a driver. Whoever waits gets `Hung` instead, the lane is given up,
and its thread ends by itself if the call ever returns.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
WATCH_SECONDS = 0.1
"""How often whoever waits looks whether the lane hangs."""
IDLE_LIMIT_S = 10.0
"""Of idle work that does not say what it is doing."""


class Hung(Exception):
    """The call did not return in time; the lane was given up."""

    def __init__(self, call: str, seconds: float) -> None:
        super().__init__(call)
        self.call = call
        self.seconds = seconds


@dataclass(slots=True)
class _Job:
    call: str
    work: Callable[[], object]
    limit_s: float
    done: threading.Event = field(default_factory=threading.Event)
    result: object = None
    error: BaseException | None = None


class Lane:
    """The thread `name`; calls `idle` whenever there was no work for `idle_seconds`."""

    def __init__(self, name: str, idle: Callable[[], None], *, idle_seconds: float) -> None:
        self.name = name
        self._idle = _Job("idle", idle, IDLE_LIMIT_S)
        self._idle_seconds = idle_seconds
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._now: tuple[str, float, float] | None = None
        """Which call runs, how long it may, and since when."""
        self._woken = False
        self._given_up = threading.Event()
        self._last: Callable[[], None] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """True while its thread runs, hanging or not."""
        return self._thread.is_alive()

    @property
    def given_up(self) -> bool:
        """True once it was told to end."""
        return self._given_up.is_set()

    def call(self, call: str, work: Callable[[], T], limit_s: float, patience_s: float | None = None) -> T:
        """What `work` gives or raises, done on the lane.

        `Hung` when it, or what is done before it, takes longer than it may, or all of it than `patience_s`.
        """
        if threading.current_thread() is self._thread:
            return work()
        job = _Job(call, work, limit_s)
        self._jobs.put(job)
        began = time.monotonic()
        while not job.done.wait(WATCH_SECONDS):
            hung = self.hung()
            if hung is not None:
                raise hung
            over = patience_s is not None and time.monotonic() - began > patience_s
            if over or self.given_up or not self.alive:
                raise Hung(call, patience_s or 0.0)
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]  # it is what `work` returned

    def hung(self) -> Hung | None:
        """The call that has been running for longer than it may."""
        now = self._now
        if now is None or time.monotonic() - now[2] <= now[1]:
            return None
        return Hung(now[0], now[1])

    def doing(self, call: str, limit_s: float) -> None:
        """Said by work on the lane: from here on it does `call`, which may take `limit_s`."""
        self._now = (call, limit_s, time.monotonic())

    def wake(self) -> None:
        """Call `idle` as soon as nothing else is to be done."""
        if not self._woken:
            self._woken = True
            self._jobs.put(self._idle)

    def give_up(self, last: Callable[[], None] | None = None) -> None:
        """Take no more work; the thread ends after the call it is in, and after `last`."""
        self._last = last
        self._given_up.set()
        self._jobs.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end; False when it does not."""
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)
        return not self.alive

    def _run(self) -> None:
        while not self.given_up:
            try:
                job = self._jobs.get(timeout=self._idle_seconds)
            except queue.Empty:
                job = self._idle
            if job is not None and not self.given_up:
                self._do(job)
        if self._last is not None:
            self._do(_Job("last", self._last, IDLE_LIMIT_S))

    def _do(self, job: _Job) -> None:
        if job is self._idle:
            self._woken = False
        self.doing(job.call, job.limit_s)
        try:
            job.result = job.work()
        except BaseException as error:  # noqa: BLE001  lane loop: it belongs to whoever asked for the work
            job.error = error
        self._now = None
        job.done.set()
        if job is self._idle:
            job.result = job.error = None
