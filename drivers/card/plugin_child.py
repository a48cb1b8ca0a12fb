"""The child's side of `drivers.card.plugin`: one request on standard input, one answer on standard output.

Imported by children only, which then load the maker's library. It imports nothing but the standard library,
so that it is there at once.
"""

from __future__ import annotations

import base64
import ctypes
import json
import math
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

MEMORY = 2 << 30
"""Bytes of address space; a runaway library must not take the machine with it."""
FENCE = 64 * 1024
"""Bytes kept free behind a buffer, for libraries that write beyond its end."""
UNTOUCHED = 0xA5
"""What buffers are filled with, to see how much was written."""

_PARENT_DEATH = 1


class Failure(Exception):
    """What the parent learns as a `PluginFailure`: its cause and a detail."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


Request = Mapping[str, object]


def serve(work: Callable[[Request], Mapping[str, object]]) -> None:
    """Answer one request with what `work` makes of it, and end."""
    out = os.dup(1)
    # What the library prints must not be taken for the answer.
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.read())
    _restrain(float(request["seconds"]))
    try:
        result = work(request)
    except Failure as failure:
        result = {"cause": failure.cause, "detail": failure.detail}
    with os.fdopen(out, "wb") as stream:
        stream.write(json.dumps(dict(result)).encode())
    # A library's own end may crash or hang; the result is out already.
    os._exit(0)


def load(path: object) -> ctypes.CDLL:
    """The library at `path`, working in its folder, where some look for their licence."""
    file = Path(str(path)).absolute()
    try:
        os.chdir(file.parent)
        return ctypes.CDLL(str(file))
    except OSError as error:
        raise Failure("missing", "no library for this machine" if file.is_file() else "no file") from error


def function(library: ctypes.CDLL, *names: str) -> ctypes._NamedFuncPointer | None:
    """The first of these functions that the library has."""
    found = (getattr(library, name, None) for name in names)
    return next((each for each in found if each is not None), None)


def buffer(size: int) -> ctypes.Array[ctypes.c_char]:
    """Room for `size` bytes and a fence behind."""
    return ctypes.create_string_buffer(bytes([UNTOUCHED]) * (size + FENCE), size + FENCE)


def written(filled: ctypes.Array[ctypes.c_char]) -> bytes:
    """What was written into a buffer, up to the last byte that changed."""
    return filled.raw.rstrip(bytes([UNTOUCHED]))


def data(text: object) -> bytes:
    """Bytes of a request."""
    return base64.b64decode(str(text))


def text(raw: bytes) -> str:
    """Bytes as they stand in an answer."""
    return base64.b64encode(raw).decode("ascii")


def _restrain(seconds: float) -> None:
    """End with the parent, at the latest when the time is over; leave no core behind."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(math.ceil(seconds) + 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
