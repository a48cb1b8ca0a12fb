"""What PySide6 does to imports is taken back: see ``ui/__init__.py``."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINES = """
import linecache
import {first}
import ui.counter, terminal.app
print(sum(len(kept[2]) for kept in linecache.cache.values() if len(kept) > 1))
"""
MOST_LINES = 20_000
"""Some packages look at their own source; all modules of a window are 480,000 lines."""


@pytest.mark.parametrize("first", ["ui", "PySide6.QtCore", "PySide6.QtWidgets"])
def test_the_window_does_not_keep_the_source_of_every_module(first: str) -> None:
    """Whoever loaded Qt first, 40 MB of lines are not read and kept."""
    ran = subprocess.run(
        [sys.executable, "-c", LINES.format(first=first)], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < MOST_LINES
