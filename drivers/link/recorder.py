"""Records what passes on a byte pipe as a transcript, and plays a transcript back to a driver.

    with recording(Path("session.txt"), driver="sdt"):
        device = open_device("sdt", "/dev/ttyUSB0", {})     # whatever is opened by `open_pipe` meanwhile

A recording holds everything that was read, so it is personal data unless an invented card lay there.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from drivers.errors import DeviceError, Missing
from drivers.link.pipe import Pipe
from drivers.link.scripted import SILENCE, UNPLUGGED, ScriptedPipe

LINE_BYTES = 32
"""Bytes on a line of a transcript."""

_Wrap = Callable[[Callable[[], Pipe]], Pipe]
_wraps: list[_Wrap] = []
"""Of the whole process, since a device may be opened in another thread than the one that records."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first lines of a recording say about it."""

    driver: str
    options: Mapping[str, object]


@contextlib.contextmanager
def recording(file: Path, driver: str, options: Mapping[str, object] | None = None) -> Iterator[None]:
    """Write every pipe opened meanwhile into `file`, which only its owner may read. Raises `OSError`.

    `driver` and `options` head the recording, so that it can be played back as a test.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(f"# driver: {driver}\n# options: {json.dumps(dict(options or {}))}\n")
        out.write("# Recorded from a device: personal data unless an invented card or finger was used.\n")
        with _wrapped(lambda make: _RecordingPipe(make(), out)):
            yield


@contextlib.contextmanager
def replaying(file: Path, chunk: int = 0) -> Iterator[ScriptedPipe]:
    """Give every pipe opened meanwhile the bytes of `file`; the driver must say exactly those it holds."""
    pipe = ScriptedPipe.of(file.read_text(encoding="utf-8"), chunk)
    with _wrapped(lambda make: pipe):
        yield pipe


def heading(file: Path) -> Heading:
    """What `file` says it was recorded with. `ValueError` when it is no recording."""
    lines = file.read_text(encoding="utf-8").splitlines()
    said = dict(line[2:].split(": ", 1) for line in lines[:2] if line.startswith("# ") and ": " in line)
    if said.keys() != {"driver", "options"}:
        raise ValueError("a recording begins with '# driver: …' and '# options: …'")
    return Heading(said["driver"], json.loads(said["options"]))


def through_tape(make: Callable[[], Pipe]) -> Pipe:
    """The pipe that `make` opens, recorded or replaced while somebody asks for that."""
    return _wraps[-1](make) if _wraps else make()


@contextlib.contextmanager
def _wrapped(wrap: _Wrap) -> Iterator[None]:
    _wraps.append(wrap)
    try:
        yield
    finally:
        _wraps.remove(wrap)


class _RecordingPipe:
    """Passes everything on and writes it down."""

    def __init__(self, pipe: Pipe, out: TextIO) -> None:
        self._pipe = pipe
        self._out = out
        self._began = time.monotonic()
        self._answered = True
        self._gone = False

    @property
    def address(self) -> str:
        return self._pipe.address

    def send(self, data: bytes) -> None:
        with self._watching():
            self._pipe.send(data)
        if not self._answered:
            self._write(f"< {SILENCE}")
        self._write(f"# after {time.monotonic() - self._began:.3f} s")
        self._write_bytes(">", data)
        self._answered = False

    def receive(self, seconds: float) -> bytes:
        with self._watching():
            data = self._pipe.receive(seconds)
        if data:
            self._write_bytes("<", data)
            self._answered = True
        return data

    def purge(self) -> None:
        with self._watching():
            self._pipe.purge()

    def check(self) -> None:
        with self._watching():
            self._pipe.check()

    def set_rate(self, rate: int) -> None:
        with self._watching():
            self._pipe.set_rate(rate)

    def close(self) -> None:
        self._pipe.close()

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        try:
            yield
        except DeviceError as error:
            if isinstance(error, Missing) and not self._gone:
                self._gone = True
                self._write(f"< {UNPLUGGED}")
            raise

    def _write_bytes(self, sign: str, data: bytes) -> None:
        for at in range(0, len(data), LINE_BYTES):
            self._write(f"{sign} {data[at : at + LINE_BYTES].hex(' ').upper()}")

    def _write(self, line: str) -> None:
        # A recording outlives the program that crashed while making it.
        with contextlib.suppress(ValueError):
            self._out.write(f"{line}\n")
            self._out.flush()
