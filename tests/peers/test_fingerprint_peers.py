"""Other people's clients enrol, search, match and take pictures of our simulated EF01 module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers.fingerprint import picture, synthetic
from drivers.registry import open_device
from drivers.sim.handle import Simulated

pytestmark = pytest.mark.peers

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(__file__).parent / "clients"
LOCK = ROOT / "config" / "locks" / "peers.txt"
FOLDER = ROOT / "build" / "peers" / "fingerprint"
INSTALL_SECONDS = 100
CLIENT_SECONDS = 60
QUALITY = 0.2
"""How much noise the simulator gives a touch when it is not told."""


@pytest.fixture(scope="module")
def libraries() -> Path:
    """The folder with the clients' libraries, of the versions that the lock names."""
    stamp = FOLDER / "lock.txt"
    if not stamp.is_file() or stamp.read_text() != LOCK.read_text():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--upgrade", "--target", str(FOLDER), "-r", str(LOCK)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip("the clients' libraries cannot be installed: no answer in time")
        if done.returncode:
            pytest.skip(f"the clients' libraries cannot be installed: {done.stderr.strip()[-200:]}")
        stamp.write_text(LOCK.read_text())
    return FOLDER


@pytest.fixture(params=["r30x", "r50x", "as60x"])
def module(request: pytest.FixtureRequest) -> Iterator[tuple[str, Simulated]]:
    arguments = ["--link", "{folder}/port", "--make", request.param]
    with Simulated(
        "drivers.fingerprint.ef01_simulator", [*arguments, "--work-ms", "5", "--wire-rate", "921600"]
    ) as simulated:
        yield request.param, simulated


def converse(client: str, libraries: Path, module: Simulated, *arguments: str) -> dict[str, Any]:
    """Run a client, playing the person as it asks; what it found."""
    process = subprocess.Popen(
        [sys.executable, str(CLIENTS / client), module.address, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(libraries)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    line = ""
    for line in process.stdout:
        if not line.startswith("do "):
            break
        module.tell(line.removeprefix("do ").strip())
        process.stdin.write("done\n")
        process.stdin.flush()
    _, complaint = process.communicate(timeout=CLIENT_SECONDS)
    assert process.returncode == 0, complaint[-2000:]
    found: dict[str, Any] = json.loads(line)
    return found


def shown(touch: int, width: int, height: int) -> bytes:
    """What the module must send of Alice's `touch`-th touch."""
    laid = synthetic.touch("alice", touch, QUALITY)
    return picture.pack(synthetic.render(laid, width, height))


def test_pyfingerprint(module: tuple[str, Simulated], libraries: Path, tmp_path: Path) -> None:
    make, simulated = module
    if make == "r50x":
        pytest.skip("pyfingerprint takes every picture for one of 256 x 288")
    found = converse("pyfingerprint_client.py", libraries, simulated, str(tmp_path / "finger.png"))
    assert (found["password"], found["nobody"], found["empty"]) == (True, False, 0)
    assert found["parameters"] == [{"r30x": 1000, "as60x": 300}[make], 3]
    assert found["same"] > 200
    assert found["combined"] is True
    assert (found["stored_at"], found["count"], found["index"]) == (0, 1, [0])
    assert found["search"][0] == 0
    assert found["search"][1] > 200
    assert len(found["template"]) == 2 * {"r30x": 512, "as60x": 768}[make]
    assert found["sent_down"] is True
    assert found["sent_down_matches"] == 300
    assert found["other_search"] == [-1, -1]
    assert found["other_match"] == 0
    assert all(found[each] is True for each in ("loaded", "random", "security", "deleted", "cleared"))
    assert found["left"] == 0
    taken = np.asarray(Image.open(tmp_path / "finger.png"))
    assert np.array_equal(taken, picture.unpack(shown(3, 256, 288), (256, 288)))


def test_adafruit(module: tuple[str, Simulated], libraries: Path, tmp_path: Path) -> None:
    make, simulated = module
    newer = "newer" if make == "r50x" else "older"
    found = converse("adafruit_client.py", libraries, simulated, str(tmp_path / "finger.raw"), newer)
    assert (found["alive"], found["nobody"]) == (True, 2)
    assert found["parameters"] == [{"r30x": 1000, "as60x": 300, "r50x": 200}[make], 3, 2]
    assert (found["combined"], found["stored"], found["index"]) == (0, 0, [1, [3]])
    assert found["search"][:2] == [0, 3]
    assert found["search"][2] > 200
    assert found["fast_search"] == [0, 3]
    assert len(found["template"]) == 2 * {"r30x": 512, "as60x": 768, "r50x": 1536}[make]
    assert found["sent_down"] is True
    assert found["sent_down_matches"] == [0, [300]]
    assert (found["other_search"], found["other_match"]) == (9, 8)
    assert (found["loaded"], found["emptied"], found["left"]) == (0, 0, 0)
    size = (192, 192) if make == "r50x" else (256, 288)
    assert (tmp_path / "finger.raw").read_bytes() == shown(3, *size)


def test_our_driver_empties_what_another_client_left(
    module: tuple[str, Simulated], libraries: Path, tmp_path: Path
) -> None:
    _, simulated = module
    converse("adafruit_client.py", libraries, simulated, str(tmp_path / "finger.raw"), "older")
    with pytest.raises(Exception, match="refused"):
        simulated.tell("holds")
    simulated.tell("lift")
    sensor = open_device("ef01", simulated.address, {"poll_ms": 20})
    try:
        sensor.forget()
        simulated.tell("holds")
    finally:
        sensor.close()
