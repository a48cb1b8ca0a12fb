"""Shows how far the set-up is, runs its commands, and says in one line why one of them failed.

Only the standard library, and nothing newer than Python 3.8: the set-up runs before anything is installed.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

LIMIT_SECONDS = 3600
"""No command of the set-up may take longer."""
TICK_SECONDS = 1.0
QUIET_SECONDS = 15.0
"""Where there is no terminal, a sign of life comes this often."""

REMEDIES = (
    (r"No space left on device", "The disk is full. Free at least 4 GB, then start again."),
    (
        r"DO NOT MATCH THE HASHES|hash mismatch",
        "A downloaded package is not the locked one (its hash differs). Try again; if it stays so, the"
        " package source in use serves altered files.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package registry's certificate is not trusted here. Set PIP_CERT to your proxy's certificate.",
    ),
    (
        r"ProxyError|407 Proxy",
        "The proxy refuses the way to the package registry. Check https_proxy and its password.",
    ),
    (
        r"name resolution|NewConnectionError|Connection refused|ConnectTimeout|Read timed out|unreachable"
        r"|Max retries|ConnectionError|Failed to establish|IncompleteRead",
        "The package registry cannot be reached. Check the network (or set https_proxy), then start again.",
    ),
    (
        r"No matching distribution|Could not find a version",
        "The package source in use does not have a locked package, or cannot be reached. Check the network"
        " and pip's settings, then start again.",
    ),
    (r"Permission denied", "A file may not be written here. Check who owns this folder."),
)


UNWANTED = frozenset(
    {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"}
)
"""Settings of the caller's own Python that would lead the set-up astray."""


class Failed(Exception):
    """The set-up cannot go on; the text is one line that says what to do."""


class Progress:
    """One line a step: ``[3/4] locked packages … 38 s``, moving on a terminal, plain elsewhere."""

    def __init__(self, steps: int, log: Path) -> None:
        self.log = log
        self._steps = steps
        self._moving = sys.stdout.isatty()
        self._began = self._spoke = self._step = time.monotonic()
        self._line = self._doing = ""
        self._count = self._seen = 0
        self._open = False

    def begin(self, number: int, text: str, count: int = 0) -> None:
        """Begin a step; `count` is how many packages it will bring."""
        if self._open:
            self.end()
        self._open, self._count, self._seen, self._doing = True, count, 0, ""
        self._step = self._spoke = time.monotonic()
        self._line = f"[{number}/{self._steps}] {text}"
        self._write(f"{self._line} …", moving_only=False)

    def note(self, output: str) -> None:
        """Take a line of the running command's output into account."""
        self._seen += output.startswith("Collecting ")
        if output.startswith("Installing collected packages"):
            self._doing = " installing,"

    def tick(self) -> None:
        """Show that the step is alive."""
        seconds = time.monotonic() - self._step
        counted = f" {min(self._seen, self._count)} of {self._count}," if self._count else ""
        text = f"{self._line} …{self._doing or counted} {seconds:.0f} s"
        if self._moving:
            self._write(text, moving_only=True)
        elif time.monotonic() - self._spoke > QUIET_SECONDS:
            self._spoke = time.monotonic()
            self.say(text)

    def end(self) -> None:
        """The step is done."""
        text = f"{self._line} … {time.monotonic() - self._step:.0f} s"
        self._write(text, moving_only=True)
        self.say("" if self._moving else text)
        self._open = False

    def give_way(self) -> None:
        """The command that comes next shows its own progress: leave the moving line."""
        if self._moving:
            self.say("")

    def ready(self) -> None:
        """Everything is there."""
        self.say(f"Ready after {time.monotonic() - self._began:.1f} s.")

    def failed(self, why: str) -> None:
        """Say the one line that helps."""
        if self._open:
            self.give_way()
        sys.stdout.flush()
        sys.stderr.write(f"{why}\n")

    def say(self, text: str) -> None:
        """A line of its own."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def _write(self, text: str, *, moving_only: bool) -> None:
        if self._moving:
            sys.stdout.write(f"\r\x1b[K{text}")
            sys.stdout.flush()
        elif not moving_only:
            self.say(text)


def run(progress: Progress, command: list[str], *, check: bool = True) -> int:
    """Run a command of the set-up, its output into the log; with `check` a failure raises `Failed`."""
    progress.log.parent.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with progress.log.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        code = _follow(progress, command, said, log)
    if code and check:
        raise Failed(explain(said, progress.log))
    return code


def explain(said: list[str], log: Path) -> str:
    """One line: why a command failed, from what it said, and what helps."""
    text = "\n".join(said[-400:])
    for pattern, remedy in REMEDIES:
        if re.search(pattern, text):
            return remedy
    last = next((line.strip() for line in reversed(said) if line.strip()), "no answer")
    return f"The set-up failed: {last} (all of it: {log})"


def _follow(progress: Progress, command: list[str], said: list[str], log: TextIO) -> int:
    environ = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    until = time.monotonic() + LIMIT_SECONDS
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ
    )
    if child.stdout is None:
        raise Failed(f"{command[0]} could not be started.")
    with child, child.stdout as output, selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        rest = b""
        while True:
            if time.monotonic() > until:
                child.kill()
                raise Failed(f"{command[0]} did not end within {LIMIT_SECONDS // 60} minutes. Start again.")
            if selector.select(TICK_SECONDS):
                piece = os.read(output.fileno(), 65536)
                if not piece:
                    return child.wait(timeout=60)
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    text = line.decode("utf-8", "replace")
                    said.append(text)
                    log.write(text + "\n")
                    progress.note(text)
            progress.tick()
