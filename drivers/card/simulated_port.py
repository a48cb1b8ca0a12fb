"""The simulated reader's end of a pseudo-terminal that can be plugged in, pulled out and plugged in again."""

from __future__ import annotations

import contextlib
import os
import termios
import tty
from pathlib import Path


class SimulatedPort:
    """A pseudo-terminal in raw mode; `link`, when given, is a symbolic link to whichever it is just now."""

    def __init__(self, link: Path | None) -> None:
        self._link = link
        self._own = -1
        self._host = -1
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

    def fileno(self) -> int:
        """The simulator's end, for select."""
        return self._own

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
            return os.read(self._own, 4096)
        return b""

    def write(self, data: bytes) -> None:
        """Put `data` on the line; lost when nobody reads, as on a real line."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._own, data)

    def host_talks_at(self, rate: int) -> bool:
        """True when the host has set this rate."""
        return bool(termios.tcgetattr(self._own)[5] == getattr(termios, f"B{rate}"))
