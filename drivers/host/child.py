"""The process that a hosted driver runs in; it ends when its parent does.

``python -m drivers.host.child SOCKET MEMORY LIFELINE [MODULE …]``, the first three inherited descriptors.
Ordinary calls run one after the other in the main thread; those that the contract allows from another thread
run at once. Of what the driver prints, the parent logs the heads.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import mmap
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from drivers.errors import DeviceError
from drivers.host.lifeline import die_with
from drivers.host.wire import SHARED_BYTES, BadMessage, Incoming, Outgoing, packed_error, read_message
from drivers.registry import open_device

AT_ONCE = frozenset({"cancel", "hear", "preview", "stop", "strokes", "playing"})
"""Methods that may be called while another one runs."""


class Child:
    """Carries out what the parent asks of one device."""

    def __init__(self, line: socket.socket, shared: mmap.mmap) -> None:
        self._line = line
        self._shared = shared
        self._sending = threading.Lock()
        self._calls: queue.Queue[dict[str, Any]] = queue.Queue()
        self._device: Any = None
        self._told: Any = None
        """What the parent knows of who the device is."""

    def run(self) -> None:
        """Serve until the parent has gone; does not return."""
        threading.Thread(target=self._hear, name="host-line", daemon=True).start()
        while True:
            self._carry_out(self._calls.get(), self._shared)

    def _hear(self) -> None:
        incoming = Incoming()
        while (message := read_message(self._line)) is not None:
            fields = incoming.fields(*message, _Callback)
            for each in fields["arguments"]:
                if isinstance(each, _Callback):
                    each.connect(self._send, fields["id"])
            if fields["call"] in AT_ONCE:
                self._carry_out(fields, None)
            else:
                self._calls.put(fields)
        os._exit(0)

    def _carry_out(self, fields: dict[str, Any], shared: mmap.mmap | None) -> None:
        try:
            result = self._result(fields)
            self._send({"id": fields["id"], "result": result, **self._news()}, shared)
        except DeviceError as error:
            self._send({"id": fields["id"], **packed_error(error), **self._news()}, None)
        except Exception as error:  # noqa: BLE001  lane loop: a driver's bug is told, by its kind only
            facts = {"cause": type(error).__name__, "call": fields["call"]}
            bug = {"error": "Garbled", "code": "device.bug", "device": fields["device"], "facts": facts}
            self._send({"id": fields["id"], **bug}, None)

    def _result(self, fields: dict[str, Any]) -> object:
        if fields["call"] == "open":
            driver, address, options = fields["arguments"]
            self._device = open_device(driver, address, options)
            return None
        found = getattr(self._device, fields["call"])
        return found(*fields["arguments"]) if callable(found) else found

    def _news(self) -> dict[str, object]:
        """Who the device is, when it says something else than before."""
        about = self._told
        with contextlib.suppress(Exception):
            about = getattr(self._device, "about", None)
        if about == self._told:
            return {}
        self._told = about
        return {"about": about}

    def _send(self, fields: dict[str, object], shared: mmap.mmap | None) -> None:
        message = Outgoing(shared).message(fields)
        with self._sending:
            self._line.sendall(message)


class _Callback:
    """Stands for a function of the parent; its result is not waited for."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._send: Callable[[dict[str, object], None], None] | None = None
        self._number = 0

    def connect(self, send: Callable[[dict[str, object], None], None], number: int) -> None:
        """Say where calls go, and for which call of the parent."""
        self._send, self._number = send, number

    def __call__(self, *arguments: object) -> None:
        if self._send is not None:
            self._send({"id": self._number, "function": self._place, "arguments": arguments}, None)


def main() -> None:
    """Serve the parent at the other end of an inherited socket."""
    die_with(int(sys.argv[3]))
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = socket.socket(fileno=int(sys.argv[1]))
    shared = mmap.mmap(int(sys.argv[2]), SHARED_BYTES)
    for module in sys.argv[4:]:
        importlib.import_module(module)
    try:
        Child(line, shared).run()
    except (OSError, BadMessage):
        os._exit(1)


if __name__ == "__main__":
    main()
