"""V4L2 controls and nodes, with stand-ins for what the kernel would answer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from drivers.api import Found
from drivers.camera import v4l2
from drivers.camera.controls import Board, Cid, ControlSettings, set_controls, steps
from drivers.camera.v4l2 import PICTURES, local_cameras, node_capabilities

LOCKED_BY = {
    Cid.EXPOSURE_ABSOLUTE: (Cid.EXPOSURE_AUTO, 3),
    Cid.FOCUS_ABSOLUTE: (Cid.FOCUS_AUTO, 1),
    Cid.WHITE_BALANCE_TEMPERATURE: (Cid.AUTO_WHITE_BALANCE, 1),
}
"""Which mode makes a control inactive, as UVC cameras do."""


class Camera:
    """Its controls; what is locked is asked when it is opened, as linuxpy does."""

    def __init__(self, **values: int) -> None:
        self.values = {Cid[name]: value for name, value in values.items()}
        self.opened = 0

    @contextmanager
    def open(self, path: str) -> Iterator[Board]:
        self.opened += 1
        locked = {cid for cid, (mode, value) in LOCKED_BY.items() if self.values.get(mode) == value}
        yield {cid: Knob(self, cid, cid in locked) for cid in self.values}


class Knob:
    """One control."""

    def __init__(self, camera: Camera, cid: Cid, locked: bool) -> None:
        self._camera, self._cid, self._locked = camera, cid, locked

    def _get(self) -> object:
        return self._camera.values[self._cid]

    def _set(self, value: object) -> None:
        if self._locked:
            raise AttributeError("inactive")
        assert isinstance(value, int)
        self._camera.values[self._cid] = value

    value = property(_get, _set)


def everything() -> Camera:
    names = {"EXPOSURE_AUTO": 3, "EXPOSURE_ABSOLUTE": 157, "EXPOSURE_AUTO_PRIORITY": 1, "GAIN": 0}
    more = {"FOCUS_AUTO": 1, "FOCUS_ABSOLUTE": 0, "AUTO_WHITE_BALANCE": 1, "WHITE_BALANCE_TEMPERATURE": 4600}
    return Camera(**names, **more, POWER_LINE_FREQUENCY=2)


def test_values_are_set_although_their_automatic_mode_had_locked_them() -> None:
    camera = everything()
    wanted = ControlSettings(
        exposure_us=12_500, steady_rate=True, focus=30, gain=40, white_balance_kelvin=5200, mains="50"
    )
    assert set_controls("camera", wanted, camera.open) == ()
    assert camera.values == {
        Cid.EXPOSURE_AUTO: 1,
        Cid.EXPOSURE_ABSOLUTE: 125,
        Cid.EXPOSURE_AUTO_PRIORITY: 0,
        Cid.GAIN: 40,
        Cid.FOCUS_AUTO: 0,
        Cid.FOCUS_ABSOLUTE: 30,
        Cid.AUTO_WHITE_BALANCE: 0,
        Cid.WHITE_BALANCE_TEMPERATURE: 5200,
        Cid.POWER_LINE_FREQUENCY: 1,
    }


def test_automatic_modes_are_switched_on_again() -> None:
    camera = everything()
    set_controls("camera", ControlSettings(exposure_us=5000, focus=7), camera.open)
    assert set_controls("camera", ControlSettings(exposure_us="auto", focus="auto"), camera.open) == ()
    assert (camera.values[Cid.EXPOSURE_AUTO], camera.values[Cid.FOCUS_AUTO]) == (3, 1)


def test_what_a_camera_lacks_is_told_once_and_the_rest_is_set() -> None:
    camera = Camera(GAIN=0)
    with capture_logs() as logs:
        refused = set_controls("camera", ControlSettings(focus=30, gain=9, mains="50"), camera.open)
    assert refused == (Cid.FOCUS_AUTO, Cid.FOCUS_ABSOLUTE, Cid.POWER_LINE_FREQUENCY)
    assert camera.values == {Cid.GAIN: 9}
    assert [entry["event"] for entry in logs] == ["camera.control_refused"]


def test_nothing_asked_for_opens_nothing() -> None:
    camera = everything()
    assert steps(ControlSettings()) == []
    assert set_controls("camera", ControlSettings(), camera.open) == ()
    assert camera.opened == 0


def test_controls_that_cannot_be_reached_fail_no_camera(tmp_path: Path) -> None:
    with capture_logs() as logs:
        assert set_controls(str(tmp_path / "video0"), ControlSettings(gain=3)) == (Cid.AUTOGAIN, Cid.GAIN)
    assert {entry["event"] for entry in logs} == {"camera.controls_unreachable", "camera.control_refused"}


def test_the_probe_prefers_ports_and_leaves_metadata_nodes_out(tmp_path: Path) -> None:
    sysfs, by_path, dev = tmp_path / "sys", tmp_path / "by-path", tmp_path / "dev"
    by_path.mkdir()
    dev.mkdir()
    can = {"video0": PICTURES, "video1": 0x00800000, "video2": PICTURES, "video3": None, "video4": None}
    for place, node in enumerate(can):
        (sysfs / node).mkdir(parents=True)
        (sysfs / node / "index").write_text(f"{place % 2}\n")
        (sysfs / node / "name").write_text(f"Camera {node}\n")
        (dev / node).touch()
    (by_path / "pci-0000:00:14.0-usb-0:3:1.0-video-index0").symlink_to(dev / "video0")
    (by_path / "pci-0000:00:14.0-usb-0:3:1.0-video-index1").symlink_to(dev / "video1")
    found = local_cameras("opencv", sysfs, by_path, lambda node: can[Path(node).name])
    assert found == [
        Found("opencv", f"v4l2:{by_path}/pci-0000:00:14.0-usb-0:3:1.0-video-index0", "Camera video0"),
        Found("opencv", "v4l2:/dev/video2", "Camera video2"),
        Found("opencv", "v4l2:/dev/video4", "Camera video4"),
    ]


@pytest.mark.parametrize(
    ("all_nodes", "this_node", "expected"),
    [(0x84A00001, 0x04200001, 0x04200001), (0x84A00001, 0x04A00000, 0x04A00000), (0x1, 0x0, 0x1)],
)
def test_the_capabilities_are_those_of_the_node(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, all_nodes: int, this_node: int, expected: int
) -> None:
    (tmp_path / "video0").touch()

    def answer(handle: int, request: int, buffer: bytes) -> bytes:
        assert (request, len(buffer)) == (0x80685600, 104)
        return struct.pack("<16s32s32s3I12x", b"uvcvideo", b"Camera", b"usb", 0x60000, all_nodes, this_node)

    monkeypatch.setattr(v4l2.fcntl, "ioctl", answer)
    assert node_capabilities(str(tmp_path / "video0")) == expected
    assert node_capabilities(str(tmp_path / "absent")) is None
