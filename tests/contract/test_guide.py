"""The guide "How to add a device", followed to the letter, ends in a driver that passes the suite."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "add-a-device.md"


def files() -> dict[str, str]:
    """The files that the guide shows: a name in backquotes on a line of its own, then a block."""
    text = GUIDE.read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", text, re.DOTALL))


def run(*command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))), **more}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The guide's package, built and installed into a folder of its own."""
    source, target = tmp_path_factory.mktemp("acme"), tmp_path_factory.mktemp("installed")
    for name, text in files().items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = run(
        *pip, "--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), str(source),
        folder=target,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (target / "acme_rig.py").write_text(files()["acme_rig.py"], encoding="utf-8")
    return target


def test_the_guide_shows_every_file():
    assert set(files()) == {
        "pyproject.toml",
        "acme_ms1/__init__.py",
        "acme_ms1/reader.py",
        "acme_ms1/simulator.py",
        "acme_rig.py",
    }


def test_the_driver_is_found_by_its_entry_point(installed):
    done = run(sys.executable, "-m", "terminal", "devices", "list", "--json", folder=installed)
    assert done.returncode == 0, done.stderr
    names = {each["driver"]: each for each in json.loads(done.stdout)["drivers"]}
    assert names["acme-ms1"]["grade"] == "protocol-tested"


@pytest.mark.slow
def test_it_passes_the_conformance_suite(installed):
    rig = str(installed / "acme_rig.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract", "-k", "acme"]
    command += ["-m", "not peers"]
    done = run(*command, folder=installed, RENZHENG_RIGS=rig)
    assert done.returncode == 0, done.stdout[-3000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed >= 13, done.stdout[-500:]
    assert "skipped" not in done.stdout
