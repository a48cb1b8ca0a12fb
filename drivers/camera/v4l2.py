"""Cameras of this machine through Video4Linux, read with OpenCV.

No such camera was at hand: tests drive stand-ins for the kernel's answers. A read that hangs in the kernel
ends only with its process, so a camera known to do that is best run with `drivers.host`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from drivers.api import Found, Frame
from drivers.camera.controls import Cid, ControlSettings, set_controls
from drivers.camera.infrared import DEEP_FORMATS
from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, Unsupported

SYSFS = Path("/sys/class/video4linux")
BY_PATH = Path("/dev/v4l/by-path")
"""Names by the port a camera is plugged into, which stay the same; numbers do not."""
CAPABILITY = struct.Struct("16s32s32s3I12x")
"""struct v4l2_capability: driver, card, bus, version, capabilities, those of this node."""
VIDIOC_QUERYCAP = 0x80685600
CAP_DEVICE_CAPS = 0x80000000
PICTURES = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE and the same in several planes."""
REQUEST_BUFFERS = struct.Struct("5I")
VIDIOC_REQBUFS = 0xC0145608
"""_IOWR('V', 8, struct v4l2_requestbuffers) of linux/videodev2.h."""
VIDEO_CAPTURE, MEMORY_MMAP = 1, 1
FAILED_READS = 5
"""So many failed reads in a row, with the device still there, are a fault of the device."""
FAILED_PAUSE_SECONDS = 0.05

OPEN_ERRORS: dict[int, tuple[type[DeviceError], str]] = {
    errno.ENOENT: (Missing, "camera.missing"),
    errno.ENODEV: (Missing, "camera.missing"),
    errno.ENXIO: (Missing, "camera.missing"),
    errno.EACCES: (Refused, "camera.no_permission"),
    errno.EPERM: (Refused, "camera.no_permission"),
    errno.EBUSY: (Busy, "camera.busy"),
}
"""What the operating system's answers mean; any other says that this is no camera."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The picture asked of the camera; None leaves it to the camera."""

    width: int | None = None
    height: int | None = None
    fps: float | None = None
    infrared: bool = False
    """Formats with more than eight bits are handed over as they are."""
    controls: ControlSettings = field(default_factory=ControlSettings)


class LocalCamera:
    """One /dev/video* device, read until it goes away."""

    def __init__(self, path: str, wanted: Wanted) -> None:
        self._path, self._wanted, self._number = path, wanted, 0
        self._capture = cv2.VideoCapture()
        self.refused: tuple[Cid, ...] = ()
        """Controls that were asked for and could not be set."""

    def open(self) -> None:
        """`Missing`, `Busy`, `Refused`, or `Unsupported` when it is no camera."""
        check_camera(self._path)
        if not self._capture.open(self._path, cv2.CAP_V4L2):
            raise Busy("camera.busy", self._path)
        self._ask(self._wanted)
        self.refused = set_controls(self._path, self._wanted.controls)

    def read(self, stop: threading.Event) -> Frame | None:
        """The next picture as soon as the camera has it. `Missing` when it was pulled out."""
        for _ in range(FAILED_READS):
            good, image = self._capture.read()
            if good:
                self._number += 1
                return Frame(np.asarray(image), self._number, time.monotonic())
            if not Path(self._path).exists():
                raise Missing("camera.unplugged", self._path)
            if stop.wait(FAILED_PAUSE_SECONDS):
                return None
        raise Garbled("camera.no_picture", self._path, failed_reads=FAILED_READS)

    def interrupt(self) -> None:
        """A read under way ends when the kernel ends it (OpenCV waits 10 s at most)."""

    def close(self) -> None:
        """Stop the stream."""
        self._capture.release()

    def _ask(self, wanted: Wanted) -> None:
        asked = (
            (cv2.CAP_PROP_FRAME_WIDTH, wanted.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, wanted.height),
            (cv2.CAP_PROP_FPS, wanted.fps),
        )
        for setting, value in asked:
            if value is not None:
                self._capture.set(setting, value)
        if wanted.infrared and _format(int(self._capture.get(cv2.CAP_PROP_FOURCC))) in DEEP_FORMATS:
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)


def _format(code: int) -> str:
    return code.to_bytes(4, "little", signed=False).decode("latin-1") if code >= 0 else ""


def device_path(name: str) -> str:
    """``0`` means /dev/video0; anything else is a path."""
    return f"/dev/video{name}" if name.isdecimal() else name


def check_camera(path: str) -> None:
    """Nothing when `path` is a camera that can be had now, else the `DeviceError` that says why not."""
    request = REQUEST_BUFFERS.pack(1, VIDEO_CAPTURE, MEMORY_MMAP, 0, 0)
    release = REQUEST_BUFFERS.pack(0, VIDEO_CAPTURE, MEMORY_MMAP, 0, 0)
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, VIDIOC_REQBUFS, request)  # fails with EBUSY while another program streams
            fcntl.ioctl(handle, VIDIOC_REQBUFS, release)
        finally:
            os.close(handle)
    except OSError as error:
        kind, code = OPEN_ERRORS.get(error.errno or 0, (Unsupported, "camera.not_a_video"))
        raise kind(code, path, cause=errno.errorcode.get(error.errno or 0, "")) from error


def local_cameras(
    driver: str,
    sysfs: Path = SYSFS,
    by_path: Path = BY_PATH,
    capabilities: Callable[[str], int | None] | None = None,
) -> list[Found]:
    """Cameras the kernel knows, by the port they are plugged into; nodes that give no pictures left out."""
    asked = capabilities or node_capabilities
    steady = {link.resolve().name: str(link) for link in sorted(by_path.glob("*"))}
    found = []
    for entry in sorted(sysfs.glob("video*"), key=lambda entry: (len(entry.name), entry.name)):
        node = f"/dev/{entry.name}"
        can = asked(node)
        # Metadata nodes belong to the same camera; where the node cannot be asked, they have a higher index.
        pictures = _line(entry / "index") in ("", "0") if can is None else bool(can & PICTURES)
        if pictures:
            label = _line(entry / "name") or entry.name
            found.append(Found(driver, f"v4l2:{steady.get(entry.name, node)}", label))
    return found


def node_capabilities(path: str) -> int | None:
    """V4L2 capabilities of the node `path`; None when it cannot be asked. Does not disturb a stream."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            answer = fcntl.ioctl(handle, VIDIOC_QUERYCAP, bytes(CAPABILITY.size))
        finally:
            os.close(handle)
    except OSError:
        return None
    *_, all_nodes, this_node = CAPABILITY.unpack(answer)
    return int(this_node if all_nodes & CAP_DEVICE_CAPS else all_nodes)


def camera_name(path: str, sysfs: Path = SYSFS) -> str:
    """The camera's name as the kernel gives it, or empty."""
    return _line(sysfs / Path(path).resolve().name / "name")


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
