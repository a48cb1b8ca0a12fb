"""A window opens although opencv-python was imported first and pointed Qt at plug-ins of its own (ADR 14)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import cv2, os
assert "QT_QPA_PLATFORM_PLUGIN_PATH" in os.environ, "opencv-python changed its manners: see ADR 14"
from ui.dress import application
made = application([])
from PySide6.QtWidgets import QLabel
label = QLabel("Renzheng")
label.show()
made.processEvents()
print(made.platformName(), label.isVisible())
"""


def open_window(platform: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": platform, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual screen of its own."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed: apt-get install xvfb")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(20)


def test_without_a_screen():
    assert open_window("offscreen") == "offscreen True"


def test_on_an_x_screen(display):
    assert open_window("xcb", DISPLAY=display) == "xcb True"
