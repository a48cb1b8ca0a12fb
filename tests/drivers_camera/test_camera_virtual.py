"""The virtual customer: obeys the camera contract, follows instructions; attacks do not."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from drivers.api import Can, Image, follows_instructions
from drivers.camera.acting import Actor
from drivers.camera.attacks import PrintedPhoto, ReplayedScreen
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Script, scene
from drivers.camera.stage import Pose, Stage
from drivers.errors import Garbled, Missing, TimedOut, Unsupported

Opener = Callable[..., Any]
EYES = np.s_[175:235, 240:400]
SIZE = (640, 480)


@pytest.fixture(scope="module")
def puppet(puppet_file: Path) -> Puppet:
    return Puppet.load(puppet_file)


@pytest.fixture(scope="module")
def stage(puppet: Puppet) -> Stage:
    return Stage(puppet, *SIZE, 185.0, (320.0, 240.0))


def eye_change(first: Image, second: Image) -> float:
    return float(np.abs(first[EYES].astype(int) - second[EYES]).mean())


def test_puppets_survive_their_file(puppet: Puppet, tmp_path: Path) -> None:
    Puppet.save(tmp_path / "p.npz", puppet.image, puppet.points)
    again = Puppet.load(tmp_path / "p.npz")
    assert np.array_equal(again.image, puppet.image)
    assert np.array_equal(again.points, puppet.points)
    assert "array" not in repr(again)


def test_two_programs_may_make_the_same_puppet_at_once(puppet: Puppet, tmp_path: Path) -> None:
    place = tmp_path / "p.npz"
    Puppet.save(place, puppet.image, puppet.points)

    def save_and_load(_: int) -> bool:
        Puppet.save(place, puppet.image, puppet.points)
        return np.array_equal(Puppet.load(place).image, puppet.image)

    with ThreadPoolExecutor(4) as programs:
        assert all(programs.map(save_and_load, range(40)))
    assert [file.name for file in tmp_path.iterdir()] == ["p.npz"]


def test_a_puppet_damaged_inside_is_unsupported(puppet_file: Path, tmp_path: Path) -> None:
    spoilt = bytearray(puppet_file.read_bytes())
    spoilt[200:400] = bytes(range(200))
    (tmp_path / "p.npz").write_bytes(spoilt)
    with pytest.raises(Unsupported, match=r"camera\.puppet_unusable"):
        Puppet.load(tmp_path / "p.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"words"])
def test_a_file_that_is_no_puppet_is_unsupported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(Unsupported, match=r"camera\.puppet_unusable"):
        Puppet.load(tmp_path / "p.npz")


def test_wrong_shapes_make_no_puppet(puppet: Puppet, tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        Puppet.save(tmp_path / "p.npz", puppet.image, puppet.points[:100])
    with pytest.raises(Unsupported):
        Puppet.save(tmp_path / "p.npz", puppet.image[..., 0], puppet.points)
    assert not (tmp_path / "p.npz").exists()


@pytest.mark.parametrize("script", list(Script))
def test_every_script_keeps_the_contract(opened: Opener, puppet_file: Path, script: Script) -> None:
    options = {"script": script, "second_puppet": str(puppet_file)}
    camera = opened("camera-virtual", f"virtual:{puppet_file}", options)
    assert camera.about.simulated
    assert camera.about.vendor == "Simulated"
    assert Can.FOLLOW_INSTRUCTIONS in camera.can
    assert follows_instructions(camera)
    camera.hear("challenge.blink")
    camera.hear("words nobody knows")
    first, second = camera.frame(1.0), camera.frame(1.0)
    assert first.image.shape == (480, 640, 3)
    assert first.image.dtype == np.uint8
    assert not np.array_equal(first.image, second.image)
    assert second.number > first.number
    assert second.at - first.at == pytest.approx((second.number - first.number) / 30, abs=1e-6)
    camera.close()
    camera.close()
    with pytest.raises(Missing, match=r"camera\.closed"):
        camera.frame(0.1)


def test_the_pace_is_the_camera_s_own_and_the_limit_is_kept(opened: Opener, puppet_file: Path) -> None:
    camera = opened("camera-virtual", f"virtual:{puppet_file}", {"fps": 2, "script": "nobody"})
    first = camera.frame(1.0)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        camera.frame(0.1)
    assert time.monotonic() - began < 0.3
    time.sleep(1.1)
    later = camera.frame(1.0)
    assert later.number - first.number >= 2
    assert time.monotonic() - later.at < 0.6


def test_a_missing_puppet_or_second_person_is_named(
    opened: Opener, tmp_path: Path, puppet_file: Path
) -> None:
    with pytest.raises(Missing, match=r"camera\.puppet_missing"):
        opened("camera-virtual", f"virtual:{tmp_path / 'nobody.npz'}")
    with pytest.raises(Unsupported) as error:
        opened("camera-virtual", f"virtual:{puppet_file}", {"script": "two_people"})
    assert error.value.facts["key"] == "second_puppet"
    with pytest.raises(Unsupported, match=r"camera\.bad_address"):
        opened("camera-virtual", f"file:{puppet_file}")


def test_a_frozen_camera_is_found_out(opened: Opener, puppet_file: Path) -> None:
    options = {"script": "frozen", "freeze_after_seconds": 0.3, "freeze_seconds": 0.4}
    camera = opened("camera-virtual", f"virtual:{puppet_file}", options)
    camera.frame(1.0)
    with pytest.raises(Garbled) as frozen:
        for _ in range(120):
            camera.frame(1.0)
    assert frozen.value.code == "camera.frozen"
    assert frozen.value.facts["seconds"] == pytest.approx(0.4, abs=0.3)


def test_the_same_seed_gives_the_same_take(puppet: Puppet) -> None:
    takes = [scene(Script.GENUINE, (puppet, None), SIZE, seed, 0.5) for seed in (4, 4, 5)]
    same, again, other = (take.show(10.0) for take in takes)
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)


def test_closed_lids_change_the_eyes_and_nothing_else(stage: Stage) -> None:
    wide_awake, shut = stage.show(Pose()), stage.show(Pose(lids=1.0))
    assert eye_change(wide_awake, shut) > 3.0
    rest = np.abs(wide_awake.astype(int) - shut)
    rest[EYES] = 0
    assert rest.mean() < 0.01


def test_the_eyes_close_after_the_blink_was_heard(puppet: Puppet, stage: Stage) -> None:
    actor = Actor(3, 0.5)
    actor.pose(0.0)
    actor.hear("challenge.blink", 0.0)
    lids = [(i / 100, actor.pose(i / 100).lids) for i in range(200)]
    shut = [now for now, closed in lids if closed > 0.9]
    assert min(shut) > 0.3
    assert 0.5 <= max(shut) - min(shut) <= 0.7
    now = shut[len(shut) // 2]
    pose = Pose(lids=actor.pose(now).lids)
    assert eye_change(stage.show(Pose()), stage.show(pose)) > 3.0


def test_who_is_asked_for_long_does_it_again_and_more_of_it() -> None:
    actor = Actor(3, 0.5)
    actor.hear("challenge.turn_left", 0.0)
    turns = [actor.pose(i / 30).yaw_degrees for i in range(200)]
    first, again = max(turns[:90]), max(turns[90:])
    assert again > first + 2
    actor.hear("challenge.nod", 7.0)
    assert max(actor.pose(7 + i / 30).yaw_degrees for i in range(60, 90)) < 10


def test_who_sees_the_instruction_go_keeps_still() -> None:
    actor = Actor(3, 0.5)
    actor.hear("challenge.turn_left", 0.0)
    assert max(actor.pose(i / 30).yaw_degrees for i in range(75)) > 20
    actor.hear("face.look", 2.5)
    assert max(actor.pose(i / 30).yaw_degrees for i in range(105, 300)) < 5


@pytest.mark.parametrize(("instruction", "sign"), [("challenge.turn_left", 1), ("challenge.turn_right", -1)])
def test_a_turn_goes_to_the_person_s_own_side(stage: Stage, instruction: str, sign: int) -> None:
    actor = Actor(3, 0.5)
    actor.hear(instruction, 0.0)
    peak = max((actor.pose(i / 30).yaw_degrees for i in range(90)), key=abs)
    assert sign * peak > 25
    assert abs(actor.pose(10.0).yaw_degrees) < 5
    nose_moves = flow(stage.show(Pose()), stage.show(Pose(yaw_degrees=peak / 3)))[230:260, 305:335, 0].mean()
    assert sign * nose_moves > 5, "the own left is the picture's right"


def flow(first: Image, second: Image) -> npt.NDArray[np.float32]:
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (first, second)]
    found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*grey, None)
    return np.asarray(found, np.float32)


def plane_residual(first: Image, second: Image) -> float:
    """Median pixels by which the face's motion departs from the best homography."""
    moved = flow(first, second)
    ys, xs = np.mgrid[160:320:4, 250:390:4]
    here = np.stack([xs.ravel(), ys.ravel()], 1).astype(np.float32)
    there = here + moved[ys.ravel(), xs.ravel()]
    matrix, _ = cv2.findHomography(here, there, cv2.LMEDS)
    mapped = cv2.perspectiveTransform(here[:, None], matrix)[:, 0]
    return float(np.percentile(np.linalg.norm(mapped - there, axis=1), 80))


