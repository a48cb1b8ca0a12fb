"""Starts the simulators of tests from a process that has loaded what they need: each is up a second earlier.

They are processes of their own all the same, and end with who started them.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pkgutil
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import reduction
from typing import IO, Any

import drivers

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])
living: dict[int, str] = {}
"""Those that nobody has waited for, with their modules."""


class Forked:
    """What `drivers.sim.handle` needs of a `subprocess.Popen`, for ``python -m MODULE …``."""

    def __init__(self, command: Sequence[str]) -> None:
        _, _, module, *arguments = command
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        self._process = _context.Process(
            target=_run,
            args=(module, arguments, dict(os.environ), _Passed(theirs_in), _Passed(theirs_out)),
        )
        self._process.start()
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin: IO[bytes] | None = os.fdopen(ours_in, "wb", buffering=0)
        self.stdout: IO[bytes] | None = os.fdopen(ours_out, "rb", buffering=0)
        self.pid: int = self._process.pid or 0
        living[self.pid] = module

    def poll(self) -> int | None:
        """As `subprocess.Popen.poll`."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """As `subprocess.Popen.wait`."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(living.get(self.pid, ""), timeout or 0.0)
        living.pop(self.pid, None)
        return code

    def kill(self) -> None:
        """As `subprocess.Popen.kill`."""
        self._process.kill()


class _Passed:
    """A descriptor that goes to the other process."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __getstate__(self) -> Any:
        return reduction.DupFd(self.number)

    def __setstate__(self, passed: Any) -> None:
        self.number = passed.detach()


def _run(
    module: str, arguments: list[str], environment: Mapping[str, str], stdin: _Passed, stdout: _Passed
) -> None:
    """In the new process: be what ``python -m module`` would be."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    for passed, number in ((stdin, 0), (stdout, 1)):
        os.dup2(passed.number, number)
        os.close(passed.number)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _load_drivers() -> None:
    """Everything but the simulators' own modules, which are run."""
    for each in pkgutil.walk_packages(drivers.__path__, "drivers."):
        if not each.name.endswith(("simulator", "__main__")):
            importlib.import_module(each.name)


if "forkserver" in " ".join(sys.orig_argv):  # the process that is forked from
    _load_drivers()
