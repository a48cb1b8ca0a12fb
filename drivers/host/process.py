"""The process that a hosted driver runs in, seen from the program: asked, waited for, killed.

Whatever happens to it, nobody waits for ever and nothing is left behind. What it prints is thrown away.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import queue
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from drivers.api import About
from drivers.errors import DeviceError, Missing, TimedOut
from drivers.host.wire import SHARED_BYTES, STRANGE, BadMessage, Incoming, Outgoing, made_error, read_message

log = structlog.get_logger(__name__)
CLOSE_SECONDS = 1.0
SEND_SECONDS = 2
"""A child that takes no bytes for so long hangs."""
MOST_WAITING = 1024
"""Messages to one call that nobody has taken yet."""
_CRASH = re.compile(rb"Fatal Python error: ([A-Za-z ]{1,40})")
"""How the standard library's faulthandler begins."""


class Process:
    """The process, and the line to it."""

    def __init__(self, driver: str, address: str, modules: Sequence[str]) -> None:
        _reap()
        self._device = address
        self._driver = driver
        self._dead: DeviceError | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.Queue[dict[str, Any] | None]] = {}
        self._number = 0
        self.about: About | None = None
        """Who the device says it is, as told with its newest answer."""
        self._ended = False
        memory = _memory()
        self._line, theirs = socket.socketpair()
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        lifeline, self._lifeline = os.pipe()
        inherited = (theirs.fileno(), memory, lifeline)
        # -P and this process's path: the child imports the same code, whatever lies in its folder.
        command = [sys.executable, "-P", "-m", "drivers.host.child", *map(str, inherited), *modules]
        path = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
        try:
            self._shared = mmap.mmap(memory, SHARED_BYTES)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=inherited,
                start_new_session=True,
                env=os.environ | {"PYTHONPATH": path},
            )
        finally:
            theirs.close()
            os.close(memory)
            os.close(lifeline)
        self._reader = threading.Thread(target=self._hear, name=f"host:{driver}", daemon=True)
        self._reader.start()
        self._printed = threading.Thread(target=self._drain, name=f"host-output:{driver}", daemon=True)
        self._printed.start()

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._process.pid

    def call(self, name: str, arguments: tuple[object, ...], seconds: float) -> Any:
        """What the device answers; its own errors, ``device.hung`` or ``device.crashed``."""
        outgoing = Outgoing()
        answers: queue.Queue[dict[str, Any] | None] = queue.Queue(MOST_WAITING)
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
            if self._ended:
                answers.put(None)
        try:
            return self._answer(answers, outgoing.functions, name, time.monotonic() + seconds, seconds)
        finally:
            self._waiting.pop(number, None)

    def tell(self, name: str, arguments: tuple[object, ...]) -> None:
        """Have the device do `name`; nothing is waited for, and nothing happens once it is gone."""
        fields = {"id": 0, "call": name, "arguments": arguments, "device": self._device}
        message = Outgoing().message(fields)
        with self._lock:
            if self._dead is None:
                with contextlib.suppress(OSError):
                    self._line.sendall(message)

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
            if "function" not in fields:
                if "failure" in fields:
                    raise fields["failure"]
                return fields["result"]
            if time.monotonic() > until:
                # Progress without end would hold up whoever hears it for ever.
                raise self._hung(name, seconds)
            if not 0 <= fields["function"] < len(functions):
                self._die(Missing("device.crashed", self._device, cause="function", driver=self._driver))
                raise self._crashed()
            functions[fields["function"]](*fields["arguments"])

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
        # A process that hangs in the kernel dies when the kernel lets go of it; nobody waits for that.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        for thread in (self._reader, self._printed):
            thread.join(CLOSE_SECONDS)
        if first:
            self._line.close()
            self._shared.close()
            os.close(self._lifeline)
            if self._process.returncode is None:
                _unreaped.append(self._process)

    def _hear(self) -> None:
        incoming = Incoming(self._shared)
        try:
            while (message := read_message(self._line)) is not None:
                fields = _required(incoming.fields(*message, _no_function))
                self.about = fields.get("about") or self.about
                waiting = self._waiting.get(fields["id"])
                if waiting is not None:
                    waiting.put_nowait(fields)
        except (BadMessage, queue.Full):
            log.warning("driver.bad_message", driver=self._driver)
        with self._lock:
            self._ended = True  # who calls from now on is answered at once
            left = list(self._waiting.values())
        for each in left:
            with contextlib.suppress(queue.Full):
                each.put_nowait(None)

    def _drain(self) -> None:
        """Take whatever it prints, or it would stand still. A library may print what it reads from a card, so
        that only how much it was and how it crashed go into the log."""
        assert self._process.stdout is not None
        count = 0
        with self._process.stdout as printed:
            while data := os.read(printed.fileno(), 65536):
                count += len(data)
                crash = _CRASH.search(data)
                if crash is not None:
                    log.warning("driver.fatal", driver=self._driver, cause=crash[1].decode())
        if count:
            log.info("driver.printed", driver=self._driver, bytes=count)


def _required(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` to be relied on, a device's error made; `BadMessage` when they say nothing sensible."""
    try:
        sound = isinstance(fields["id"], int) and isinstance(fields.get("about"), About | None)
        if "failure" in fields:
            raise BadMessage("an error that is made already")
        if "function" in fields:
            sound = sound and isinstance(fields["function"], int) and isinstance(fields["arguments"], tuple)
        elif "error" in fields:
            fields = {**fields, "failure": made_error(fields)}
        if not sound or not fields.keys() & {"function", "failure", "result"}:
            raise BadMessage("not an answer")
    except STRANGE as error:
        raise BadMessage(type(error).__name__) from error
    return fields


def _memory() -> int:
    """Shared memory, sealed: a child that cut it short would take this process with it."""
    memory = os.memfd_create("renzheng-pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, SHARED_BYTES)
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return memory


_unreaped: list[subprocess.Popen[bytes]] = []
"""Killed, but held by the kernel; asked again whenever a device is opened."""


def _reap() -> None:
    for process in tuple(_unreaped):
        if process.poll() is not None:
            with contextlib.suppress(ValueError):
                _unreaped.remove(process)


def _no_function(place: int) -> object:
    raise BadMessage("a child offers no functions")
