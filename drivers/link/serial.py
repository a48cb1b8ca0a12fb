"""A byte pipe over a serial port or a pseudo-terminal, by pyserial.

The operating system's errors become the contract's: gone → `Missing`, no permission → `Refused`, held by
another program → `Busy`, not a serial port at all → `Unsupported`. Codes begin with the `topic` given at
opening, for instance ``card_reader.unplugged``.
"""

from __future__ import annotations

import contextlib
import errno
import select
import termios
from collections.abc import Iterator

import serial

from drivers.errors import Busy, DeviceError, Missing, Refused, TimedOut, Unsupported

WRITE_LIMIT_S = 2.0
"""Longest time the port may take to accept one request."""

_OPENING_ERRORS: dict[int, tuple[type[DeviceError], str]] = {
    errno.EACCES: (Refused, "permission"),
    errno.EPERM: (Refused, "permission"),
    errno.EBUSY: (Busy, "busy"),
    errno.EAGAIN: (Busy, "busy"),
    errno.ENOTTY: (Unsupported, "not_a_port"),
    errno.EISDIR: (Unsupported, "not_a_port"),
}


class SerialPipe:
    """One serial port, held exclusively, 8 data bits, no parity, 1 stop bit, no flow control."""

    def __init__(self, address: str, rate: int, topic: str) -> None:
        self._address = address
        self._topic = topic
        self._port: serial.Serial | None = None
        try:
            self._port = serial.Serial(address, rate, timeout=0, write_timeout=WRITE_LIMIT_S, exclusive=True)
        except (OSError, termios.error) as error:
            raise self._opening_error(error) from error

    @property
    def address(self) -> str:
        """The device path."""
        return self._address

    def send(self, data: bytes) -> None:
        """Write all of `data`; `TimedOut` when the port does not take it within `WRITE_LIMIT_S`."""
        with self._live() as port:
            port.write(data)

    def receive(self, seconds: float) -> bytes:
        """What has come, as soon as something has; empty when nothing came within `seconds`."""
        with self._live() as port:
            ready, _, _ = select.select([port.fileno()], [], [], max(0.0, seconds))
            # A readable port with nothing waiting has hung up; reading one byte brings the error out.
            return bytes(port.read(max(1, port.in_waiting))) if ready else b""

    def purge(self) -> None:
        """Forget what has come and was not received yet."""
        with self._live() as port:
            port.reset_input_buffer()

    def check(self) -> None:
        """Raise `Missing` when the device has gone; takes no bytes and no time."""
        with self._live() as port:
            _ = port.in_waiting

    def set_rate(self, rate: int) -> None:
        """Talk at `rate` bits a second from now on."""
        with self._live() as port:
            port.baudrate = rate

    def close(self) -> None:
        """Release the port. Safe twice; never raises."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):
                port.close()

    @contextlib.contextmanager
    def _live(self) -> Iterator[serial.Serial]:
        if self._port is None:
            raise Missing(f"{self._topic}.unplugged", self._address, reason="closed")
        try:
            yield self._port
        except serial.SerialTimeoutException as error:
            raise TimedOut(f"{self._topic}.silent", self._address, reason="write") from error
        except (OSError, termios.error) as error:
            self.close()
            raise Missing(f"{self._topic}.unplugged", self._address, errno=_number(error)) from error

    def _opening_error(self, error: BaseException) -> DeviceError:
        number = _number(error)
        kind, code = _OPENING_ERRORS.get(number, (Missing, "unplugged"))
        remedy = {"remedy": "group dialout"} if kind is Refused else {}
        return kind(f"{self._topic}.{code}", self._address, errno=number, **remedy)


def _number(error: BaseException) -> int:
    """The errno; pyserial keeps that of a failing termios call only in the error's context."""
    for each in (error, error.__context__):
        if isinstance(each, OSError) and each.errno:
            return each.errno
        if isinstance(each, termios.error) and each.args:
            return int(each.args[0])
    return 0