def test_a_print_moves_as_a_plane_and_a_head_does_not(puppet: Puppet, stage: Stage) -> None:
    print_scene = PrintedPhoto(puppet, *SIZE, 180.0, 5)
    before = print_scene.show(0.0)
    print_scene.hear("challenge.turn_left", 0.0)
    pictures = [print_scene.show(i / 5) for i in range(10)]
    farthest = max(pictures, key=lambda picture: float(np.abs(flow(before, picture)).mean()))
    assert np.abs(flow(before, farthest)[160:320, 250:390]).mean() > 2.0, "the hand does move it"
    head = plane_residual(stage.show(Pose()), stage.show(Pose(yaw_degrees=12)))
    sheet = plane_residual(before, farthest)
    assert sheet < 0.5 * head


def test_a_print_never_blinks(puppet: Puppet) -> None:
    print_scene = PrintedPhoto(puppet, *SIZE, 180.0, 5)
    before = print_scene.show(0.0)
    print_scene.hear("challenge.blink", 0.0)
    again = PrintedPhoto(puppet, *SIZE, 180.0, 5)
    again.show(0.0)
    for i in range(1, 30):
        assert np.array_equal(print_scene.show(i / 15), again.show(i / 15))
    assert before.shape == (480, 640, 3)


def test_a_recording_does_not_hear(puppet: Puppet) -> None:
    told, untold = (ReplayedScreen(puppet, *SIZE, 180.0, 5) for _ in range(2))
    for i in range(20):
        now = i / 7
        told.hear("challenge.turn_left", now)
        assert np.array_equal(told.show(now), untold.show(now))


def test_a_recording_blinks_by_itself(puppet: Puppet) -> None:
    actor = Actor(12, 0.0)
    lids = [actor.pose(i / 30).lids for i in range(30 * 20)]
    blinks = sum(1 for earlier, later in pairwise(lids) if earlier < 0.5 <= later)
    assert 3 <= blinks <= 8


def test_no_picture_has_a_black_seam(puppet: Puppet) -> None:
    bright = Stage(Puppet(np.maximum(puppet.image, 60), puppet.points), *SIZE, 185.0, (320.0, 240.0))
    for yaw in (-36, -20, 0, 20, 36):
        picture = bright.show(Pose(yaw_degrees=yaw, sway_x_px=4, sway_y_px=3, roll_degrees=2, breath=1))
        assert picture.min() > 30


def test_a_frame_costs_a_fraction_of_its_time(opened: Opener, puppet_file: Path) -> None:
    camera = opened("camera-virtual", f"virtual:{puppet_file}", {"script": "replayed_screen", "fps": 60})
    spent = []
    for _ in range(20):
        began = time.thread_time()
        camera.frame(1.0)
        spent.append(time.thread_time() - began)
    assert np.median(spent) < 0.025, "a third of it is usual; the rest is room for slower machines"
