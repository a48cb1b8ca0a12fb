"""``renzheng evaluate --report``: written whole, gone on with after a stop, never mixed with another run."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from config.paths import HOME
from terminal.cli import run

pytestmark = pytest.mark.slow


@pytest.fixture
def asked(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))

    def ask(*arguments):
        with capture_logs():
            code = run(["evaluate", *map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def folders(tmp_path):
    """Live and attack folders without any face in them: cannot tell is an answer too."""
    draw = np.random.default_rng(1)
    for name in ("live", "attack/print", "attack/screen"):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for number in range(2):
            cv2.imwrite(str(folder / f"{number}.png"), draw.integers(0, 255, (120, 160, 3), np.uint8))
    (tmp_path / "data" / "live" / "broken.jpg").write_bytes(b"no picture")
    return tmp_path / "data" / "live", tmp_path / "data" / "attack"


def test_a_report_is_written_and_gone_on_with(asked, folders, tmp_path):
    out = tmp_path / "report"
    code, said = asked("liveness", *folders, "--report", out)
    assert (code, said["cannot_tell"]) == (0, {"live": 1.0, "print": 1.0, "screen": 1.0})
    assert [name.rpartition("/")[2] for name in said["report"]] == ["report.html", "report.json", "rates.png"]
    written = json.loads((out / "report.json").read_text("utf-8"))
    assert written["figures"]["failed"]["live"]
    assert written["provenance"]["data"]["files"] == 7
    assert set(written["provenance"]["networks"]) >= {"detector", "passive"}

    lines = (out / "journal.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 8
    changed = [lines[0], *(line.replace(b"cannot_tell", b"attack") for line in lines[1:3])]
    (out / "journal.jsonl").write_bytes(b"".join(changed))
    _, again = asked("liveness", *folders, "--report", out)
    assert again["bpcer"] == 1.0, "what was noted before the stop was not judged again"
    assert again["presentations"] == said["presentations"]
    _, anew = asked("liveness", *folders, "--report", out, "--fresh")
    assert anew["bpcer"] == 0.0


def test_other_data_are_not_mixed_in(asked, folders, tmp_path):
    out = tmp_path / "report"
    asked("liveness", *folders, "--report", out)
    (folders[0] / "0.png").write_bytes((folders[0] / "1.png").read_bytes())
    code, said = asked("liveness", *folders, "--report", out)
    assert (code, said["error"]["code"]) == (64, "evaluate.other_run")


def test_a_folder_that_cannot_be_written_is_told_before_any_work(asked, folders, tmp_path):
    (tmp_path / "file").touch()
    code, said = asked("liveness", *folders, "--report", tmp_path / "file" / "x")
    assert (code, said["error"]["code"]) == (69, "evaluate.not_written")


def test_drawn_cards_are_reported(asked, tmp_path):
    out = tmp_path / "cards"
    wanted = ("--cards", 4, "--hard", 1, "--residents", 2, "--seed", 300, "--report", out)
    code, said = asked("cards", *wanted)
    assert code == 0
    assert said["readable"]["all"]["cards"] == 4 and said["beyond_reading"]["all"]["cards"] == 1
    assert said["residents"]["sides"]["all"]["cards"] == 2
    names = [name.rpartition("/")[2] for name in said["report"]]
    assert names == ["report.html", "report.json", "bank-cards.png", "residents.png"]
    written = json.loads((out / "report.json").read_text("utf-8"))
    assert written["provenance"]["data"]["first_seed"] == 300
    assert set(written["provenance"]["networks"]) == {"line reader"}
    journal = (out / "journal.jsonl").read_text("utf-8")
    assert len(journal.splitlines()) == 1 + 4 + 1 + 2
    (out / "journal.jsonl").write_text(journal.replace('"right"', '"wrong"'), "utf-8")
    _, again = asked("cards", *wanted)
    assert again["readable"]["all"]["right"]["count"] == 0, (
        "what was noted before the stop was not read again"
    )


def test_the_capture_guidance_is_reported(asked, folders, tmp_path):
    out = tmp_path / "quality"
    code, said = asked("quality", folders[0], "--spoiled", 1, "--report", out)
    assert (code, said["pictures"], said["frontal"]) == (0, 3, 0)
    assert [name.rpartition("/")[2] for name in said["report"]][:2] == ["report.html", "report.json"]
    written = json.loads((out / "report.json").read_text("utf-8"))
    assert written["provenance"]["data"]["files"] == 3
    assert written["provenance"]["settings"]["limits"]["sharpness"] > 0
