"""Compiles small stand-ins for makers' libraries."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def compiled(folder: Path, source: str, name: str = "stub.so") -> Path:
    """The library of a C source; skips the test where there is no compiler."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is absent")
    (folder / "stub.c").write_text(source, encoding="utf-8")
    made = folder / name
    subprocess.run([gcc, "-shared", "-fPIC", "-O1", "-o", made, folder / "stub.c"], check=True, timeout=60)
    return made
