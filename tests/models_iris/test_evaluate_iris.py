"""A folder of drawn eyes gives the error rates that its scores have, resumes, and refuses what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from config.paths import HOME
from models.api import Answer, ModelError
from models.calibration_files import check_fit
from models.decide import Targets, decide
from models.evaluate.folder import FolderError
from models.evaluate.iris import evaluate_iris, eye_pictures, measurement
from models.evaluate.journal import Journal
from models.iris.api import Eye
from models.iris.engine import SCORER, IrisEngine
from models.measurement import calibrated
from sync.keys import key_id_of
from terminal.calibrations import Calibrations, public_key, read_file
from terminal.cli import run
from terminal.commands.evaluate_iris import command
from terminal.irises import matcher
from tests.models_iris.drawn_eyes import PROFILE, Capture, draw

CAPTURES = (Capture(), Capture(number=1, pupil=30, turn=3), Capture(number=2, blur=1.2, lids=(0.75, 0.9)))


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("eyes")
    for person in range(3):
        for side, eye in enumerate(("left", "right")):
            (folder / f"p{person}" / eye).mkdir(parents=True)
            for number, capture in enumerate(CAPTURES):
                cv2.imwrite(
                    str(folder / f"p{person}" / eye / f"{number}.png"), draw(2 * person + side, capture)
                )
    cv2.imwrite(str(folder / "p0" / "left" / "blank.png"), np.full((300, 400), 90, np.uint8))
    (folder / "p0" / "left" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def test_counts_errors_and_failures(eyes):
    told: list[tuple[str, int, int]] = []
    report = evaluate_iris(eyes, IrisEngine(PROFILE), progress=lambda *step: told.append(step), jobs=2)
    assert (report.people, report.eyes) == (3, 6)
    # 5 pictures of one eye and 3 of each of the other five; 18 of them have a code
    assert len(report.trials.genuine) == 10 + 5 * 3
    assert len(report.trials.impostor) == 5 * 15 + 10 * 9
    assert sorted(report.trials.failed.items()) == [
        ("p0/left/blank.png", "iris.none"),
        ("p0/left/broken.png", "picture.not_a_picture"),
    ]
    assert np.isneginf(report.trials.genuine).sum() == 7
    assert report.trials.operating[1e-2].tar == pytest.approx(18 / 25)
    assert told[-1][1] == told[-1][2] and {"pictures", "comparisons"} == {stage for stage, *_ in told}
    assert report.milliseconds["match"] < 5
    figures = json.loads(json.dumps(report.as_json()))
    assert figures["samples"] == 20 and figures["profile"] == "drawn"
    assert any("iris.none" in line for line in report.lines())


def test_goes_on_with_what_is_known(eyes):
    run = Journal()
    first = evaluate_iris(eyes, IrisEngine(PROFILE), run=run)
    again = evaluate_iris(eyes, IrisEngine(PROFILE), run=run)
    assert again.milliseconds == {} and first.milliseconds
    assert np.array_equal(first.trials.impostor, again.trials.impostor)


def test_makes_a_calibration(eyes):
    report = evaluate_iris(eyes, IrisEngine(PROFILE))
    made = calibrated(
        measurement([report]), SCORER, "drawn", description="drawn", measured_on=date(2026, 1, 1)
    )
    check_fit(made, SCORER, "drawn")
    assert made.impostors.trials == 15 * 9 and made.genuine.trials == 18
    assert [(part.by, part.label) for part in made.strata] == [("group", "drawn")]
    assert decide(0.5, made, Targets(0.05, 0.1)).answer == "match"


@pytest.mark.parametrize("made", ["nothing", "one eye", "one picture each"])
def test_refuses_folders_without_pairs(tmp_path, made):
    folder = tmp_path / "eyes"
    if made != "nothing":
        for eye in ("left",) if made == "one eye" else ("left", "right"):
            (folder / "p" / eye).mkdir(parents=True)
            (folder / "p" / eye / "1.png").touch()
    with pytest.raises(FolderError) as refused:
        eye_pictures(folder)
    assert refused.value.code == "evaluate.no_irises"


@pytest.fixture
def runner() -> Iterator[CliRunner]:
    yield CliRunner()


def test_refuses_ranges_that_no_eye_has(runner, eyes):
    told = runner.invoke(command, [str(eyes), "--pupil-px", "60", "20", "--iris-px", "60", "130"])
    assert told.exit_code == 2 and "sizes must grow" in told.output


RADII = (*map(str, PROFILE.pupil_px), *map(str, PROFILE.iris_px))


@pytest.fixture
def calibrate(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))

    def ask(source: Path, *more: str) -> tuple[int, dict[str, object]]:
        told = ["--description", "drawn eyes of nobody", "--out", str(tmp_path), "--json", *more]
        code = run(["calibrate", "iris", str(source), *told])
        return code, json.loads(capsys.readouterr().out)

    return ask


def test_a_calibration_is_written_and_decides_once_it_is_signed(
    calibrate, eyes, tmp_path, capsys, monkeypatch
):
    code, told = calibrate(eyes.parent, "--camera", eyes.name, *RADII, "--version", "3")
    assert code == 1, "135 comparisons of strangers are too few for the rates that the rules ask for"
    (row,) = told["calibrations"]
    assert (row["version"], row["all"]["impostors"], row["all"]["genuine"]) == (3, 15 * 9, 18)
    assert [part["label"] for part in row["parts"]] == [f"group {eyes.name}"]

    key = tmp_path / "bank.pem"
    monkeypatch.setenv("RENZHENG_CALIBRATION_PASSWORD", "long enough")
    assert run(["calibrate", "key", str(key), "--json"]) == 0
    public = public_key(json.loads(capsys.readouterr().out)["public_key"])
    assert run(["calibrate", "sign", row["file"], "--key", str(key)]) == 0
    book = Calibrations(tmp_path / "installed", {key_id_of(public): public}, production=True)
    with pytest.raises(ModelError, match="not_installed"):
        matcher(book)
    book.install(read_file(Path(row["file"])))
    assert matcher(book).calibration.impostors.trials == 15 * 9
    engine = IrisEngine(PROFILE)
    shown = {Eye.LEFT: engine.look(draw(0), Eye.LEFT)}
    assert matcher(book).compare(shown, shown, Targets(0.05, 0.1)).answer is Answer.MATCH


def test_a_camera_without_eyes_and_a_floor_without_a_source_are_told(calibrate, eyes):
    code, told = calibrate(eyes.parent, "--camera", "attic", *RADII)
    assert (code, told["error"]["code"]) == (69, "evaluate.no_irises")
    code, told = calibrate(eyes.parent, "--camera", eyes.name, *RADII, "--floor", "0.3")
    assert code == 64 and "--floor-source" in told["error"]["message"]
