"""A simulated device that is a service on this machine: an HTTP server that can be pulled out and put back,
and command lines on standard input as for devices on a line (`drivers.sim.play`)."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from drivers.sim.play import PARENT_CHECK_S

HOST = "127.0.0.1"
ACCEPT_PAUSE_S = 0.05
_STDIN = 0

Obey = Callable[[str, str], None]
"""Carries out a command word with its argument; `ValueError` with the reason when it cannot."""


class Server(ThreadingHTTPServer):
    """One plugging of a service: a thread for each connection."""

    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], service: Service) -> None:
        super().__init__((HOST, port), handler)
        self.service = service
        self.gone = threading.Event()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember who is connected."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget who has left."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut off everybody who is connected."""
        self.gone.set()
        for request in list(self._open):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Hosts hang up as they like."""


class Service:
    """Where a service listens, at the same port after every plugging. `mind` is for its handlers."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], mind: Any, ports: range) -> None:
        self.mind = mind
        self._handler = handler
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._ports = ports
        self.port = 0
        self.plug()
        self._ports = range(self.port, self.port + 1)

    @property
    def plugged(self) -> bool:
        """True while it listens."""
        return self._server is not None

    def plug(self) -> None:
        """Listen, unless it does. `OSError` when no port is free."""
        with self._lock:
            if self._server is None:
                self._server = self._listen()
                self.port = self._server.server_port
                serve = self._server.serve_forever
                threading.Thread(target=serve, args=(ACCEPT_PAUSE_S,), daemon=True).start()

    def unplug(self) -> None:
        """Hang up on everybody and listen no longer."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.hang_up()

    def _listen(self) -> Server:
        for port in self._ports:
            with suppress(OSError):
                return Server(port, self._handler, self)
        raise OSError(f"no free port in {self._ports.start} to {self._ports.stop - 1}")


class Handler(BaseHTTPRequestHandler):
    """What handlers of such services have in common. One request a connection."""

    server: Server

    def log_message(self, *_: object) -> None:
        """Says nothing: whoever asks knows what was asked."""

    def wait(self, seconds: float) -> bool:
        """True when the service was unplugged meanwhile."""
        return self.server.gone.wait(seconds)


def play_service(service: Service, address: Callable[[int], str], obey: Obey, parent: int) -> None:
    """Serve until standard input closes, ``quit``, or the process `parent` is gone.

    ``unplug`` and ``replug`` are known; `obey` carries out every other word. Ask for the parent's id before
    anyone can hear that the simulator is ready.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        _tell(ready=True, address=address(service.port))
        lines = bytearray()
        while os.getppid() == parent:
            ready, _, _ = select.select([_STDIN], [], [], PARENT_CHECK_S)
            data = os.read(_STDIN, 4096) if ready else b""
            lines += data
            *whole, rest = lines.split(b"\n")
            lines = bytearray(rest)
            for line in whole:
                word, _, argument = line.decode().strip().partition(" ")
                if word == "quit":
                    return
                if word:
                    _answer(service, address, obey, word, argument.strip())
            if ready and not data:
                return
    finally:
        service.unplug()


def _answer(service: Service, address: Callable[[int], str], obey: Obey, word: str, argument: str) -> None:
    try:
        if word == "unplug":
            service.unplug()
        elif word == "replug":
            service.plug()
        else:
            obey(word, argument)
    except (ValueError, OSError) as error:
        _tell(failed=word, reason=str(error))
    else:
        _tell(done=word, address=address(service.port), plugged=service.plugged)


def _tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _stop(signal_number: int, frame: object) -> None:
    sys.exit(0)
