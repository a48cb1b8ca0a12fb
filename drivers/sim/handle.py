"""Starts a simulated device as a process of its own, and plays the person before it.

with Simulated("drivers.fingerprint.ef01_simulator", ["--link", "{folder}/port"]) as sensor:
    sensor.tell("touch alice")
    device = open_device("ef01", sensor.address, {})
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.errors import Missing, TimedOut, Unsupported
from drivers.kept import kept

READY_LIMIT_S = 30.0
"""Starting costs a busy machine many seconds; one that cannot start ends at once."""
COMMAND_LIMIT_S = 5.0
CLOSE_LIMIT_S = 3.0


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a simulator; whoever starts many at once can put something quicker in its place.

    Its own session: a Ctrl-C in the terminal must reach the program first, which then closes it.
    """
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


class Simulated:
    """A running simulator. `address` stays the same when it is unplugged and plugged in again.

    ``{folder}`` in an argument stands for `folder`, which is removed at the end. Raises `TimedOut` or
    `Missing` when the process does not come up.
    """

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="renzheng-sim-"))
        self._name = f"simulator {module}"
        filled = [each.replace("{folder}", str(self.folder)) for each in arguments]
        self._process = start([sys.executable, "-m", module, *filled])
        self._heard = bytearray()
        self._telling = threading.Lock()
        with kept(self):
            self.address = str(self._hear(READY_LIMIT_S)["address"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """Of the simulator's process."""
        return self._process.pid

    def unplug(self) -> None:
        """Pull the cable: who has the device open sees it vanish."""
        self.tell("unplug")

    def replug(self) -> None:
        """Plug it in again, at the same address."""
        self.tell("replug")

    def fault(self, name: str, times: int = 0) -> None:
        """Give it a fault until `clear`, or for `times` requests that it concerns."""
        self.tell(f"fault {name} {times}")

    def clear(self) -> None:
        """Take all faults away."""
        self.tell("clear")

    def tell(self, line: str) -> Mapping[str, object]:
        """Have it obey a command line; its answer. `Unsupported` when it cannot, `Missing` when it ended.

        May be called from any thread: one command is answered before the next is said.
        """
        with self._telling:
            said = self._told(line)
        if "failed" in said:
            raise Unsupported("simulator.command_refused", self._name, reason=said.get("reason", ""))
        return said

    def close(self) -> None:
        """End the process and remove its files. Safe twice; never raises."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(CLOSE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _told(self, line: str) -> Mapping[str, object]:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            raise Missing("simulator.ended", self._name)
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except OSError as error:
            raise Missing("simulator.ended", self._name) from error
        return self._hear(COMMAND_LIMIT_S)

    def _hear(self, seconds: float) -> Mapping[str, object]:
        """The next JSON line of the process."""
        ends = time.monotonic() + seconds
        out = self._process.stdout
        if out is None or out.closed:
            raise Missing("simulator.ended", self._name)
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while b"\n" not in self._heard:
                if not selector.select(max(0.0, ends - time.monotonic())):
                    raise TimedOut("simulator.not_ready", self._name)
                piece = os.read(out.fileno(), 4096)
                if not piece:
                    raise Missing("simulator.ended", self._name, exit_code=self._process.poll())
                self._heard += piece
        line, _, rest = bytes(self._heard).partition(b"\n")
        self._heard = bytearray(rest)
        said: Mapping[str, object] = json.loads(line)
        return said
