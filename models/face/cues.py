"""What a sheet of paper or a screen shows around and in the face: straight edges, two beating rasters.

Neither is proof. People stand before posters and wear checked shirts: a cue only joins a network that already
doubts (see `models.face.fusion`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Face, Image

Floats = npt.NDArray[np.float32]

WORK_WIDTH = 320
"""Edges are looked for in the picture scaled to this width."""
NEAR, FAR = 0.08, 0.85
"""Where an edge beside the face may be, in face lengths from its box."""
SPAN = (-0.25, 1.2)
"""What an upright edge must run along, in face heights from its top; a level one in widths, centred."""
SLANTS = tuple(math.tan(math.radians(each)) for each in range(-8, 9, 2))
EDGE = 8.0
"""Step across an edge, in grey levels."""
ALONG = 0.85
"""Share of its length along which an edge must be there; hair and shoulders are not straight so long."""
PATCH = 128
"""Side of the square in the face whose spectrum is looked at, in pixels of the camera."""
RING = (0.17, 0.47)
"""Frequencies of a screen's beat, in cycles a pixel: finer than skin, coarser than the sampling limit."""
AXIS_FREE = 2
"""Rows and columns around both axes of the spectrum that JPEG's blocks and interlacing fill."""


@dataclass(frozen=True, slots=True)
class Cues:
    """One frame's cues."""

    sides: int
    """Of four, on how many a straight edge runs along the face."""
    moire: float
    """Highest peak of the face's fine spectrum over its median."""


def cues_of(image: Image, face: Face) -> Cues:
    """The cues of the picture around and in `face`."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return Cues(edges_around(grey, face), moire_of(grey, face))


def edges_around(grey: npt.NDArray[np.uint8], face: Face) -> int:
    """On how many of its four sides a straight edge runs along the face."""
    scale = WORK_WIDTH / grey.shape[1]
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    x, y, wide, high = (each * scale for each in face.box)
    top, bottom = y + SPAN[0] * high, y + SPAN[1] * high
    middle, half = x + wide / 2, 0.75 * wide
    flat = np.ascontiguousarray(small.T)
    return sum(
        (
            _edge(small, (x - FAR * wide, x - NEAR * wide), (top, bottom)),
            _edge(small, (x + (1 + NEAR) * wide, x + (1 + FAR) * wide), (top, bottom)),
            _edge(flat, (y - FAR * high, y - NEAR * high), (middle - half, middle + half)),
            _edge(flat, (y + (1 + NEAR) * high, y + (1 + FAR) * high), (middle - half, middle + half)),
        )
    )


def moire_of(grey: npt.NDArray[np.uint8], face: Face) -> float:
    """Highest peak of the fine spectrum of the face's middle over its median; 0 for a small face."""
    x, y, wide, high = face.box
    left, top = round(x + wide / 2 - PATCH / 2), round(y + high / 2 - PATCH / 2)
    patch = grey[max(top, 0) : max(top, 0) + PATCH, max(left, 0) : max(left, 0) + PATCH]
    if patch.shape != (PATCH, PATCH) or min(wide, high) < PATCH:
        return 0.0
    power = np.abs(np.fft.rfft2((patch - patch.mean()) * _WINDOW)).astype(np.float32)
    smooth = cv2.blur(power, (2, 2))
    fine = smooth[_RING]
    return float(fine.max() / max(float(np.median(fine)), 1e-6))


def _edge(picture: Floats, columns: tuple[float, float], rows: tuple[float, float]) -> bool:
    """True when a straight, nearly upright edge runs along all `rows` within `columns`."""
    high, wide = picture.shape
    left, right = (round(min(max(each, 0), wide)) for each in columns)
    top, bottom = (round(min(max(each, 0), high)) for each in rows)
    if right - left < 6 or bottom - top < 24:
        return False
    band = picture[top:bottom, left:right]
    steps = (band[:, 3:] - band[:, :-3]).astype(np.float32)
    size = (steps.shape[1], steps.shape[0])
    centre = size[1] / 2
    for slant in SLANTS:
        sheared = cv2.warpAffine(steps, np.array([[1, slant, -slant * centre], [0, 1, 0]], np.float32), size)
        for sign in (1, -1):
            if float((sign * sheared >= EDGE).mean(axis=0).max()) >= ALONG:
                return True
    return False


def _ring() -> npt.NDArray[np.bool_]:
    """The places of a patch's half spectrum that belong to RING and to no axis."""
    down, across = np.fft.fftfreq(PATCH)[:, None], np.fft.rfftfreq(PATCH)[None, :]
    radius = np.hypot(down, across)
    off = (np.abs(down) * PATCH > AXIS_FREE) & (across * PATCH > AXIS_FREE)
    return np.asarray((radius >= RING[0]) & (radius <= RING[1]) & off)


_WINDOW = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
_RING = _ring()
