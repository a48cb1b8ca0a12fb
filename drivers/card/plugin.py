"""Calls a maker's library in a child process, once, within a time limit.

A licensed decoder or matcher may crash, hang or write beyond its buffer; the child dies of it, the program
does not. What goes there and back are JSON objects; bytes are base64 in them.
"""

from __future__ import annotations

import base64
import contextlib
import enum
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping


class Cause(enum.StrEnum):
    """Why a call gave nothing."""

    MISSING = "missing"
    """No such file, not a library for this machine, or none of the functions in it."""
    CRASHED = "crashed"
    HUNG = "hung"
    FAILED = "failed"
    """The library itself said no."""
    WRONG_SIZE = "wrong_size"
    """It gave something else than it should."""


class PluginFailure(Exception):
    """A call that gave nothing. `str` is for the engineer and holds no personal data."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else str(cause))
        self.cause = cause
        self.detail = detail


def call(child: str, request: Mapping[str, object], seconds: float) -> Mapping[str, object]:
    """What the module `child` (see `drivers.card.plugin_child`) makes of `request`. Raises `PluginFailure`.

    The child and whatever it started are killed after `seconds`.
    """
    process = _start(child)
    try:
        said, _ = process.communicate(json.dumps({**request, "seconds": seconds}).encode(), seconds)
    except subprocess.TimeoutExpired:
        raise PluginFailure(Cause.HUNG, f"no result within {seconds:g} s") from None
    finally:
        _end(process)
    return _result(said, process.returncode)


def pack(data: bytes) -> str:
    """Bytes as they stand in a request."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: object) -> bytes:
    """Bytes of a result. `PluginFailure` when they are none."""
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise PluginFailure(Cause.CRASHED, "its answer is damaged") from error


def _start(child: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", child],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A group of its own, so that what the library started ends with it.
            start_new_session=True,
        )
    except OSError as error:
        raise PluginFailure(Cause.CRASHED, "the process did not start") from error


def _result(said: bytes, exit_code: int) -> Mapping[str, object]:
    try:
        result = json.loads(said)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        ended = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        raise PluginFailure(Cause.HUNG if exit_code == -signal.SIGALRM else Cause.CRASHED, ended)
    if "cause" in result:
        raise PluginFailure(Cause(result["cause"]), str(result.get("detail", "")))
    return result


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
