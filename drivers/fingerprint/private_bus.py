"""A D-Bus of one's own, for simulators and tests: dbus-daemon with a socket in a folder of the caller."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.errors import Missing, Unsupported

PROGRAM = "dbus-daemon"
END_LIMIT_S = 3.0

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def is_installed() -> bool:
    """True when there is a dbus-daemon on this machine."""
    return shutil.which(PROGRAM) is not None


class PrivateBus:
    """A running bus. Raises `Unsupported` without dbus-daemon, `Missing` when it does not come up."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise Unsupported("simulator.no_bus", PROGRAM)
        configuration = folder / "bus.conf"
        configuration.write_text(_CONFIGURATION.format(socket=folder / "bus"), encoding="utf-8")
        self._process = subprocess.Popen(
            [program, f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address"],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            # It complains when it may not open as many files as it would like.
            stderr=subprocess.DEVNULL,
        )
        # The address is printed once the bus listens; the pipe ends when it could not.
        said = self._process.stdout.readline().decode() if self._process.stdout else ""
        if not said.strip():
            self.close()
            raise Missing("simulator.ended", PROGRAM)
        self.address = f"unix:path={folder / 'bus'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the bus. Safe twice; never raises."""
        self._process.terminate()
        try:
            self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
