"""Reads clips for evaluation: up to a number of frames, evenly spread over the first seconds.

Nothing in a clip is trusted. Only known containers are opened, by what they hold, not by their name; a
process of its own decodes them (see `models.evaluate.clip_child`), and one that hangs is ended.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.api import Image, PictureError
from models.evaluate.clip_child import HEADER, NOT_OPENED, TOO_LARGE

CLIPS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg"})
"""File types read as clips."""

RATE = 8.0
"""Frames looked at each second: what a two-core terminal manages."""
SECONDS = 10.0
"""Longer clips are judged by their beginning, as a customer would be."""
LONG_SIDE = 1280
MOST_PIXELS = 9_500_000
"""Of a frame; 4096 × 2304 is let in."""
MOST_MEMORY = 1_000_000_000
"""What the decoder may take beyond what it has when it starts."""
WAIT_SECONDS = 20.0
"""How long one frame may take, the first with the start of the process."""
ALL_SECONDS = 60.0
"""How long all frames together may take."""
SHOWN_BYTES = 512
"""Enough of a file to tell its container."""


def clip_frames(file: Path) -> Iterator[tuple[float, Image]]:
    """Seconds from the start and picture, one after the other; pictures may differ in size.

    Raises PictureError ``picture.missing``, ``.empty``, ``.not_a_clip``, ``.damaged``, ``.clip_too_large``.
    """
    _check(file)
    command = [sys.executable, "-I", str(Path(__file__).with_name("clip_child.py")), str(file.absolute())]
    limits = [RATE, SECONDS, LONG_SIDE, MOST_PIXELS, MOST_MEMORY]
    child = subprocess.Popen(
        [*command, *map(str, limits)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield from _frames(child, file.name)
    finally:
        child.kill()
        child.communicate()


def _check(file: Path) -> None:
    """Refuse what is no clip."""
    if not file.is_file():
        raise PictureError("picture.missing", file.name)
    try:
        with file.open("rb") as handle:
            beginning = handle.read(SHOWN_BYTES)
    except OSError as error:
        raise PictureError("picture.missing", file.name, cause=error.strerror) from error
    if not beginning:
        raise PictureError("picture.empty", file.name)
    if not _is_container(beginning):
        raise PictureError("picture.not_a_clip", file.name)


def _is_container(beginning: bytes) -> bool:
    """True for MP4 and QuickTime, Matroska and WebM, AVI, and MPEG program and transport streams.

    Playlists and the like, which would make the decoder open other files, are none of them.
    """
    return (
        beginning[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        or beginning[:4] in (b"\x1a\x45\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3")
        or (beginning[:4] == b"RIFF" and beginning[8:12] == b"AVI ")
        or (beginning[:1] == b"G" and beginning[188:189] == b"G" and beginning[376:377] == b"G")
    )


def _frames(child: subprocess.Popen[bytes], name: str) -> Iterator[tuple[float, Image]]:
    """The frames that the child writes. What it says at its end decides when there is none."""
    source = child.stdout.fileno() if child.stdout else -1
    waited, count = _Patience(), 0
    while (header := _read(source, HEADER.size, waited, name)) is not None:
        at, height, width = HEADER.unpack(header)
        body = _read(source, height * width * 3, waited, name)
        if body is None:
            break
        count += 1
        yield at, np.frombuffer(body, np.uint8).reshape(height, width, 3)
    code = child.wait(WAIT_SECONDS)
    if code == TOO_LARGE:
        raise PictureError("picture.clip_too_large", name)
    if code == NOT_OPENED or count == 0:
        raise PictureError("picture.damaged", name)
    if code:
        raise PictureError("picture.damaged", name, cause=f"the decoder ended with {code}")


class _Patience:
    """What is left of the time for waiting."""

    def __init__(self) -> None:
        self.left = ALL_SECONDS


def _read(source: int, size: int, patience: _Patience, name: str) -> bytearray | None:
    """So many bytes from the child; None at its end. Raises PictureError when it takes too long."""
    data, began = bytearray(), time.monotonic()
    until = began + min(WAIT_SECONDS, patience.left)
    while len(data) < size:
        ready, _, _ = select.select([source], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise PictureError("picture.damaged", name, cause="it takes too long")
        piece = os.read(source, size - len(data))
        if not piece:
            return None
        data += piece
    patience.left -= time.monotonic() - began
    return data
