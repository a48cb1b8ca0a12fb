"""``renzheng compare`` with several pictures: every pair scored, the one that disagrees named."""

from __future__ import annotations

import json

import cv2
import pytest
from test_comparing import Lacking, frames, photo_of, stranger  # noqa: F401

from models.chip_photo import returned_photo
from terminal import calibrations
from terminal.cli import run


@pytest.fixture
def files(frames, stranger, tmp_path):  # noqa: F811
    """A chip photo, two live pictures, and returned photos of the same person and of another."""
    pictures = {
        "chip": photo_of(frames[0]),
        "live": frames[1].frame.image,
        "again": frames[2].frame.image,
        "returned": returned_photo(frames[1].frame.image, frames[1].observation.face.points),
        "stranger": returned_photo(stranger.frame.image, stranger.observation.face.points),
        "other": stranger.frame.image,
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return {name: str(tmp_path / f"{name}.png") for name in pictures}


@pytest.fixture
def answer(files, monkeypatch, capsys):
    """What the command says of these files; exit code and JSON."""
    monkeypatch.setattr(calibrations, "calibrations", lambda settings: Lacking())

    def said(*names):
        code = run(["compare", *(files.get(name, name) for name in names), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return said


def test_every_pair_is_scored_and_all_must_match(answer):
    code, said = answer("chip", "live", "again", "--returned", "returned")
    kinds = [(pair["photo_kind"], pair["other_kind"]) for pair in said["pairs"]]
    assert kinds == [("chip", "camera"), ("returned", "camera"), ("chip", "returned")]
    assert (code, said["decision"], said["disagree"]) == (0, "match", [])
    assert said["score"] == said["pairs"][0]["score"]


def test_the_pairs_that_disagree_are_named_in_words(answer):
    code, said = answer("chip", "live", "--returned", "stranger")
    assert (code, said["decision"]) == (1, "no_match")
    assert said["pairs"][0]["decision"] == "match"
    assert said["disagree"] == ["returned photo and live face", "chip photo and returned photo"]


def test_a_stranger_among_the_live_pictures_is_no_match_unseen(answer):
    code, said = answer("chip", "live", "again", "other")
    assert (code, said["decision"], said["reasons"]) == (2, "cannot_tell", ["liveness.face_changed"])


def test_without_a_calibration_for_a_pair_nothing_is_a_match(answer):
    code, said = answer("chip", "live", "--returned", "returned", "--portrait", "returned")
    assert (code, said["decision"], said["reasons"]) == (2, "cannot_tell", ["model.no_calibration.missing"])
    assert all(pair["decision"] == "match" for pair in said["pairs"])
