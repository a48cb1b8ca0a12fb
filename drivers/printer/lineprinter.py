"""A byte pipe over a USB printer port of the kernel (usblp: ``/dev/usb/lp0``), read and written as a file."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import time
from pathlib import Path

from drivers.errors import Busy, DeviceError, Missing, Refused, TimedOut, Unsupported

PORTS = "/dev/usb"
WRITE_LIMIT_S = 2.0
"""Longest time the port may take to accept one message."""
_OPENING_ERRORS: dict[int, tuple[type[DeviceError], str]] = {
    errno.EACCES: (Refused, "permission"),
    errno.EPERM: (Refused, "permission"),
    errno.EBUSY: (Busy, "busy"),
}


def line_printers() -> list[str]:
    """USB printer ports of this machine."""
    return sorted(str(path) for path in Path(PORTS).glob("lp[0-9]*"))


def is_line_printer(address: str) -> bool:
    """True for the path of a printer port, or a path marked as one by ``file:``."""
    return address.startswith(("file:", f"{PORTS}/lp"))


class LinePrinterPipe:
    """One printer port, opened for reading and writing."""

    def __init__(self, address: str, topic: str) -> None:
        self._address = address
        self._topic = topic
        try:
            self._file = os.open(address.removeprefix("file:"), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            kind, code = _OPENING_ERRORS.get(error.errno or 0, (Missing, "unplugged"))
            raise kind(f"{topic}.{code}", address, errno=error.errno) from error
        if not stat.S_ISCHR(os.fstat(self._file).st_mode):
            self.close()
            raise Unsupported(f"{topic}.not_a_port", address)

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._address

    def send(self, data: bytes) -> None:
        """Write all of `data`; `TimedOut` when the printer does not take it within `WRITE_LIMIT_S`."""
        ends = time.monotonic() + WRITE_LIMIT_S
        rest = memoryview(data)
        while rest:
            if not self._ready(writing=True, seconds=ends - time.monotonic()):
                raise TimedOut(f"{self._topic}.silent", self._address, reason="write")
            try:
                rest = rest[os.write(self._file, rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(error) from error

    def receive(self, seconds: float) -> bytes:
        """What has come, as soon as something has; empty when nothing came within `seconds`."""
        if not self._ready(writing=False, seconds=seconds):
            return b""
        try:
            return os.read(self._file, 4096)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error

    def purge(self) -> None:
        """Forget what has come and was not received yet."""
        while self.receive(0):
            pass

    def check(self) -> None:
        """Raise `Missing` when the port has gone; takes no bytes and no time."""
        if self._file < 0:
            raise self._lost(None)
        poll = select.poll()
        poll.register(self._file, 0)
        if any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0)):
            raise self._lost(None)

    def set_rate(self, rate: int) -> None:
        """USB has no rate."""

    def close(self) -> None:
        """Release the port. Safe twice; never raises."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
        self._file = -1

    def _ready(self, *, writing: bool, seconds: float) -> bool:
        self.check()
        sides = ([], [self._file]) if writing else ([self._file], [])
        read, write, _ = select.select(*sides, [], max(0.0, seconds))
        return bool(read or write)

    def _lost(self, error: OSError | None) -> Missing:
        self.close()
        return Missing(f"{self._topic}.unplugged", self._address, errno=error.errno if error else 0)
