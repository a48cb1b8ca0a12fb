"""Opens the byte pipe that an address names: a new transport is added here and nowhere else."""

from __future__ import annotations

from drivers.link.pipe import Pipe
from drivers.link.recorder import through_tape
from drivers.link.serial import SerialPipe


def open_pipe(address: str, rate: int, topic: str) -> Pipe:
    """The pipe to `address`: a device path, with or without ``serial:`` before it.

    `rate` is for serial lines only; codes of errors begin with `topic`.
    """
    return through_tape(lambda: SerialPipe(address.removeprefix("serial:"), rate, topic))
