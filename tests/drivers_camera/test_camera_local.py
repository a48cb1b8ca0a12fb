"""Video4Linux through the OpenCV driver, as far as it goes without a camera."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from drivers.api import Found, Kind
from drivers.camera.v4l2 import camera_name, device_path, local_cameras
from drivers.errors import Missing, Refused, Unsupported
from drivers.registry import entry, open_device


def test_both_drivers_are_registered_with_described_settings() -> None:
    for name in ("opencv", "camera-virtual"):
        found = entry(name)
        assert found.kind is Kind.CAMERA
        assert found.summary
        for key, field in found.settings.model_fields.items():
            assert field.description, key


def test_an_absent_camera_is_missing() -> None:
    with pytest.raises(Missing) as error:
        open_device("opencv", "v4l2:/dev/video97", {})
    assert error.value.code == "camera.missing"


def test_something_else_than_a_camera_is_unsupported(tmp_path: Path) -> None:
    for path in ("/dev/null", str(tmp_path), str(tmp_path / "file")):
        (tmp_path / "file").touch()
        with pytest.raises(Unsupported) as error:
            open_device("opencv", f"v4l2:{path}", {})
        assert error.value.code == "camera.not_a_video"


def test_without_permission_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch(mode=0o000)
    if _readable(path):
        pytest.skip("permissions do not bind this user")
    with pytest.raises(Refused, match=r"camera\.no_permission"):
        open_device("opencv", f"v4l2:{path}", {})


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except PermissionError:
        return False
    return True


def test_a_number_means_a_device() -> None:
    assert device_path("2") == "/dev/video2"
    assert device_path("/dev/v4l/by-id/x") == "/dev/v4l/by-id/x"


def test_the_probe_lists_cameras_by_name_without_their_metadata_nodes(tmp_path: Path) -> None:
    for node, index, name in (
        ("video0", "0", "Front"),
        ("video1", "1", "Front"),
        ("video10", "0", "Top"),
        ("video2", "0", "Infrared"),
    ):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / node / "name").write_text(f"{name}\n")
    assert local_cameras("opencv", tmp_path) == [
        Found("opencv", "v4l2:/dev/video0", "Front"),
        Found("opencv", "v4l2:/dev/video2", "Infrared"),
        Found("opencv", "v4l2:/dev/video10", "Top"),
    ]
    assert camera_name("/dev/video2", tmp_path) == "Infrared"
    assert camera_name("/dev/video9", tmp_path) == ""


def test_the_probe_is_quick_and_silent(capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    for name in ("opencv", "camera-virtual"):
        entry(name).implementation.probe(entry(name).settings())
    assert time.monotonic() - began < 0.5
    assert capfd.readouterr() == ("", "")
