"""A device whose driver runs in a child process: same contract, and a watchdog over every call.

A call that does not return in its time ends the child: `TimedOut` ``device.hung`` names it, and the object
is dead. A child that crashes is `Missing` ``device.crashed``. Either way the program goes on.
"""

from __future__ import annotations

import contextlib
import inspect
import mmap
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can
from drivers.errors import DeviceError, Missing, TimedOut
from drivers.host.wire import SHARED_BYTES, BadMessage, Incoming, Outgoing, made_error, read_message
from drivers.registry import Entry, entry, parse_options

log = structlog.get_logger(__name__)
CLOSE_SECONDS = 1.0
_NOT_OFFERED = frozenset({"open", "probe", "close", "about", "can"})


class Limits(BaseModel):
    """How long a hosted driver may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open_seconds: float = Field(20.0, gt=0, le=120, description="Opening, the start of the process included.")
    call_seconds: float = Field(20.0, gt=0, le=120, description="A call that is given no limit of its own.")
    check_seconds: float = Field(1.5, gt=0, le=10, description="Asking whether the device lives.")
    grace_seconds: float = Field(0.5, gt=0, le=10, description="Added to the limit a call was given.")


def host_device(
    driver: str,
    address: str,
    options: Mapping[str, object],
    limits: Limits | None = None,
    modules: Sequence[str] = (),
) -> Hosted:
    """The device at `address`, opened by `driver` in a process of its own. Raises `DeviceError`.

    `modules` are imported in the child first: drivers that neither the package nor an entry point names.
    """
    chosen = entry(driver)
    parse_options(chosen, options)
    hosted = Hosted(chosen, address, limits or Limits(), modules)
    try:
        hosted.open(options)
    except BaseException:
        hosted.close()
        raise
    return hosted


class Hosted:
    """Stands for the device. Offers every public method of its driver; unknown ones are `AttributeError`s."""

    def __init__(self, chosen: Entry, address: str, limits: Limits, modules: Sequence[str]) -> None:
        self._driver = chosen
        self._address = address
        self._limits = limits
        self._child = _Child(chosen.name, address, modules)
        self._can = Can.NOTHING
        self._about = About(chosen.name, address)

    def open(self, options: Mapping[str, object]) -> None:
        """Open the device in the child; called once."""
        self._child.call("open", (self._driver.name, self._address, dict(options)), self._limits.open_seconds)

    @property
    def about(self) -> About:
        """Who the device says it is; what it said last once it is gone."""
        self._about = self._asked("about", self._about)
        return self._about

    @property
    def can(self) -> Can:
        """What the device says it is able to do."""
        self._can = self._asked("can", self._can)
        return self._can

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._child.process_id

    def close(self) -> None:
        """Close the device and end the child. Safe twice; never raises."""
        with contextlib.suppress(DeviceError):
            self._child.call("close", (), CLOSE_SECONDS)
        self._child.end()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = None if name.startswith("_") else getattr(self._driver.implementation, name, None)
        if not callable(method) or name in _NOT_OFFERED:
            raise AttributeError(name)
        signature = inspect.signature(method)

        def call(*arguments: Any, **named: Any) -> Any:
            bound = signature.bind(None, *arguments, **named)
            bound.apply_defaults()
            given = tuple(bound.arguments.values())[1:]
            return self._child.call(name, given, self._limit(name, bound.arguments.get("seconds")))

        return call

    def _limit(self, name: str, seconds: float | None) -> float:
        if seconds is not None:
            return float(seconds) + self._limits.grace_seconds
        return self._limits.check_seconds if name == "check" else self._limits.call_seconds

    def _asked(self, name: str, before: Any) -> Any:
        try:
            return self._child.call(name, (), self._limits.check_seconds)
        except DeviceError:
            return before


class _Child:
    """The process, and the line to it."""

    def __init__(self, driver: str, address: str, modules: Sequence[str]) -> None:
        self._device = address
        self._driver = driver
        self._dead: DeviceError | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.Queue[dict[str, Any] | None]] = {}
        self._number = 0
        memory = os.memfd_create("renzheng-pictures")
        os.ftruncate(memory, SHARED_BYTES)
        self._line, theirs = socket.socketpair()
        command = [sys.executable, "-m", "drivers.host.child", str(theirs.fileno()), str(memory), *modules]
        try:
            self._shared = mmap.mmap(memory, SHARED_BYTES)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), memory),
                start_new_session=True,
            )
        finally:
            theirs.close()
            os.close(memory)
        self._reader = threading.Thread(target=self._hear, name=f"host:{driver}", daemon=True)
        self._reader.start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def call(self, name: str, arguments: tuple[object, ...], seconds: float) -> Any:
        """What the device answers; its own errors, ``device.hung`` or ``device.crashed``."""
        outgoing = Outgoing()
        answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        with self._lock:
            if self._dead is not None:
                raise Missing(self._dead.code, self._device, **self._dead.facts)
            self._number += 1
            number = self._number
            self._waiting[number] = answers
            fields = {"id": number, "call": name, "arguments": arguments, "device": self._device}
            message = outgoing.message(fields)
            with contextlib.suppress(OSError):  # the reader hears of a child that has gone
                self._line.sendall(message)
        try:
            return self._answer(answers, outgoing.functions, name, time.monotonic() + seconds, seconds)
        finally:
            self._waiting.pop(number, None)

    def _answer(
        self,
        answers: queue.Queue[dict[str, Any] | None],
        functions: list[Callable[..., object]],
        name: str,
        until: float,
        seconds: float,
    ) -> Any:
        while True:
            try:
                fields = answers.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise self._hung(name, seconds) from None
            if fields is None:
                raise self._crashed()
            if "function" in fields:
                functions[fields["function"]](*fields["arguments"])
            elif "error" in fields:
                raise made_error(fields)
            else:
                return fields["result"]

    def _hung(self, name: str, seconds: float) -> DeviceError:
        error = TimedOut(
            "device.hung", self._device, call=name, seconds=round(seconds, 2), driver=self._driver
        )
        log.warning("driver.killed", driver=self._driver, call=name)
        self._die(Missing("device.killed", self._device, call=name, driver=self._driver))
        return error

    def _crashed(self) -> DeviceError:
        if self._dead is not None:
            return Missing(self._dead.code, self._device, **self._dead.facts)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        code = self._process.poll()
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"
        log.warning("driver.crashed", driver=self._driver, cause=cause)
        error = Missing("device.crashed", self._device, cause=cause, driver=self._driver)
        self._die(error)
        return error

    def end(self) -> None:
        """Kill the child and release everything; safe twice."""
        self._die(Missing("device.closed", self._device))

    def _die(self, error: DeviceError) -> None:
        with self._lock:
            first = self._dead is None
            self._dead = self._dead or error
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._reader:
            self._reader.join()
        if first:
            self._line.close()
            self._shared.close()

    def _hear(self) -> None:
        incoming = Incoming(self._shared)
        try:
            while (message := read_message(self._line)) is not None:
                fields = incoming.fields(*message, _no_function)
                waiting = self._waiting.get(fields["id"])
                if waiting is not None:
                    waiting.put(fields)
        except (BadMessage, KeyError):
            log.warning("driver.bad_message", driver=self._driver)
        for each in list(self._waiting.values()):
            each.put(None)


def _no_function(place: int) -> object:
    raise BadMessage("a child offers no functions")
