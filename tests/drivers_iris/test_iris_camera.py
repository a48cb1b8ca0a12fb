"""The iris camera before drawn eyes: what it finds, what it tells the person, and what becomes of faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import registry
from drivers.api import Can
from drivers.capture import Eye, Grey, IrisImage, ShowsPreview
from drivers.errors import Busy, DeviceError, Garbled, Missing, Retry, TimedOut, Unsupported
from drivers.iris.seeing import look
from drivers.iris.settings import IrisCameraSettings
from drivers.iris.synthetic import Look, draw, surroundings
from drivers.iso19794 import iris as records
from drivers.sim.handle import Simulated

Opener = Callable[..., Any]
KNOBS = IrisCameraSettings()
SIZES = Look()


def outcome(act: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        act()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "seen",
    [
        SIZES,
        Look(shift=(70, -50)),
        Look(pupil=22, iris=85),
        Look(pupil=60, iris=125),
        Look(brightness=0.5),
        Look(noise=8.0),
        Look(openness=0.8),
        Look(width=800, height=600),
    ],
    ids=str,
)
def test_a_good_eye_is_good_and_measured(seed: int, seen: Look) -> None:
    found = look(draw(seed, Eye.LEFT, seen), KNOBS)
    assert found.code == ""
    middle = (seen.width / 2 + seen.shift[0], seen.height / 2 + seen.shift[1])
    assert (found.x, found.y) == pytest.approx(middle, abs=3)
    assert found.pupil == pytest.approx(seen.pupil, abs=3)
    assert found.iris == pytest.approx(seen.iris, abs=4)
    assert found.quality >= 60


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (Look(blur=2.0), "iris.blurred"),
        (Look(blur=5.0), "iris.blurred"),
        (Look(brightness=0.3), "iris.too_dark"),
        (Look(brightness=2.6), "iris.too_bright"),
        (Look(openness=0.5), "iris.closed"),
        (Look(openness=0.3), "iris.closed"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told(seed: int, seen: Look, code: str) -> None:
    assert look(draw(seed, Eye.RIGHT, seen), KNOBS).code == code


@pytest.mark.parametrize("seed", range(8))
def test_a_shut_eye_is_none_or_closed(seed: int) -> None:
    assert look(draw(seed, Eye.LEFT, Look(openness=0.0)), KNOBS).code in {"iris.none", "iris.closed"}


@pytest.mark.parametrize("kind", ["skin", "noise", "flat", "stripes"])
def test_no_eye_is_seen_where_none_is(kind: str) -> None:
    random = np.random.default_rng(3)
    columns = np.arange(640)[None, :].repeat(480, axis=0)
    picture = {
        "skin": surroundings(SIZES),
        "noise": random.integers(0, 256, (480, 640), dtype=np.uint8),
        "flat": np.full((480, 640), 128, np.uint8),
        "stripes": ((columns // 40 % 2) * 120 + 60).astype(np.uint8),
    }[kind]
    assert look(picture, KNOBS).code == "iris.none"


def test_sizes_belong_to_the_camera() -> None:
    """An eye of another size than the settings say is not taken for one."""
    picture = draw(1, Eye.LEFT, Look(pupil=38, iris=105))
    other = IrisCameraSettings(pupil_min_px=60, pupil_max_px=90, iris_min_px=150, iris_max_px=220)
    assert look(picture, other).code in {"iris.none", "iris.closed"}


@given(st.integers(16, 200), st.integers(16, 200), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_any_picture_is_judged(width: int, height: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (height, width), dtype=np.uint8)
    picture[: height // 2] = seed % 256
    found = look(picture, KNOBS)
    assert found.code == "" or found.code.startswith("iris.")
    assert 0 <= found.quality <= 100


@pytest.mark.parametrize(("eye", "name"), [(Eye.LEFT, "left"), (Eye.RIGHT, "right")])
def test_an_eye_is_captured(eye_camera: Simulated, opened: Opener, eye: Eye, name: str) -> None:
    eye_camera.tell(f"eye {name}")
    device = opened()
    device.check()
    (image,) = device.capture([eye], 4.0)
    assert (image.eye, image.image.shape, image.image.ndim) == (eye, (480, 640), 2)
    assert image.quality >= 60
    assert Can.CAPTURE_IMAGE in device.can
    assert (device.about.vendor, device.about.simulated, device.about.driver) == (
        "Simulated",
        True,
        "iris-camera",
    )
    assert isinstance(device, ShowsPreview)
    assert device.preview().shape == (240, 320)
    assert "array" not in repr(image)


def test_two_eyes_in_view_come_at_once(eye_camera: Simulated, opened: Opener) -> None:
    eye_camera.tell("eye both")
    left, right = opened(eyes_in_view=2).capture([Eye.LEFT, Eye.RIGHT], 4.0)
    assert (left.eye, right.eye) == (Eye.LEFT, Eye.RIGHT)
    assert like(left, draw(1, Eye.LEFT)) > like(left, draw(1, Eye.RIGHT)) + 0.2
    assert like(right, draw(1, Eye.RIGHT)) > like(right, draw(1, Eye.LEFT)) + 0.2


def like(image: IrisImage, drawn: Grey) -> float:
    """How alike the rings around the pupils are."""
    ring = np.s_[150:200, 260:380]
    pair = (image.image[ring].ravel().astype(float), drawn[ring].ravel().astype(float))
    return float(np.corrcoef(*pair)[0, 1])


def test_the_second_eye_is_asked_for_when_the_first_has_gone(eye_camera: Simulated, opened: Opener) -> None:
    device = opened(gap_ms=200)
    assert outcome(lambda: device.capture([Eye.LEFT, Eye.RIGHT], 1.0)) == (Retry, "iris.other_eye")
    change = threading.Timer(0.8, lambda: eye_camera.tell("eye none"))
    other = threading.Timer(1.8, lambda: eye_camera.tell("eye right"))
    change.start()
    other.start()
    try:
        left, right = device.capture([Eye.LEFT, Eye.RIGHT], 8.0)
    finally:
        change.join()
        other.join()
    assert like(left, draw(1, Eye.LEFT)) > 0.6
    assert like(right, draw(1, Eye.RIGHT)) > 0.6


FAULTS = [
    ("blurred", Retry, "iris.blurred"),
    ("dark", Retry, "iris.too_dark"),
    ("bright", Retry, "iris.too_bright"),
    ("closed", Retry, "iris.closed"),
    ("hang", TimedOut, "camera.timed_out"),
    ("drop", Missing, "camera.unplugged"),
    ("damaged", Garbled, "camera.damaged"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS)
def test_each_fault_has_its_name(
    eye_camera: Simulated, opened: Opener, fault: str, kind: type[DeviceError], code: str
) -> None:
    device = opened(good_pictures=3)
    device.capture([Eye.LEFT], 4.0)
    eye_camera.fault(fault)
    time.sleep(0.3)
    began = time.monotonic()
    assert outcome(lambda: [device.capture([Eye.LEFT], 1.2) for _ in range(3)]) == (kind, code)
    assert time.monotonic() - began < 5.0


def test_nobody_before_the_camera(eye_camera: Simulated, opened: Opener) -> None:
    eye_camera.tell("eye none")
    assert outcome(lambda: opened().capture([Eye.LEFT], 0.5)) == (Retry, "iris.none")


def test_a_camera_that_is_taken(eye_camera: Simulated, opened: Opener) -> None:
    eye_camera.fault("refuse")
    assert outcome(opened) == (Busy, "camera.busy")


def test_pulling_the_cable_is_final(eye_camera: Simulated, opened: Opener) -> None:
    device = opened()
    device.capture([Eye.LEFT], 4.0)
    eye_camera.unplug()
    assert outcome(lambda: [device.capture([Eye.LEFT], 2.0) for _ in range(3)])[0] is Missing
    eye_camera.replug()
    assert outcome(lambda: device.capture([Eye.LEFT], 2.0))[0] is Missing
    assert outcome(device.check)[0] is Missing
    assert opened().capture([Eye.LEFT], 4.0)


@pytest.mark.parametrize("eyes", [(), (Eye.UNKNOWN,)])
def test_the_eye_must_be_named(opened: Opener, eyes: tuple[Eye, ...]) -> None:
    device = opened()
    assert outcome(lambda: device.capture(eyes, 1.0)) == (Unsupported, "iris.which_eye")


def test_pictures_in_a_folder(opened: Opener, tmp_path: Path) -> None:
    for number, blur in enumerate((4.0, 0.6, 0.6, 0.6)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), draw(5, Eye.LEFT, replace(SIZES, blur=blur)))
    device = opened(f"images:{tmp_path}", camera={"fps": 20.0, "loop": True})
    (image,) = device.capture([Eye.LEFT], 4.0)
    assert like(image, draw(5, Eye.LEFT)) > 0.9
    assert device.about.simulated
    record = records.of_images([image])
    (back,) = records.decode(record)
    assert np.array_equal(back.image(), image.image)
    assert (back.eye, back.quality) == (Eye.LEFT, image.quality)


def test_a_time_too_short_looks_once(opened: Opener) -> None:
    device = opened(good_pictures=1)
    device.capture([Eye.LEFT], 4.0)
    assert device.capture([Eye.LEFT], 0.0)


def test_options_of_the_camera_are_checked(opened: Opener) -> None:
    assert outcome(lambda: opened(camera={"colour": 1})) == (Unsupported, "driver.bad_option")
    assert outcome(lambda: opened(pupil_min_px=90)) == (Unsupported, "driver.bad_option")


def test_no_camera_is_taken_for_an_iris_camera_unasked() -> None:
    entry = registry.entry("iris-camera")
    assert entry.implementation.probe(entry.settings()) == []
