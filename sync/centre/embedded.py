"""A centre of one's own in a child process: for the virtual branch, training and tests."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

READY_SECONDS = 20
"""About 1 s is usual; a machine that is busy with other things takes longer."""
CLOSE_SECONDS = 8
ERRORS_BYTES_LIMIT = 1 << 20
ROOT = Path(__file__).resolve().parent.parent.parent


class CentreDidNotStart(Exception):
    """The child ended or did not listen in time; the text says what it said last."""


class RunningCentre:
    """A centre in a child process, which ends with this process at the latest."""

    def __init__(self, folder: Path, domain: str = "test", port: int = 0) -> None:
        self.folder = folder.resolve()
        self.domain = domain
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.restart()

    def token(self) -> str:
        """A new one-time enrolment token."""
        from sync.centre.desk import open_desk

        desk = open_desk(self.folder, self.domain)
        try:
            return desk.token()
        finally:
            desk.close()

    @property
    def running(self) -> bool:
        """True while the child lives."""
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Start it (again), at the port it had; CentreDidNotStart when it is not ready in time."""
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        errors = self.folder / "centre.err"
        too_long = errors.exists() and errors.stat().st_size > ERRORS_BYTES_LIMIT
        with errors.open("wb" if too_long else "ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=ROOT
            )
        try:
            ready = json.loads(self._first_line())
        except ValueError as fault:
            self.kill()
            said = errors.read_text(errors="replace").strip().splitlines()[-1:]
            raise CentreDidNotStart(said[0] if said else f"not ready within {READY_SECONDS} s") from fault
        self.url = str(ready["url"])
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def close(self) -> None:
        """End it in good order; safe twice."""
        if self._process is not None:
            self._process.terminate()
            self._reap()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _command(self) -> list[str]:
        options = {"--data": self.folder, "--port": self._port, "--domain": self.domain}
        return [
            *(
                sys.executable,
                "-m",
                "sync.centre",
                "serve",
                "--print-ready",
                f"--follow-parent={os.getpid()}",
            ),
            *(str(part) for pair in options.items() for part in pair),
        ]

    def _first_line(self) -> bytes:
        """What the child prints first; empty when it ends or takes too long."""
        pipe = self._process.stdout if self._process is not None else None
        if pipe is None:
            return b""
        line = b""
        limit = time.monotonic() + READY_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not line.endswith(b"\n") and selector.select(max(0.0, limit - time.monotonic())):
                part = os.read(pipe.fileno(), 4096)
                if not part:
                    return b""
                line += part
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start_centre(folder: Path, domain: str = "test", port: int = 0) -> RunningCentre:
    """A running centre with its data in `folder`; CentreDidNotStart when it is not ready in time."""
    return RunningCentre(folder, domain, port)
