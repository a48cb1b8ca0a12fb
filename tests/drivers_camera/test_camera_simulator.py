"""The simulated network camera, and how the driver comes back after every loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.camera.http_simulator import Fault
from drivers.camera.simulated import SimulatedCamera, start_camera
from drivers.errors import DeviceError, Garbled, Missing, Unsupported
from drivers.registry import open_device

from .conftest import numbered, write_clip

Opener = Callable[..., Any]


@pytest.fixture
def camera() -> Iterator[SimulatedCamera]:
    with start_camera(fps=40) as simulator:
        yield simulator


def test_it_is_known_as_simulated(opened: Opener, camera: SimulatedCamera) -> None:
    about = opened("opencv", camera.address).about
    assert (about.simulated, about.vendor, about.firmware) == (True, "Simulated", "Simulated camera")


def test_after_each_unplugging_it_can_be_opened_again(camera: SimulatedCamera) -> None:
    for _ in range(10):
        device = open_device("opencv", camera.address, {})
        device.frame(2.0)
        camera.unplug()
        with pytest.raises(Missing) as caught:
            for _ in range(100):
                device.frame(2.0)
        assert caught.value.code == "camera.unplugged"
        with pytest.raises(Missing):
            device.check()
        device.close()
        with pytest.raises(Missing) as absent:
            open_device("opencv", camera.address, {})
        assert absent.value.code == "camera.missing"
        camera.replug()


def test_a_camera_that_restarts_can_be_opened_at_once(opened: Opener, camera: SimulatedCamera) -> None:
    device = opened("opencv", camera.address)
    device.frame(2.0)
    camera.fault(Fault.DISCONNECT)
    with pytest.raises(Missing, match=r"camera\.unplugged"):
        for _ in range(100):
            device.frame(2.0)
    camera.clear()
    assert opened("opencv", camera.address).frame(2.0).number >= 1


def test_half_a_jpeg_is_never_handed_out(opened: Opener, camera: SimulatedCamera) -> None:
    device = opened("opencv", camera.address)
    camera.fault(Fault.HALF_JPEG, 5)
    images = [device.frame(2.0).image for _ in range(30)]
    assert all(image[-20:].std() > 3 for image in images), "the lower half is no even grey"
    camera.fault(Fault.HALF_JPEG)
    with pytest.raises(Garbled, match=r"camera\.damaged"):
        for _ in range(100):
            device.frame(2.0)


def test_a_resolution_that_changes_meanwhile_is_noticed(opened: Opener, camera: SimulatedCamera) -> None:
    device = opened("opencv", camera.address, {"width": 320, "height": 240})
    device.frame(2.0)
    camera.fault(Fault.WRONG_SIZE)
    with pytest.raises(Unsupported) as caught:
        for _ in range(100):
            device.frame(2.0)
    assert caught.value.code == "camera.wrong_size"
    assert caught.value.facts == {"wanted": "320x240", "given": "160x120"}


def test_a_fault_for_a_while_passes_by_itself(opened: Opener, camera: SimulatedCamera) -> None:
    device = opened("opencv", camera.address)
    camera.fault(Fault.BLACK, 30)
    codes = set()
    for _ in range(80):
        try:
            device.frame(2.0)
            codes.add("")
        except DeviceError as error:
            codes.add(error.code)
    assert codes == {"", "camera.black"}
    device.frame(2.0)


def test_it_serves_a_recording(opened: Opener, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", [numbered(60 + i, 320, 240) for i in range(8)])
    with start_camera(recording=clip.removeprefix("file:")) as simulator:
        image = opened("opencv", simulator.address).frame(2.0).image
    assert image[:, :150].mean() - image[:, 170:].mean() > 50


def test_a_recording_that_is_none_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "none.avi").write_text("nothing")
    with pytest.raises(Missing, match=r"simulator\.ended"):
        start_camera(recording=str(tmp_path / "none.avi"))


def test_pictures_differ_as_those_of_a_living_sensor(opened: Opener, camera: SimulatedCamera) -> None:
    device = opened("opencv", camera.address)
    first, second = device.frame(2.0).image, device.frame(2.0).image
    assert not np.array_equal(first, second)
