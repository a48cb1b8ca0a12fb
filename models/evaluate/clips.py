"""Reads clips for evaluation: up to a number of frames, evenly spread over the first seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from models.api import Image, PictureError
from models.picture import shrunk

CLIPS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg"})
"""File types read as clips."""

RATE = 8.0
"""Frames looked at each second: what a two-core terminal manages."""
SECONDS = 10.0
"""Longer clips are judged by their beginning, as a customer would be."""
LONG_SIDE = 1280
UNKNOWN_RATE = 25.0
"""Taken when a clip does not say how many frames a second it has."""


def clip_frames(file: Path) -> Iterator[tuple[float, Image]]:
    """Seconds from the start and picture, one after the other.

    Raises PictureError ``picture.missing``, ``picture.empty`` or ``picture.damaged``.
    """
    if not file.is_file():
        raise PictureError("picture.missing", file.name)
    if file.stat().st_size == 0:
        raise PictureError("picture.empty", file.name)
    clip = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
    try:
        yield from _read(clip, file)
    finally:
        clip.release()


def _read(clip: cv2.VideoCapture, file: Path) -> Iterator[tuple[float, Image]]:
    """The frames wanted of an opened clip."""
    rate = clip.get(cv2.CAP_PROP_FPS)
    rate = rate if 1 <= rate <= 1000 else UNKNOWN_RATE
    every = max(1, round(rate / RATE))
    for index in range(int(SECONDS * rate)):
        if not clip.grab():
            if index == 0:
                raise PictureError("picture.damaged", file.name)
            return
        if index % every:
            continue
        there, image = clip.retrieve()
        if there and image is not None:
            yield index / rate, shrunk(image, LONG_SIDE)  # type: ignore[arg-type]
