"""Clips and pictures through the OpenCV driver: pacing, ends, faults, limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.errors import DeviceError, Garbled, Missing, TimedOut, Unsupported

from .conftest import CLIP_FPS, number_of, numbered, write_clip

Opener = Callable[..., Any]


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.avi", [numbered(3 * i) for i in range(30)])


def test_a_clip_keeps_its_own_frame_rate(opened: Opener, clip: str) -> None:
    camera = opened("opencv", clip)
    frames = [camera.frame(1.0)]
    while frames[-1].number < 15:
        frames.append(camera.frame(1.0))
    took = frames[-1].at - frames[0].at
    assert took == pytest.approx((frames[-1].number - frames[0].number) / CLIP_FPS, abs=0.002)
    for frame in frames:
        assert number_of(frame) == pytest.approx(3 * (frame.number - 1), abs=2)


def test_a_late_reader_skips_pictures_instead_of_lagging(opened: Opener, clip: str) -> None:
    camera = opened("opencv", clip)
    first = camera.frame(1.0)
    time.sleep(0.5)
    later = camera.frame(1.0)
    assert later.number - first.number >= 8
    assert time.monotonic() - later.at < 0.3
    assert number_of(later) == pytest.approx(3 * (later.number - 1), abs=2)


def test_a_clip_that_ended_stays_ended(opened: Opener, tmp_path: Path) -> None:
    camera = opened("opencv", write_clip(tmp_path / "short.avi", [numbered(i) for i in range(3)]))
    with pytest.raises(Missing) as ended:
        for _ in range(4):
            camera.frame(1.0)
    assert ended.value.code == "camera.source_ended"
    with pytest.raises(Missing, match=r"camera\.source_ended"):
        camera.frame(0.1)


def test_a_looped_clip_starts_again(opened: Opener, tmp_path: Path) -> None:
    address = write_clip(tmp_path / "short.avi", [numbered(20 * i) for i in range(4)])
    camera = opened("opencv", address, {"loop": True, "real_time": False})
    seen = [number_of(camera.frame(1.0)) for _ in range(9)]
    assert seen == pytest.approx([0, 20, 40, 60, 0, 20, 40, 60, 0], abs=2)


def test_without_real_time_every_picture_comes(opened: Opener, clip: str) -> None:
    camera = opened("opencv", clip, {"real_time": False})
    began = time.monotonic()
    frames = [camera.frame(1.0) for _ in range(30)]
    assert [frame.number for frame in frames] == list(range(1, 31))
    assert time.monotonic() - began < 1.4
    steps = [later.at - earlier.at for earlier, later in pairwise(frames)]
    assert steps == pytest.approx([1 / CLIP_FPS] * 29, abs=1e-4)


def test_a_picture_that_no_longer_changes_is_reported(opened: Opener, tmp_path: Path) -> None:
    pictures = [numbered(i) for i in range(3)] + [numbered(50)] * 30
    camera = opened("opencv", write_clip(tmp_path / "stuck.avi", pictures), {"freeze_seconds": 0.4})
    with pytest.raises(Garbled) as frozen:
        while True:
            camera.frame(1.0)
    assert frozen.value.code == "camera.frozen"
    assert frozen.value.facts["seconds"] >= 0.4


def test_the_freeze_check_can_be_switched_off(opened: Opener, tmp_path: Path) -> None:
    options = {"freeze_seconds": 0, "real_time": False}
    camera = opened("opencv", write_clip(tmp_path / "stuck.avi", [numbered(50)] * 60), options)
    assert camera.frame(1.0).number == 1
    assert [camera.frame(1.0).number for _ in range(59)][-1] == 60


def test_a_covered_lens_is_reported_and_uncovering_helps(opened: Opener, tmp_path: Path) -> None:
    dark = [np.random.default_rng(i).integers(0, 9, (120, 160, 3), dtype=np.uint8) for i in range(25)]
    bright = [numbered(i) for i in range(5)]
    camera = opened("opencv", write_clip(tmp_path / "dark.avi", bright + dark + bright), {"real_time": False})
    answers = []
    for _ in range(35):
        try:
            answers.append(str(camera.frame(1.0).number))
        except Garbled as error:
            answers.append(error.code)
    assert answers[:5] == ["1", "2", "3", "4", "5"]
    assert answers[18:30] == ["camera.black"] * 12
    assert answers[-5:] == ["31", "32", "33", "34", "35"]


@pytest.mark.parametrize("scheme", ["file", "images"])
def test_an_absent_file_is_missing(opened: Opener, tmp_path: Path, scheme: str) -> None:
    with pytest.raises(Missing) as error:
        opened("opencv", f"{scheme}:{tmp_path / 'nothing.avi'}")
    assert error.value.code == "camera.missing"


@pytest.mark.parametrize("content", [b"", b"These are words,\nnot a film.\n" * 50, bytes(range(256)) * 40])
def test_a_file_that_is_no_video_is_called_that(
    opened: Opener, tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(content)
    with pytest.raises(Unsupported) as error:
        opened("opencv", f"file:{path}")
    assert error.value.code == "camera.not_a_video"
    assert capfd.readouterr().err == ""


def test_a_folder_is_no_video(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"camera\.not_a_video"):
        opened("opencv", f"file:{tmp_path}")


def test_a_cut_off_clip_ends_without_a_traceback(opened: Opener, tmp_path: Path, clip: str) -> None:
    whole = Path(clip.removeprefix("file:")).read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    camera = opened("opencv", f"file:{tmp_path / 'cut.avi'}", {"real_time": False})
    with pytest.raises(Missing, match=r"camera\.source_ended"):
        for _ in range(31):
            camera.frame(1.0)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut off"])
def test_a_file_that_is_no_picture_is_called_that(opened: Opener, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "face.jpg"
    path.write_bytes(content)
    with pytest.raises(Unsupported) as error:
        opened("opencv", f"images:{path}")
    assert error.value.code == "camera.not_a_picture"


def test_pictures_come_in_the_order_of_their_names(opened: Opener, tmp_path: Path) -> None:
    for i in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f"{i}.png"), numbered(30 * i))
    (tmp_path / "notes.txt").write_text("not a picture")
    for address in (f"images:{tmp_path}", f"images:{tmp_path}/*.png"):
        camera = opened("opencv", address, {"fps": 20})
        assert [number_of(camera.frame(1.0)) for _ in range(3)] == pytest.approx([0, 30, 60], abs=1)
        with pytest.raises(Missing, match=r"camera\.source_ended"):
            camera.frame(1.0)


def test_a_still_picture_is_never_frozen(opened: Opener, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "face.png"), numbered(40))
    options = {"loop": True, "fps": 30, "freeze_seconds": 0.2}
    camera = opened("opencv", f"images:{tmp_path / 'face.png'}", options)
    frames = [camera.frame(1.0) for _ in range(20)]
    assert frames[-1].at - frames[0].at > 0.5


def test_a_twenty_megapixel_picture_is_reduced(opened: Opener, tmp_path: Path) -> None:
    large = cv2.resize(numbered(40), (5472, 3648))
    cv2.imwrite(str(tmp_path / "large.jpg"), large)
    image = opened("opencv", f"images:{tmp_path / 'large.jpg'}").frame(5.0).image
    assert image.shape == (1280, 1920, 3)


def test_another_resolution_than_asked_for_is_reported(opened: Opener, clip: str) -> None:
    camera = opened("opencv", clip, {"width": 640, "height": 480})
    with pytest.raises(Unsupported) as error:
        camera.frame(1.0)
    assert error.value.code == "camera.wrong_size"
    assert dict(error.value.facts) == {"wanted": "640x480", "given": "160x120"}


def test_frame_keeps_its_time_limit(opened: Opener, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "face.png"), numbered(40))
    camera = opened("opencv", f"images:{tmp_path / 'face.png'}", {"loop": True, "fps": 0.2})
    camera.frame(1.0)
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"camera\.timed_out"):
        camera.frame(0.2)
    assert 0.15 < time.monotonic() - began < 1.0


def test_a_picture_too_old_is_not_handed_out(opened: Opener, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "face.png"), numbered(40))
    options = {"loop": True, "fps": 0.5, "max_age_ms": 100}
    camera = opened("opencv", f"images:{tmp_path / 'face.png'}", options)
    time.sleep(0.3)
    with pytest.raises(TimedOut):
        camera.frame(0.1)
    assert camera.frame(4.0).number == 2


def test_closing_is_quick_safe_twice_and_final(opened: Opener, clip: str) -> None:
    camera = opened("opencv", clip)
    began = time.monotonic()
    camera.close()
    camera.close()
    assert time.monotonic() - began < 2.0
    with pytest.raises(Missing, match=r"camera\.closed"):
        camera.frame(0.1)


@pytest.mark.parametrize("address", ["", "file:", "rtsp://example/stream", "nothing", "http:", "http://"])
def test_an_address_nobody_understands_is_unsupported(opened: Opener, address: str) -> None:
    with pytest.raises(DeviceError) as error:
        opened("opencv", address)
    assert error.value.code == "camera.bad_address"


def test_a_recording_says_that_nobody_need_be_there(opened: Opener, clip: str, tmp_path: Path) -> None:
    assert opened("opencv", clip).about.simulated
    picture = tmp_path / "one.png"
    cv2.imwrite(str(picture), numbered(3))
    assert opened("opencv", f"images:{picture}").about.simulated
