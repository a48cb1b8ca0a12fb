"""The guard against other packages of our names."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from terminal.names import NAMES, strangers

ROOT = Path(__file__).resolve().parent.parent.parent


def ask(folder: Path, path: str) -> str:
    """The guard's answer in a fresh Python whose path is `path`."""
    code = (
        f"import sys; sys.path[:0] = {path.split(os.pathsep)!r}; "
        "from terminal.names import strangers; print('\\n'.join(strangers()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_this_installation_has_no_strangers():
    assert strangers() == []


def test_a_foreign_config_before_ours_is_found_without_being_run(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("raise SystemExit('a stranger ran')")
    said = ask(tmp_path, f"{tmp_path}{os.pathsep}{ROOT}")
    assert said == f"config is {tmp_path / 'config' / '__init__.py'}"


@pytest.mark.parametrize("file", ["models/__init__.py", "models.py"])
def test_a_foreign_package_behind_ours_is_found(tmp_path, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")
    said = ask(tmp_path, f"{ROOT}{os.pathsep}{tmp_path}")
    assert said == f"models is also {tmp_path / file}"


def test_a_folder_of_data_by_the_same_name_is_no_stranger(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "notes.txt").write_text("")
    assert ask(tmp_path, f"{ROOT}{os.pathsep}{tmp_path}") == ""


def test_a_wheel_that_wrote_into_our_folder_is_found(tmp_path):
    plant_wheel(tmp_path)
    papers = tmp_path / "config-0.5.1.dist-info"
    papers.mkdir()
    (papers / "RECORD").write_text("config/__init__.py,sha256=x,10\nconfig-0.5.1.dist-info/RECORD,,\n")
    assert "config is also claimed by config" in ask(tmp_path, str(tmp_path)).splitlines()


def test_what_its_removal_leaves_is_found(tmp_path):
    plant_wheel(tmp_path)
    (tmp_path / "config" / "__init__.py").unlink()
    said = ask(tmp_path, str(tmp_path)).splitlines()
    assert any(line.startswith("config is ") and str(tmp_path) not in line for line in said)


def test_looking_is_quick():
    strangers()
    began = time.perf_counter()
    for _ in range(5):
        strangers()
    assert (time.perf_counter() - began) / 5 < 0.1


def plant_wheel(folder: Path) -> None:
    """Six packages as a wheel of ours would lay them out, the guard among them."""
    for name in NAMES:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("")
    (folder / "terminal" / "names.py").write_bytes((ROOT / "terminal" / "names.py").read_bytes())
