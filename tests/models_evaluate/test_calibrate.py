"""Calibrations are built by a command, from people's folders or from pairs."""

from __future__ import annotations

import pytest

from config.paths import paths
from models.api import PhotoKind
from models.calibrate import main, measure_folder, measure_pairs
from models.calibration_files import load_calibration
from models.evaluate.templates import Templates
from models.face.compare import scorer


def test_everybody_against_everybody(stack, people):
    templates = Templates(stack)
    camera = measure_folder(people, templates, PhotoKind.CAMERA)
    assert (len(camera.genuine), len(camera.impostor), camera.people, camera.failed) == (12, 16, 2, 0)
    assert camera.genuine.min() > camera.impostor.max()
    chip = measure_folder(people, templates, PhotoKind.CHIP, most_each=2)
    assert (len(chip.genuine), len(chip.impostor)) == (4, 8)


def test_one_person_is_too_few(stack, people):
    with pytest.raises(ValueError):
        measure_folder(people / "astronaut", Templates(stack), PhotoKind.CAMERA)


def test_pairs_leave_failures_out(stack, write_pairs, rows):
    measured = measure_pairs(
        write_pairs(*rows, "wall.jpg,admiral/0.jpg,0"), Templates(stack), PhotoKind.DOCUMENT
    )
    assert (len(measured.genuine), len(measured.impostor), measured.failed) == (6, 4, 1)


def test_the_command_writes_a_file_that_loads(stack, people, tmp_path, capsys):
    arguments = [
        "folder",
        str(people),
        "--kind",
        "camera",
        "chip",
        "--make",
        "--networks",
        str(paths().models),
    ]
    code = main([*arguments, "--description", "two people", "--out", str(tmp_path), "--date", "2026-05-04"])
    assert code == 0
    for kind in (PhotoKind.CAMERA, PhotoKind.CHIP):
        loaded = load_calibration(scorer(stack), kind, tmp_path)
        assert loaded.description.startswith("two people")
        assert loaded.accept_floor.score == 0.45
    assert "JPEG 2000" in loaded.description
    assert "open-chip.json" in capsys.readouterr().out


def test_a_pack_without_a_floor_must_be_given_one(people, tmp_path, capsys):
    arguments = ["folder", str(people), "--kind", "camera", "--networks", str(tmp_path), "--description", "x"]
    assert main([*arguments, "--pack", "bank"]) == 69
    assert "--floor" in capsys.readouterr().err
    assert main([*arguments, "--floor", "0.3"]) == 69
    assert "--floor-source" in capsys.readouterr().err
