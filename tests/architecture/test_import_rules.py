"""What each package may know, and that the rules catch whoever breaks them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "drivers", "models", "sync", "terminal", "ui")
BROKEN = {
    "config": ("import terminal", "ui > terminal"),
    "drivers": ("import models", "ui > terminal"),
    "models": ("import sync", "ui > terminal"),
    "ui": ("import models", "ui knows only terminal and config"),
    "terminal": ("import PySide6.QtCore", "Qt only in ui"),
    "sync": ("import httpx", "HTTP only"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_rules_hold():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def empty_six(tmp_path) -> Path:
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_each_rule_catches_its_breach(empty_six):
    assert lint(empty_six).returncode == 0
    for name, (line, _) in BROKEN.items():
        (empty_six / name / "bad.py").write_text(f"{line}\n")
    (empty_six / "terminal" / "worse.py").write_text(
        "import onnxruntime, insightface, sqlcipher3, fastapi, serial\n"
    )
    done = lint(empty_six)
    broken = {line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")}
    assert len(broken) == 9, done.stdout
    assert all(any(rule in one for one in broken) for _, rule in BROKEN.values())


def test_light_modules_import_nothing_heavy():
    """The command line starts quickly: the heavy libraries come with the command that needs them."""
    heavy = (
        "cv2",
        "onnxruntime",
        "insightface",
        "matplotlib",
        "fastapi",
        "PySide6",
        "scipy",
        "skimage",
        "httpx",
    )
    code = f"import sys, terminal.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
