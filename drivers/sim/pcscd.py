"""A pcscd of this program's own with a virtual reader, so that a simulated card travels the real way.

Needs the packages pcscd and vsmartcard-vpcd, no privileges and no system service. The virtual reader listens
on all addresses, so it has no place on a terminal: for tests, demonstration and training only.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.errors import TimedOut, Unsupported
from drivers.kept import kept

READY_LIMIT_S = 5.0
STOP_LIMIT_S = 3.0
READER = "Virtual PCD"
"""What the names of its readers begin with."""
SOCKET = "PCSCLITE_CSOCK_NAME"
"""Environment variable by which libpcsclite finds pcscd; read once in the life of a process."""
_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_DAEMON = "/usr/sbin/pcscd"
_SERVE = (
    "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; "
    'exec "$0" --foreground --auto-exit --config "$1"'
)
"""pcscd takes its socket as systemd would hand it over; the shell's process becomes pcscd. It ends by itself
a minute after the last program let go of it, should this one be killed."""
_PAUSE_S = 0.02


def missing() -> str:
    """What is missing here for a pcscd of one's own; empty when nothing is."""
    wanted = {
        "pyscard": importlib.util.find_spec("smartcard") is not None,
        "pcscd": Path(_DAEMON).exists(),
        "vsmartcard-vpcd": _DRIVER.exists(),
    }
    return ", ".join(name for name, there in wanted.items() if not there)


@cache
def claim_socket() -> Path:
    """Point this process, and those it starts, at a pcscd of its own; where its socket is.

    To be called before anything else of PC/SC: libpcsclite looks only once.
    """
    folder = Path(tempfile.mkdtemp(prefix="renzheng-pcscd-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[SOCKET] = str(folder / "socket")
    return folder / "socket"


class PrivatePcscd:
    """The daemon, running. One at a time in a process; `close` it.

    `Unsupported` when something is `missing`, `TimedOut` when it does not come up.
    """

    def __init__(self, readers: bool = True) -> None:
        lacking = missing()
        if lacking:
            raise Unsupported("simulator.not_here", "pcscd", missing=lacking)
        self._socket = claim_socket()
        self._folder = Path(tempfile.mkdtemp(prefix="renzheng-readers-"))
        self.port = _free_port()
        """Where a simulated card connects to."""
        self._process: subprocess.Popen[bytes] | None = None
        with kept(self):
            self.start(readers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, readers: bool = True) -> None:
        """Start it, with its virtual readers or with none."""
        self.stop()
        setting = self._folder / "vpcd"
        setting.unlink(missing_ok=True)
        if readers:
            setting.write_text(_setting(self.port), encoding="ascii")
        self._socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self._socket))
            listening.listen()
            self._process = subprocess.Popen(
                ["sh", "-c", _SERVE, _DAEMON, str(self._folder)],
                stdin=listening.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        if readers:
            self._wait_until_listening()

    def unplug(self) -> None:
        """Take the virtual readers away: pcscd comes back without them."""
        self.start(readers=False)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it as the system does. Safe twice."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_LIMIT_S)
        self.kill()

    def close(self) -> None:
        """End it and remove its files. Safe twice; never raises."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_listening(self) -> None:
        """Until the virtual reader is there; looks without connecting, which would be a card."""
        ends = time.monotonic() + READY_LIMIT_S
        while not _is_listening(self.port):
            if time.monotonic() > ends:
                raise TimedOut("simulator.not_ready", "pcscd")
            time.sleep(_PAUSE_S)


def _setting(port: int) -> str:
    return (
        f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {_DRIVER}\nCHANNELID 0x{port:X}\n'
    )


def _free_port() -> int:
    """A port that is free together with the next, which the second slot takes."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("", 0))
            port = int(one.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                other.bind(("", port + 1))
                return port


def _is_listening(port: int) -> bool:
    """True when some process listens at `port` (state 0A in the kernel's list)."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines)
