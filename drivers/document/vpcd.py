"""The line of a simulated card to the virtual reader vpcd (vsmartcard): the card connects, and is there.

What is said on it is in `drivers.link.card_line`.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from drivers.link import card_line
from drivers.link.card_line import frame
from drivers.sim.wire import Piece

ASK = card_line.ASK[0]
"""The question for the answer to reset, the only control that is answered."""
CONNECT_LIMIT_S = 0.5
LIFTED_S = 0.6
"""pcscd looks every 0.4 s; one that is back sooner after being lifted in use stays absent for it."""


class Messages:
    """Cuts what comes into messages."""

    def __init__(self) -> None:
        self._heard = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are whole now."""
        self._heard += data
        while len(self._heard) >= 2 and len(self._heard) >= 2 + (
            size := int.from_bytes(self._heard[:2], "big")
        ):
            body = bytes(self._heard[2 : 2 + size])
            del self._heard[: 2 + size]
            yield body

    def reset(self) -> None:
        """Forget half a message."""
        self._heard.clear()


class VpcdPort:
    """Plugged in when the card lies on the reader. Connects again by itself when pcscd was started anew."""

    def __init__(self, number: int, present: bool) -> None:
        self._number = number
        self._line: socket.socket | None = None
        self._messages = Messages()
        self._lifted = -LIFTED_S
        self.plugged = False
        """True while the card lies there."""
        if present:
            self.plug()

    @property
    def address(self) -> str:
        """Where the virtual reader listens."""
        return f"vpcd:{self._number}"

    def descriptors(self) -> tuple[int, ...]:
        """What to select for reading; none while the reader is not there."""
        if self._line is None and self.plugged:
            self._connect()
        return () if self._line is None else (self._line.fileno(),)

    def plug(self) -> None:
        """Put the card on the reader, once pcscd must have seen that it was lifted."""
        if not self.plugged:
            time.sleep(max(0.0, self._lifted + LIFTED_S - time.monotonic()))
        self.plugged = True
        if self._line is None:
            self._connect()

    def unplug(self) -> None:
        """Lift it."""
        if self.plugged:
            self._lifted = time.monotonic()
        self.plugged = False
        self._hang_up()

    def read(self) -> bytes:
        """What the reader said, whole messages only: the rest is kept until it is complete."""
        if self._line is None:
            return b""
        try:
            data = self._line.recv(65536)
            # vpcd sends length and body apart; without this each command would wait 40 ms for a delayed
            # acknowledgement (Nagle). The system forgets the wish, so it is renewed every time.
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return b"".join(frame(body) for body in self._messages.feed(data))

    def write(self, data: bytes) -> None:
        """Say something to the reader; lost when it is not there."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.sendall(data)

    def host_talks_at(self, rate: int) -> bool:
        """Always: there is no rate."""
        return True

    def _connect(self) -> None:
        self._messages.reset()
        with contextlib.suppress(OSError):
            self._line = socket.create_connection(("127.0.0.1", self._number), CONNECT_LIMIT_S)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            self._line.setblocking(False)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def answered(body: bytes | None) -> list[Piece]:
    """An answer at once, or none."""
    return [] if body is None else [Piece(0.0, frame(body))]
