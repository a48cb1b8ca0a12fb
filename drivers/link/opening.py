"""Opens the byte pipe that an address names: a new transport is added here and nowhere else.

serial:/dev/ttyUSB0  or just the path      a serial port or pseudo-terminal
tcp:192.0.2.7:4001                         a serial gateway, by its number
usb:0400:c35a[:BUS-ADDRESS or :SERIAL]     bulk pipes of a USB device
hid:VVVV:PPPP[:PATH]                       64-byte HID reports
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.link.hid import HidPipe
from drivers.link.pipe import Pipe
from drivers.link.recorder import through_tape
from drivers.link.serial import SerialPipe
from drivers.link.tcp import TcpPipe
from drivers.link.usb import open_usb

_TRANSPORTS: dict[str, Callable[[str, str], Pipe]] = {"tcp": TcpPipe, "usb": open_usb, "hid": HidPipe}


def open_pipe(address: str, rate: int, topic: str) -> Pipe:
    """The pipe to `address`; `rate` is for serial lines only; codes of errors begin with `topic`.

    Raises `Missing` ``<topic>.unplugged``, `Refused` ``.permission``, `Busy` ``.busy``, or `Unsupported`
    ``.not_a_port`` for an address that is none, a device without such pipes or a library not installed.
    """
    opening = _TRANSPORTS.get(address.partition(":")[0])
    if opening is not None:
        return through_tape(lambda: opening(address, topic))
    return through_tape(lambda: SerialPipe(address.removeprefix("serial:"), rate, topic))


def has_rate(address: str) -> bool:
    """True when the pipe to `address` is a line whose two ends must agree on a rate."""
    return address.partition(":")[0] not in _TRANSPORTS
