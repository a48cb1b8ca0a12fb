"""A colour and an infrared stream seen as one camera; the forms infrared pictures come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from drivers.api import Can
from drivers.camera.http_simulator import Fault
from drivers.camera.infrared import EightBit, Lamp
from drivers.camera.simulated import SimulatedCamera, start_camera
from drivers.errors import Garbled, Missing, Unsupported

Opener = Callable[..., Any]


@pytest.fixture
def colour() -> Iterator[SimulatedCamera]:
    with start_camera(fps=30) as camera:
        yield camera


@pytest.fixture
def infrared() -> Iterator[SimulatedCamera]:
    with start_camera(fps=30, infrared=True) as camera:
        yield camera


def test_each_picture_has_the_infrared_one_of_its_moment(
    opened: Opener, colour: SimulatedCamera, infrared: SimulatedCamera
) -> None:
    camera = opened("camera-pair", colour.address, {"infrared": infrared.address})
    assert Can.SEE_INFRARED in camera.can
    assert (camera.about.simulated, camera.about.vendor) == (True, "Simulated")
    began, frames = time.monotonic(), [camera.frame(2.0) for _ in range(30)]
    assert time.monotonic() - began < 5.0
    for frame in frames:
        assert frame.image.std(axis=2).mean() > 2, "colour"
        assert frame.infrared.shape == frame.image.shape
        assert np.ptp(frame.infrared, axis=2).max() == 0, "grey"
    assert any(not np.array_equal(frames[0].infrared, frame.infrared) for frame in frames[1:])


def test_streams_out_of_step_are_unpaired(opened: Opener, colour: SimulatedCamera) -> None:
    with start_camera(fps=3, infrared=True) as slow:
        options = {"infrared": slow.address, "max_skew_ms": 5, "unpaired_seconds": 0.3}
        camera = opened("camera-pair", colour.address, options)
        with pytest.raises(Garbled) as caught:
            for _ in range(40):
                camera.frame(1.0)
    assert caught.value.code == "camera.unpaired"
    assert set(caught.value.facts) == {"skew_ms", "limit_ms"}


def test_unlit_pictures_are_left_out(opened: Opener, colour: SimulatedCamera) -> None:
    with start_camera(fps=30, infrared=True, alternate=True) as blinking:
        options = {"infrared": blinking.address, "every_second_lit": True, "max_skew_ms": 80}
        camera = opened("camera-pair", colour.address, options)
        means = [float(camera.frame(2.0).infrared.mean()) for _ in range(20)]
    assert min(means) > 0.7 * max(means)


def test_the_lost_stream_is_named(opened: Opener, colour: SimulatedCamera, infrared: SimulatedCamera) -> None:
    for lost, code in ((infrared, "camera.infrared_unplugged"), (colour, "camera.unplugged")):
        camera = opened("camera-pair", colour.address, {"infrared": infrared.address})
        camera.frame(2.0)
        lost.unplug()
        with pytest.raises(Missing) as caught:
            for _ in range(60):
                camera.frame(2.0)
        assert caught.value.code == code
        with pytest.raises(Missing):
            camera.frame(0.1)
        camera.close()
        lost.replug()


def test_without_its_second_address_it_says_so(opened: Opener, colour: SimulatedCamera) -> None:
    with pytest.raises(Unsupported) as caught:
        opened("camera-pair", colour.address)
    assert (caught.value.code, caught.value.facts["key"]) == ("driver.bad_option", "infrared")


def test_an_absent_second_stream_is_named_and_the_first_let_go(
    opened: Opener, colour: SimulatedCamera, infrared: SimulatedCamera
) -> None:
    infrared.fault(Fault.ABSENT)
    with pytest.raises(Missing, match=r"camera\.infrared_missing"):
        opened("camera-pair", colour.address, {"infrared": infrared.address})


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_deep_pictures_keep_their_brightness_in_eight_bits(bits: int) -> None:
    eight_bit = EightBit()
    ramp = np.linspace(0, (1 << bits) - 1, 256).astype(np.uint16)[None].repeat(4, axis=0)
    made = eight_bit(ramp)
    assert (made.shape, made.dtype) == ((4, 256, 3), np.uint8)
    assert np.abs(made[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    darker = eight_bit((ramp // 4).astype(np.uint16))
    assert int(darker.max()) in (63, 64), "the scale does not follow the picture"


def test_grey_and_neutral_pictures_become_three_equal_channels() -> None:
    random = np.random.default_rng(2)
    flat = random.integers(0, 256, (6, 8), np.uint8)
    assert np.array_equal(EightBit()(flat)[..., 1], flat)
    assert np.array_equal(EightBit()(flat[..., None])[..., 2], flat)
    neutral = np.repeat(flat[..., None], 3, axis=2)
    assert np.abs(EightBit()(neutral)[..., 0].astype(int) - flat).max() <= 1


def test_a_lamp_that_is_always_on_leaves_nothing_out() -> None:
    lamp = Lamp()
    answers = [lamp.lit(np.full((16, 16, 3), 100 + number % 3, np.uint8)) for number in range(10)]
    assert answers == [False] + [True] * 9
