"""Bulk transfers with one open USB device, by PyUSB, with the operating system's errors as the contract's."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator
from typing import Any

from drivers.errors import Missing, TimedOut

WRITE_LIMIT_MS = 2000
CHECK_LIMIT_MS = 200
DRAIN_MS = 2
"""How long to wait for one more packet while forgetting what has come."""
_DRAINS = 64
_GET_STATUS = (0x80, 0, 0, 0, 2)


class Transfers:
    """One claimed interface. After the device has gone, or `close`, every call raises `Missing`."""

    def __init__(self, device: Any, interface: int, packet: int, address: str, topic: str) -> None:
        self._device: Any = device
        self._interface = interface
        self._packet = packet
        """Bytes of the largest packet."""
        self.address = address
        self._topic = topic

    def write(self, pipe: int, data: bytes) -> None:
        """Write all of `data`; `TimedOut` when the device does not take it in time."""
        with self._live() as device:
            if device.write(pipe, data, WRITE_LIMIT_MS) != len(data):
                raise TimedOut(f"{self._topic}.silent", self.address, reason="write")

    def read(self, pipe: int, seconds: float, size: int = 1) -> bytes:
        """The next `size` bytes on `pipe`, or up to the first packet that is not full.

        Empty when nothing comes within `seconds`, or the pipe stalled.
        """
        # Whole packets: one larger than what is asked for would be lost.
        size = -(-size // self._packet) * self._packet
        ends = time.monotonic() + seconds
        with self._live() as device:
            while True:
                data = self._read_once(device, pipe, size, ends - time.monotonic())
                # A packet without bytes only ends what came before it.
                if data != b"" or time.monotonic() >= ends:
                    return data or b""

    def drain(self, pipe: int) -> None:
        """Forget what has come on `pipe`."""
        for _ in range(_DRAINS):
            if not self.read(pipe, DRAIN_MS / 1000):
                return

    def check(self) -> None:
        """Raise `Missing` when the device has gone, asked by the request that every USB device answers."""
        with self._live() as device:
            try:
                device.ctrl_transfer(*_GET_STATUS, timeout=CHECK_LIMIT_MS)
            except OSError as error:
                if error.errno not in {errno.EPIPE, errno.ETIMEDOUT}:
                    raise

    def close(self) -> None:
        """Release the interface. Safe twice; never raises."""
        device, self._device = self._device, None
        if device is not None:
            release(device, self._interface)

    def _read_once(self, device: Any, pipe: int, size: int, seconds: float) -> bytes | None:
        """None when nothing can be had now; empty for a packet without bytes."""
        try:
            # No time at all would mean for ever.
            return bytes(device.read(pipe, size, max(1, round(seconds * 1000))))
        except OSError as error:
            if error.errno == errno.EPIPE:
                device.clear_halt(pipe)
            elif error.errno not in {errno.ETIMEDOUT, errno.EOVERFLOW}:
                raise
            return None

    @contextlib.contextmanager
    def _live(self) -> Iterator[Any]:
        if self._device is None:
            raise Missing(f"{self._topic}.unplugged", self.address, reason="closed")
        try:
            yield self._device
        except OSError as error:
            if error.errno in {errno.ETIMEDOUT, errno.EPIPE}:
                raise TimedOut(f"{self._topic}.silent", self.address, errno=error.errno) from error
            self.close()
            raise Missing(f"{self._topic}.unplugged", self.address, errno=error.errno or 0) from error


def release(device: Any, interface: int) -> None:
    """Give an open device back; never raises."""
    import usb.util

    with contextlib.suppress(OSError):
        usb.util.release_interface(device, interface)
    with contextlib.suppress(OSError):
        usb.util.dispose_resources(device)
