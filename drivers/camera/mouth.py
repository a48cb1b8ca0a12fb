"""Opens the mouth of a portrait: the jaw goes down, and what the lips give way to is dark."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from drivers.camera.puppet import Points

Floats = npt.NDArray[np.float32]

UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""Inner edges of the lips, from image left to image right."""
CHIN = 152
DROP_FACES = 0.2
"""How far the lower lip goes down in a wide open mouth, in face widths: about 29 mm."""
JAW_WIDTH_FACES = 0.42
NECK_FACES = 0.5
"""Over this height below the chin the neck takes up the motion."""
CAVITY = (34, 26, 52)
TEETH = (196, 206, 212)
TEETH_SHARE = 0.22


def mouth_opened(portrait: Image, points: Points, face_px: float, opened: float) -> Image:
    """`portrait` with its mouth `opened` from 0 (as it is) to 1 (wide)."""
    upper, lower = points[list(UPPER_INNER), :2], points[list(LOWER_INNER), :2]
    drop = DROP_FACES * face_px * opened
    x = np.arange(portrait.shape[1], dtype=np.float32)
    seam = np.interp(x, lower[:, 0], lower[:, 1]).astype(np.float32)
    gap, jaw = _gap(x, lower, drop), _jaw(x, points, face_px, drop)
    y = np.arange(portrait.shape[0], dtype=np.float32)[:, None]
    down = _down(y, (seam, points[CHIN, 1], NECK_FACES * face_px), gap, jaw)
    columns = np.broadcast_to(x, down.shape).astype(np.float32)
    rows = _carried_back(y, down, seam)
    moved = cv2.remap(portrait, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (y > np.interp(x, upper[:, 0], upper[:, 1])) & (y < seam + gap) & (gap > 0)
    return _filled(np.asarray(moved, np.uint8), inside, y, upper, x, gap)


def _gap(x: Floats, lip: Floats, drop: float) -> Floats:
    """How far apart the lips are in each column: most in the middle, nothing at the corners."""
    half = (lip[-1, 0] - lip[0, 0]) / 2
    away = np.abs(x - (lip[0, 0] + half)) / max(half, 1e-6)
    return np.asarray(drop * np.sqrt(1 - np.clip(away, 0, 1) ** 2), np.float32)


def _jaw(x: Floats, points: Points, face_px: float, drop: float) -> Floats:
    """How far the jaw goes down in each column."""
    away = (x - points[CHIN, 0]) / (JAW_WIDTH_FACES * face_px)
    return np.asarray(drop * np.exp(-(away**4)), np.float32)


def _down(y: Floats, face: tuple[Floats, float, float], gap: Floats, jaw: Floats) -> Floats:
    """How far each place of the portrait goes down: at the lips by the gap, at the chin by the jaw.

    `face` is the row of the seam in each column, that of the chin, and the height of the neck below it.
    """
    seam, chin, neck = face
    share = _eased((y - seam) / np.maximum(chin - seam, 1.0))
    return np.asarray(
        (y > seam) * (gap + (np.maximum(gap, jaw) - gap) * share) * (1 - _eased((y - chin) / neck)),
        np.float32,
    )


def _carried_back(y: Floats, down: Floats, seam: Floats) -> Floats:
    """For each place the row of the portrait that has come there; the opening shows the row of the seam."""
    rows = np.broadcast_to(y, down.shape).copy()
    for column in np.flatnonzero(down.any(axis=0)):
        rows[:, column] = np.interp(y[:, 0], y[:, 0] + down[:, column], y[:, 0])
    return rows


def _eased(share: Floats) -> Floats:
    held = np.clip(share, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


def _filled(
    picture: Image, inside: npt.NDArray[np.bool_], y: Floats, upper: Floats, x: Floats, gap: Floats
) -> Image:
    """The cavity, with the edge of the upper teeth in it."""
    top = np.interp(x, upper[:, 0], upper[:, 1])
    teeth = inside & (y < top + TEETH_SHARE * gap)
    mask = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
    colour = np.where(teeth[..., None], np.array(TEETH, np.float32), np.array(CAVITY, np.float32))
    colour = cv2.GaussianBlur(colour, (0, 0), 1.2)
    return np.asarray(picture * (1 - mask) + colour * mask, np.uint8)
