"""Attack detection measured on files: kinds, rates, clips, and what is not read."""

from __future__ import annotations

import json
from collections import Counter

import cv2
import numpy as np
import pytest

from models.api import LiveAnswer, PictureError
from models.evaluate.clips import clip_frames
from models.evaluate.folder import FolderError
from models.evaluate.liveness import Group, LivenessReport, attack_kinds, evaluate_liveness

LIVE, ATTACK, UNSURE = LiveAnswer.LIVE, LiveAnswer.ATTACK, LiveAnswer.CANNOT_TELL


def write_clip(file, frames, rate=24):
    height, width = frames[0].shape[:2]
    clip = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    for frame in frames:
        clip.write(frame)
    clip.release()


def test_rates_by_definition():
    report = LivenessReport(
        live=Group(Counter({LIVE: 90, ATTACK: 4, UNSURE: 6})),
        attacks={
            "print": Group(Counter({ATTACK: 45, LIVE: 1, UNSURE: 4})),
            "screen": Group(Counter({ATTACK: 2, UNSURE: 8})),
        },
        model_pack="open",
        models={},
        elapsed_seconds=1.0,
    )
    result = json.loads(json.dumps(report.as_json()))
    assert result["apcer"] == {"print": 0.02, "screen": 0.0}
    assert result["bpcer"] == 0.04
    assert result["cannot_tell"] == {"live": 0.06, "print": 0.08, "screen": 0.8}
    assert result["strict"] == {"apcer": {"print": 0.1, "screen": 0.8}, "bpcer": 0.1}
    assert result["intervals"]["apcer"]["screen"] == [0.0, pytest.approx(0.308498, abs=1e-6)]
    assert result["intervals"]["bpcer"] == [pytest.approx(0.0110, abs=1e-4), pytest.approx(0.0993, abs=1e-4)]
    assert result["presentations"] == {"live": 100, "print": 50, "screen": 10}
    assert any("screen" in line for line in report.lines())


def test_a_small_set_from_files(stack, people, tmp_path):
    live, attack = tmp_path / "live", tmp_path / "attack"
    (attack / "screen").mkdir(parents=True)
    live.mkdir()
    portrait = cv2.imread(str(people / "astronaut" / "0.jpg"))
    cv2.imwrite(str(live / "one.png"), portrait)
    (live / "broken.jpg").write_bytes(b"nothing")
    (live / "notes.txt").write_text("not a presentation")
    cv2.imwrite(str(attack / "sheet.png"), portrait // 3)
    draw = np.random.default_rng(1)
    small = cv2.resize(portrait, (320, 320))
    noisy = [np.clip(small + draw.normal(0, 4, small.shape), 0, 255).astype(np.uint8) for _ in range(48)]
    write_clip(attack / "screen" / "clip.mp4", noisy)
    result = evaluate_liveness(live, attack, stack).as_json()
    assert set(result["apcer"]) == {"attack", "screen"}
    assert set(result["cannot_tell"]) == {"live", "attack", "screen"}
    assert result["presentations"] == {"live": 1, "attack": 1, "screen": 1}
    assert list(result["failed"]["live"].values()) == ["picture.not_a_picture"]


def test_kinds_are_sub_folders_and_the_folder_itself(tmp_path):
    folder = tmp_path / "print"
    (folder / "mask" / "deep").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("a.jpg", "mask/b.JPG", "mask/deep/c.mp4", "mask/readme.txt"):
        (folder / name).write_bytes(b"x")
    kinds = attack_kinds(folder)
    assert {kind: [file.name for file in found] for kind, found in kinds.items()} == {
        "print": ["a.jpg"],
        "mask": ["b.JPG", "c.mp4"],
    }


@pytest.mark.parametrize(
    ("name", "code"), [("none", "evaluate.no_folder"), ("empty", "evaluate.empty_folder")]
)
def test_folders_that_cannot_be_used(tmp_path, name, code):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError) as caught:
        attack_kinds(tmp_path / name)
    assert caught.value.code == code


def test_clip_frames_are_spread_and_timed(tmp_path):
    file = tmp_path / "clip.mp4"
    write_clip(file, [np.full((120, 160, 3), index * 4, np.uint8) for index in range(48)], rate=24)
    frames = list(clip_frames(file))
    assert len(frames) == 16
    assert [round(at, 3) for at, _ in frames[:3]] == [0.0, 0.125, 0.25]


@pytest.mark.parametrize(("content", "code"), [(b"", "picture.empty"), (b"text", "picture.not_a_clip")])
def test_clips_that_are_none(tmp_path, content, code):
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    with pytest.raises(PictureError) as caught:
        list(clip_frames(file))
    assert caught.value.code == code


def test_a_clip_that_is_not_there(tmp_path):
    with pytest.raises(PictureError) as caught:
        list(clip_frames(tmp_path / "none.mp4"))
    assert caught.value.code == "picture.missing"
