"""Recorded sources: a clip paced by its own frame rate, and pictures shown one after the other."""

from __future__ import annotations

import glob
import math
import threading
from pathlib import Path

import cv2
import numpy as np

from drivers.api import Frame, Image
from drivers.camera.feed import Pace
from drivers.errors import Missing, Refused, Unsupported

USUAL_FPS = 25.0
"""For clips that do not say, or say nonsense."""
MAX_FPS = 240.0
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".jp2", ".ppm", ".pgm"}
)
MAX_PICTURE_BYTES = 64 << 20
HEAD_BYTES = 4096
TEXTUAL_VIDEO = b"YUV4MPEG2"
"""The one video format whose file begins with text."""


class Clip:
    """A video file. A reader that falls behind misses pictures; the clip keeps its own time."""

    def __init__(self, path: str, loop: bool, real_time: bool) -> None:
        self._path, self._loop, self._real_time = path, loop, real_time
        self._capture = cv2.VideoCapture()
        self._pace = Pace(USUAL_FPS, real_time)

    def open(self) -> None:
        """`Missing`, `Refused`, or `Unsupported` when no video can be seen in the file."""
        _check_readable(self._path)
        _check_not_text(self._path)
        if not self._capture.open(str(Path(self._path).absolute()), cv2.CAP_FFMPEG):
            raise Unsupported("camera.not_a_video", self._path)
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        if math.isfinite(fps) and 0 < fps <= MAX_FPS:
            self._pace = Pace(fps, self._real_time)

    def read(self, stop: threading.Event) -> Frame | None:
        """The next picture at its time; None at the end unless looping."""
        for _ in range(self._pace.behind()):
            if not self._capture.grab():
                break
            self._pace.skip()
        image = self._next_image()
        if image is None:
            return None
        at = self._pace.next(stop)
        return Frame(image, self._pace.number, at)

    def interrupt(self) -> None:
        """Nothing to do: reads from files are short."""

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _next_image(self) -> Image | None:
        good, image = self._capture.read()
        if not good and self._loop:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, image = self._capture.read()
        if not good and not self._pace.number:
            raise Unsupported("camera.not_a_video", self._path)
        return np.asarray(image, np.uint8) if good else None


class Pictures:
    """Picture files at a set rate, in the order of their names; reduced to `max_side_px`."""

    def __init__(self, pattern: str, fps: float, loop: bool, real_time: bool, max_side_px: int) -> None:
        self._pattern = pattern
        self._files: tuple[str, ...] = ()
        self._loop, self._max_side_px = loop, max_side_px
        self._pace = Pace(fps, real_time)
        self._index = 0
        self._last: tuple[int, Image] | None = None

    def open(self) -> None:
        """`Missing` when there are no such files."""
        self._files = picture_files(self._pattern)

    def read(self, stop: threading.Event) -> Frame | None:
        """The next picture at its time; None after the last unless looping."""
        if not self._loop and self._index >= len(self._files):
            return None
        image = self._image(self._index % len(self._files))
        self._index += 1
        at = self._pace.next(stop, unhurried=True)
        return Frame(image.copy(), self._pace.number, at)

    def interrupt(self) -> None:
        """Nothing to do: reads from files are short."""

    def close(self) -> None:
        """Nothing is held."""

    def _image(self, index: int) -> Image:
        if self._last is None or self._last[0] != index:
            self._last = (index, read_picture(self._files[index], self._max_side_px))
        return self._last[1]


def picture_files(pattern: str) -> tuple[str, ...]:
    """Files meant by a folder, a file or a glob. `Missing` when there are none."""
    path = Path(pattern)
    if path.is_dir():
        names = [str(file) for file in path.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES]
    elif path.exists():
        names = [pattern]
    else:
        names = [name for name in glob.glob(pattern) if Path(name).is_file()]  # noqa: PTH207  absolute patterns
    if not names:
        raise Missing("camera.missing", pattern)
    return tuple(sorted(names))


def read_picture(path: str, max_side_px: int) -> Image:
    """The picture in `path`, upright, no side longer than `max_side_px`; `Unsupported` when it is none."""
    _check_readable(path)
    size = Path(path).stat().st_size
    if not 0 < size <= MAX_PICTURE_BYTES:
        raise Unsupported("camera.not_a_picture", path, bytes=size)
    data = np.fromfile(path, np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise Unsupported("camera.not_a_picture", path, cause="decoder") from error
    if image is None:
        raise Unsupported("camera.not_a_picture", path, bytes=size)
    scale = max_side_px / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def _check_readable(path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except FileNotFoundError as error:
        raise Missing("camera.missing", path) from error
    except PermissionError as error:
        raise Refused("camera.no_permission", path) from error
    except OSError as error:
        raise Unsupported("camera.not_a_video", path, cause=type(error).__name__) from error


def _check_not_text(path: str) -> None:
    """FFmpeg draws text files as pictures of a terminal, which would pass for a video."""
    with Path(path).open("rb") as file:
        head = file.read(HEAD_BYTES)
    textual = all(byte >= 0x20 or byte in b"\t\n\r\f\x1b" for byte in head)
    if not head or (textual and not head.startswith(TEXTUAL_VIDEO)):
        raise Unsupported("camera.not_a_video", path, bytes=len(head))
