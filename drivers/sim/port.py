"""Where a simulated device is plugged in: a pseudo-terminal or TCP port, pulled out and put back at will."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import termios
import tty
from pathlib import Path
from typing import Protocol

SLOW_HOST_S = 1.0
"""How long to wait for a host that reads slowly."""


class Port(Protocol):
    """The simulator's end of a line to the host."""

    @property
    def plugged(self) -> bool:
        """True while a host can open it."""

    @property
    def address(self) -> str:
        """What a host opens; the same after every plugging."""

    def descriptors(self) -> tuple[int, ...]:
        """What to select for reading."""

    def plug(self) -> None:
        """Plug it in, unless it is."""

    def unplug(self) -> None:
        """Pull it out: whoever has it open sees it vanish."""

    def read(self) -> bytes:
        """What the host sent; empty when nothing."""

    def write(self, data: bytes) -> None:
        """Put `data` on the line; lost when nobody listens, as on a real one."""

    def host_talks_at(self, rate: int) -> bool:
        """True when the host has set this rate, or the line knows no rate."""


class PtyPort:
    """A pseudo-terminal in raw mode; `link`, when given, is a symbolic link to whichever it is just now."""

    def __init__(self, link: Path | None) -> None:
        self._link = link
        self._own = -1
        self._host = -1
        self._patience_s = SLOW_HOST_S
        self.name = ""
        self.plug()

    @property
    def plugged(self) -> bool:
        """True while there is a pseudo-terminal."""
        return self._own >= 0

    @property
    def address(self) -> str:
        """What a host opens: the link, or the pseudo-terminal itself."""
        return str(self._link or self.name)

    def descriptors(self) -> tuple[int, ...]:
        """The simulator's end."""
        return (self._own,) if self.plugged else ()

    def plug(self) -> None:
        """Make a new pseudo-terminal, unless there is one."""
        if self.plugged:
            return
        # The host's end stays open here too, or reading would fail whenever no host has it open.
        self._own, self._host = os.openpty()
        tty.setraw(self._host)
        os.set_blocking(self._own, False)
        self.name = os.ttyname(self._host)
        if self._link is not None:
            fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
            fresh.symlink_to(self.name)
            fresh.replace(self._link)

    def unplug(self) -> None:
        """Take the pseudo-terminal away: whoever has it open gets an input/output error."""
        for descriptor in (self._own, self._host):
            if descriptor >= 0:
                os.close(descriptor)
        self._own = self._host = -1
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def read(self) -> bytes:
        """What the host sent."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self._own, 65536)
        return b""

    def write(self, data: bytes) -> None:
        """Put `data` on the line, waiting for a host that reads slowly; the rest is lost when none reads.

        Its buffer is smaller than a picture. Who did not read once is not waited for again until he does.
        """
        while data:
            _, ready, _ = select.select([], [self._own], [], self._patience_s)
            self._patience_s = SLOW_HOST_S if ready else 0.0
            if not ready:
                return
            data = data[os.write(self._own, data) :]

    def host_talks_at(self, rate: int) -> bool:
        """True when the host has set this rate."""
        return bool(termios.tcgetattr(self._own)[5] == getattr(termios, f"B{rate}"))


class TcpPort:
    """A TCP port of this machine that takes one host at a time; the newest is the one listened to."""

    def __init__(self) -> None:
        self._number = 0
        self._listening: socket.socket | None = None
        self._host: socket.socket | None = None
        self.plug()

    @property
    def plugged(self) -> bool:
        """True while it listens."""
        return self._listening is not None

    @property
    def address(self) -> str:
        """``tcp:127.0.0.1:PORT``."""
        return f"tcp:127.0.0.1:{self._number}"

    def descriptors(self) -> tuple[int, ...]:
        """The listening socket and the host's."""
        return tuple(each.fileno() for each in (self._listening, self._host) if each is not None)

    def plug(self) -> None:
        """Listen, at the same number as before."""
        if self.plugged:
            return
        self._listening = socket.create_server(("127.0.0.1", self._number))
        self._listening.setblocking(False)
        self._number = self._listening.getsockname()[1]

    def unplug(self) -> None:
        """Hang up and listen no longer."""
        for each in (self._host, self._listening):
            if each is not None:
                # A reset, so that the number is free again at once.
                with contextlib.suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                each.close()
        self._host = self._listening = None

    def read(self) -> bytes:
        """What the host sent; takes a new host."""
        self._take_host()
        if self._host is None:
            return b""
        try:
            data = self._host.recv(65536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._host.close()
            self._host = None
        return data

    def write(self, data: bytes) -> None:
        """Put `data` on the line; lost when there is no host."""
        if self._host is not None:
            with contextlib.suppress(OSError):
                self._host.sendall(data)

    def host_talks_at(self, rate: int) -> bool:
        """Always: a network has no rate."""
        return True

    def _take_host(self) -> None:
        if self._listening is None:
            return
        with contextlib.suppress(BlockingIOError):
            fresh, _ = self._listening.accept()
            fresh.setblocking(False)
            fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._host is not None:
                self._host.close()
            self._host = fresh
