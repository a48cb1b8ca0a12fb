"""The room behind the counter, as a camera sees it out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from drivers.api import Image


def room(width: int, height: int, seed: int) -> Image:
    """A wall, a door, a notice board, chairs and ceiling lights, blurred; differs with `seed`."""
    random = np.random.default_rng(seed)
    unit = height / 480
    wall = np.linspace(206, 168, height, dtype=np.float32)[:, None, None]
    picture = np.repeat(wall * np.array([0.93, 0.98, 1.0], np.float32), width, axis=1).astype(np.uint8)

    def box(x: float, y: float, w: float, h: float, colour: tuple[int, int, int]) -> None:
        start, end = (round(x * unit), round(y * unit)), (round((x + w) * unit), round((y + h) * unit))
        cv2.rectangle(picture, start, end, colour, -1)

    shift = float(random.uniform(-30, 30))
    box(0, 405, width / unit, 75, (96, 108, 122))
    box(40 + shift, 120, 120, 290, (110, 138, 164))
    box(52 + shift, 132, 96, 265, (126, 152, 176))
    box(400 + shift, 90, 190, 120, (150, 120, 88))
    for column in range(3):
        box(412 + shift + 60 * column, 104, 46, 92, (226, 230, 232))
    for chair in range(4):
        box(230 + shift + 95 * chair, 330, 62, 90, (118, 92, 64))
    for light in range(3):
        box(80 + 210 * light, 6, 120, 16, (250, 252, 252))
    soft = cv2.GaussianBlur(picture, (0, 0), 5 * unit)
    grain = random.normal(0, 1.2, soft.shape)
    return np.asarray(np.clip(soft + grain, 0, 255), np.uint8)
