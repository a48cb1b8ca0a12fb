"""The contract of a byte pipe: bytes out, bytes in, each within a time limit."""

from __future__ import annotations

from typing import Protocol


class Pipe(Protocol):
    """A two-way byte stream to one device. After `Missing` or `close` every call raises `Missing`."""

    @property
    def address(self) -> str:
        """Where the device is, as it was asked for."""

    def send(self, data: bytes) -> None:
        """Write all of `data`, or raise `TimedOut` when the port does not take it."""

    def receive(self, seconds: float) -> bytes:
        """What has come, as soon as something has; empty when nothing came within `seconds`."""

    def purge(self) -> None:
        """Forget what has come and was not received yet."""

    def check(self) -> None:
        """Raise `Missing` when the device has gone; takes no bytes and no time."""

    def set_rate(self, rate: int) -> None:
        """Talk at `rate` bits a second from now on; no meaning for pipes that have no rate."""

    def close(self) -> None:
        """Release the port. Safe twice; never raises."""
