"""With what an evaluation was made: versions and hashes of everything that can change a figure."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = (
    "numpy",
    "opencv-python",
    "onnxruntime",
    "scipy",
    "Pillow",
    "insightface",
    "rapidocr",
    "matplotlib",
    "noto-cjk-sans-otc",
)
"""Packages whose version can change a figure."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who measured what with what."""

    program: str
    """Name and version."""
    command: str
    """What was asked for, as it can be asked for again."""
    data: Mapping[str, Any]
    """Name, number of files and SHA-256 of the data."""
    networks: Mapping[str, str]
    """Role → SHA-256."""
    settings: Mapping[str, Any]
    began: datetime

    def run(self) -> dict[str, Any]:
        """What makes two runs the same one: everything but the time and the command's words."""
        return {
            "program": self.program,
            "data": dict(self.data),
            "networks": dict(self.networks),
            "settings": dict(self.settings),
            "libraries": libraries(),
        }

    def as_json(self) -> dict[str, Any]:
        """For the machine-readable report."""
        return {
            **self.run(),
            "command": self.command,
            "began": self.began.isoformat(timespec="seconds"),
            "machine": machine(),
        }


def provenance(
    program: str,
    command: str,
    data: Mapping[str, Any],
    networks: Mapping[str, str],
    settings: Mapping[str, Any],
) -> Provenance:
    """The provenance of a run that begins now."""
    return Provenance(program, command, data, networks, settings, datetime.now(UTC))


def libraries() -> dict[str, str]:
    """Versions of the installed packages that can change a figure."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Processor and system; nothing that names the machine."""
    return {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform(terse=True)}


def digest_of(files: Iterable[Path], base: Path) -> dict[str, Any]:
    """Number and SHA-256 of `files` with their names below `base`, whatever order they come in."""
    names = sorted({file.relative_to(base).as_posix(): file for file in files}.items())
    whole = hashlib.sha256()
    for name, file in names:
        whole.update(f"{name}\0{_digest(file)}\n".encode())
    return {"name": base.name, "files": len(names), "sha256": whole.hexdigest()}


def _digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
