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

    def __init__(self, place: socket.socket, handler: type[BaseHTTPRequestHandler], service: Service) -> None:
        super().__init__(place.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = place
        self.server_name, self.server_port = place.getsockname()
        self.server_activate()
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
        """Listen at the first free one of `ports`. `OSError` when none is free."""
        self.mind = mind
        self._handler = handler
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._place = _first_free(ports)
        self.port: int = self._place.getsockname()[1]
        self.plug()

    @property
    def plugged(self) -> bool:
        """True while it listens."""
        return self._server is not None

    def plug(self) -> None:
        """Listen, unless it does."""
        with self._lock:
            if self._server is None:
                _share(self._place, True)
                self._server = Server(self._place, self._handler, self)
                serve = self._server.serve_forever
                threading.Thread(target=serve, args=(ACCEPT_PAUSE_S,), daemon=True).start()

    def unplug(self) -> None:
        """Hang up on everybody and listen no longer; the port stays taken, so that nobody moves in."""
        with self._lock:
            server, self._server = self._server, None
            if server is None:
                return
            server.shutdown()
            server.server_close()
            self._place = _taken(self.port)
        server.hang_up()

    def close(self) -> None:
        """Hang up, and give the port away."""
        self.unplug()
        self._place.close()


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
        service.close()


def _first_free(ports: range) -> socket.socket:
    for port in ports:
        with suppress(OSError):
            return _taken(port)
    raise OSError(f"no free port in {ports.start} to {ports.stop - 1}")


def _taken(port: int) -> socket.socket:
    """A socket that has the port for itself; whoever connects is refused until it listens."""
    place = socket.socket()
    try:
        _share(place, True)
        place.bind((HOST, port))
        _share(place, False)
    except OSError:
        place.close()
        raise
    return place


def _share(place: socket.socket, share: bool) -> None:
    """Sharing gets past connections that are still ending, and lets others in who share as well."""
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(share))


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
