"""The pictures a simulated network camera serves, as JPEG: a room with something moving, or a recording.

Made once, so that serving costs nothing; each differs from the one before, as those of a living sensor do.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from drivers.api import Image
from drivers.camera.scenery import room

VARIANTS = 24
QUALITY = 88
MOST_RECORDED = 500
"""Pictures of a recording; the rest is left out."""
UNLIT = 0.12
"""Brightness without the infrared lamp."""
FLESH = (38.0, 52.0, 168.0)
"""BGR of light that comes through a fingertip: red, as blood absorbs the rest."""


class Cards:
    """All pictures of one simulated camera."""

    def __init__(
        self, width: int, height: int, *, infrared: bool = False, alternate: bool = False, recording: str = ""
    ) -> None:
        """`ValueError` when `recording` holds no picture."""
        random = np.random.default_rng(5)
        scenes = _recorded(recording, (width, height)) if recording else _moving(width, height)
        if infrared:
            scenes = [_grey(each) for each in scenes]
        if alternate:
            scenes = [each if i % 2 else (each * UNLIT).astype(np.uint8) for i, each in enumerate(scenes)]
        self._whole = [_jpeg(each, random) for each in scenes]
        self._small = [_jpeg(each[::2, ::2], random) for each in scenes[:VARIANTS]]
        dark = np.zeros((height, width, 3), np.uint8)
        self._black = [_jpeg(dark, random) for _ in range(VARIANTS)]
        hand = covering(width, height)
        self._covered = [_jpeg(_grey(hand) if infrared else hand, random) for _ in range(VARIANTS)]

    def picture(self, number: int) -> bytes:
        """What it sees."""
        return self._whole[number % len(self._whole)]

    def small(self, number: int) -> bytes:
        """In half the size."""
        return self._small[number % len(self._small)]

    def black(self, number: int) -> bytes:
        """Without light."""
        return self._black[number % VARIANTS]

    def covered(self, number: int) -> bytes:
        """With a finger on the lens."""
        return self._covered[number % VARIANTS]


def covering(width: int, height: int) -> Image:
    """What a camera sees with a finger on its lens: a red glow, brighter where light leaks in."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    leak = np.exp(-(((x / width - 0.9) / 0.6) ** 2) - ((y / height - 0.3) / 0.7) ** 2)
    glow = 0.55 + 0.45 * leak[..., None]
    return np.asarray(np.array(FLESH, np.float32) * glow, np.uint8)


def _moving(width: int, height: int) -> list[Image]:
    """A room, and a ball on a circle in it."""
    scene, made = room(width, height, 3), list[Image]()
    for number in range(VARIANTS):
        drawn, turn = scene.copy(), 2 * math.pi * number / VARIANTS
        place = (round(width * (0.5 + 0.25 * math.cos(turn))), round(height * (0.5 + 0.25 * math.sin(turn))))
        cv2.circle(drawn, place, height // 8, (60, 110, 200), -1)
        made.append(drawn)
    return made


def _recorded(clip: str, size: tuple[int, int]) -> list[Image]:
    capture, made = cv2.VideoCapture(clip), list[Image]()
    try:
        while len(made) < MOST_RECORDED:
            good, image = capture.read()
            if not good:
                break
            made.append(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8))
    finally:
        capture.release()
    if not made:
        raise ValueError("the recording holds no picture")
    return made


def _grey(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def _jpeg(picture: Image, random: np.random.Generator) -> bytes:
    noisy = np.clip(picture + random.normal(0, 1.8, picture.shape[:2])[..., None], 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
