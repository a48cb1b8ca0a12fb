"""A byte pipe over TCP, for readers behind a serial gateway.

Nobody hangs up when a gateway loses power or its cable, so the connection is probed by the kernel while
idle and given up when what was sent is not acknowledged: gone within `HALF_OPEN_S`, then `Missing`.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import select
import socket
import time
from collections.abc import Iterator

from drivers.errors import DeviceError, Missing, Refused, TimedOut, Unsupported

CONNECT_LIMIT_S = 3.0
SEND_LIMIT_S = 2.0
"""Longest time the connection may take to accept one request."""
PURGE_LIMIT_S = 0.2
"""Whoever never stops sending holds nobody up."""
HALF_OPEN_S = 8
"""After this many seconds without a sign of life the other end is taken to be gone."""

_IDLE_S, _PROBE_S, _PROBES = 4, 2, 2
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL | select.POLLRDHUP


class TcpPipe:
    """One connection to ``tcp:HOST:PORT``; HOST is a number or ``localhost``: no look-up can hang."""

    def __init__(self, address: str, topic: str) -> None:
        self._address = address
        self._topic = topic
        self._socket: socket.socket | None = None
        place = self._place()
        try:
            connected = socket.create_connection(place, CONNECT_LIMIT_S)
        except OSError as error:
            raise self._opening_error(error) from error
        connected.settimeout(SEND_LIMIT_S)
        _watch_for_silence(connected)
        self._socket = connected

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._address

    def send(self, data: bytes) -> None:
        """Write all of `data`; `TimedOut` when the connection does not take it within `SEND_LIMIT_S`."""
        with self._live() as connected:
            connected.sendall(data)

    def receive(self, seconds: float) -> bytes:
        """What has come, as soon as something has; empty when nothing came within `seconds`."""
        with self._live() as connected:
            ready, _, _ = select.select([connected], [], [], max(0.0, seconds))
            if not ready:
                return b""
            data = connected.recv(65536)
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "hung up")
            return data

    def purge(self) -> None:
        """Forget what has come and was not received yet, for `PURGE_LIMIT_S` if more keeps coming."""
        ends = time.monotonic() + PURGE_LIMIT_S
        while self.receive(0) and time.monotonic() < ends:
            pass

    def check(self) -> None:
        """Raise `Missing` when the other end has gone; takes no bytes and no time."""
        with self._live() as connected:
            poller = select.poll()
            poller.register(connected, select.POLLRDHUP)
            if any(happening & _GONE for _, happening in poller.poll(0)):
                raise ConnectionResetError(errno.ECONNRESET, "hung up")

    def set_rate(self, rate: int) -> None:
        """A network has no rate."""

    def close(self) -> None:
        """Hang up. Safe twice; never raises."""
        connected, self._socket = self._socket, None
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.close()

    @contextlib.contextmanager
    def _live(self) -> Iterator[socket.socket]:
        if self._socket is None:
            raise Missing(f"{self._topic}.unplugged", self._address, reason="closed")
        try:
            yield self._socket
        except TimeoutError as error:
            if error.errno is None:
                raise TimedOut(f"{self._topic}.silent", self._address, reason="write") from error
            self.close()  # The kernel gave up: ETIMEDOUT is its word for half open.
            raise Missing(f"{self._topic}.unplugged", self._address, errno=error.errno) from error
        except OSError as error:
            self.close()
            raise Missing(f"{self._topic}.unplugged", self._address, errno=error.errno or 0) from error

    def _place(self) -> tuple[str, int]:
        host, _, port = self._address.removeprefix("tcp:").rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        try:
            if host != "localhost":
                ipaddress.ip_address(host)
            if not 0 < int(port) < 65536:
                raise ValueError(port)
        except ValueError as error:
            raise Unsupported(
                f"{self._topic}.not_a_port", self._address, reason="tcp:NUMBER:PORT expected"
            ) from error
        return host, int(port)

    def _opening_error(self, error: OSError) -> DeviceError:
        if error.errno in {errno.EACCES, errno.EPERM}:
            return Refused(f"{self._topic}.permission", self._address, errno=error.errno, remedy="firewall")
        reason = error.strerror or "no answer"
        return Missing(f"{self._topic}.unplugged", self._address, errno=error.errno or 0, reason=reason)


def _watch_for_silence(connected: socket.socket) -> None:
    """Have the kernel find out when the other end has gone without a word."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_S)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_S)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, HALF_OPEN_S * 1000)
