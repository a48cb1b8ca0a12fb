"""Video4Linux through the OpenCV driver, as far as it goes without a camera."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from drivers.api import Found, Frame, Image, Kind
from drivers.camera.feed import Feed
from drivers.camera.v4l2 import LocalCamera, Wanted, camera_name, device_path, local_cameras
from drivers.errors import DeviceError, Missing, Refused, TimedOut, Unsupported
from drivers.registry import entry, open_device

from .conftest import numbered


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


class PulledOut:
    """Gives three pictures, then its device file goes away, as when the cable is pulled."""

    def __init__(self, path: Path, gone: bool) -> None:
        self.left, self.path, self.gone, self.released = 3, path, gone, False

    def read(self) -> tuple[bool, Image | None]:
        self.left -= 1
        if self.left >= 0:
            return True, numbered(self.left)
        if self.gone:
            self.path.unlink(missing_ok=True)
        return False, None

    def release(self) -> None:
        self.released = True


@pytest.mark.parametrize(("gone", "code"), [(True, "camera.unplugged"), (False, "camera.no_picture")])
def test_a_camera_that_stops_giving_pictures_says_why(tmp_path: Path, gone: bool, code: str) -> None:
    path = tmp_path / "video0"
    path.touch()
    stream = PulledOut(path, gone)

    class Opened(LocalCamera):
        def open(self) -> None:
            self._capture = stream  # type: ignore[assignment]

    feed = Feed("v4l2:test", Opened(str(path), Wanted()), keep_all=True)
    assert [feed.take(1.0, 1.0).number for _ in range(3)] == [1, 2, 3]
    with pytest.raises(DeviceError) as error:
        feed.take(2.0, 1.0)
    assert error.value.code == code
    with pytest.raises(Missing, match=r"camera\.unplugged" if gone else r"camera\.given_up"):
        feed.take(0.1, 1.0)
    feed.close()
    assert stream.released


def test_a_read_that_never_returns_holds_up_nobody() -> None:
    release = threading.Event()

    class Stuck:
        def open(self) -> None:
            release.wait(10)

        def read(self, stop: threading.Event) -> Frame | None:
            return None

        def interrupt(self) -> None:
            pass

        def close(self) -> None:
            pass

    feed = Feed("v4l2:stuck", Stuck())
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"camera\.open_timed_out"):
        feed.wait_until_open(0.2)
    with pytest.raises(TimedOut, match=r"camera\.timed_out"):
        feed.take(0.2, 1.0)
    assert time.monotonic() - began < 1.0
    feed.close()
    assert time.monotonic() - began < 3.5
    release.set()
