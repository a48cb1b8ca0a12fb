"""What covers an aligned face: each part is compared with the person's own cheeks, never with a skin colour.

A mask has another colour than the skin above it, dark glasses are darker than the cheeks below them, a lamp
in glasses is brighter than any skin. So a limit means the same for every skin: what counts is the difference
between two parts of one face. The parts are squares of the template of `models.face.align`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image
from models.face.light import FLOOR, steps

Grey = npt.NDArray[np.uint8]
Part = tuple[slice, slice]

GLABELLA: Part = (slice(38, 52), slice(50, 62))
"""Between the brows: skin in nearly every person, with a mask or without."""
CHEEKS: tuple[Part, Part] = ((slice(62, 80), slice(27, 42)), (slice(62, 80), slice(70, 85)))
"""The person's right one first, as everywhere in a picture."""
EYES: tuple[Part, Part] = ((slice(44, 60), slice(27, 49)), (slice(44, 60), slice(63, 85)))
EYES_AND_BROWS: tuple[Part, Part] = ((slice(34, 60), slice(27, 49)), (slice(34, 60), slice(63, 85)))
MOUTH: Part = (slice(84, 102), slice(40, 72))
LIPS: Part = (slice(84, 100), slice(44, 68))
CHIN: Part = (slice(101, 111), slice(44, 68))
BROW: Part = (slice(16, 32), slice(38, 74))

GREY_CHROMA = 128
"""Chroma of what has no colour."""
LEAST_CHROMA = 12.0
"""Less colour than this in the skin is mostly noise of the camera."""
LIDS = 0.8
"""In a face without glasses a fifth of an eye's region, lids and whites, is brighter than the rest."""
LINE = 0.05
"""The line between the lips is the darkest twentieth of their region."""
MIRRORED = 235
"""Grey value from which a spot may be a lamp's image in glasses."""
SHINE = 1.15
"""It is also brighter than the skin by this factor, or it is fair skin in good light."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The numbers of `models.api.Quality` of the same names."""

    eye_cover: float
    strands: float
    mouth_cover: float
    mouth_line: float
    brow_cover: float
    glare: float


def cover_of(aligned: Image) -> Cover:
    """What covers the face."""
    planes = np.asarray(cv2.cvtColor(aligned, cv2.COLOR_BGR2YCrCb), np.uint8)
    grey = planes[:, :, 0]
    skin, cheeks, brow = _colour(planes, GLABELLA), _colour(planes, *CHEEKS), _colour(planes, BROW)
    lower = (cheeks, _colour(planes, MOUTH), _colour(planes, CHIN))
    upper = max(skin[0], brow[0])
    return Cover(
        eye_cover=max(_shadow(grey, eye, cheek, upper) for eye, cheek in zip(EYES, CHEEKS, strict=True)),
        strands=max(_strands(grey[eye]) for eye in EYES_AND_BROWS),
        mouth_cover=min(_tint(part, skin) for part in lower),
        mouth_line=_line(grey[LIPS]) / max(cheeks[0], FLOOR),
        brow_cover=min(_tint(brow, skin), _tint(brow, cheeks)),
        glare=max(_glare(grey[eye], cheeks[0]) for eye in EYES),
    )


def _colour(planes: Image, *parts: Part) -> tuple[float, float, float]:
    """Median grey value and chroma (red, blue, without their zero) of some parts together."""
    pixels = np.concatenate([planes[part].reshape(-1, 3) for part in parts])
    middle = len(pixels) // 2
    grey, red, blue = np.partition(pixels, middle, axis=0)[middle].tolist()
    return grey, red - GREY_CHROMA, blue - GREY_CHROMA


def _tint(part: tuple[float, float, float], skin: tuple[float, float, float]) -> float:
    """How far apart two colours are, in saturations of the skin; brightness does not count."""
    return math.hypot(part[1] - skin[1], part[2] - skin[2]) / max(math.hypot(skin[1], skin[2]), LEAST_CHROMA)


def _shadow(grey: Grey, eye: Part, cheek: Part, upper: float) -> float:
    """How many exposure steps lids and white of an eye are darker than the skin below and above them.

    The darker of both counts: a white mask is no bright cheek.
    """
    return steps(min(_share(grey[cheek], 0.5), upper), _share(grey[eye], LIDS))


def _strands(part: Grey) -> float:
    """Edges that run down against edges that run across: brows, lids and irises lie across, hair hangs."""
    across = cv2.norm(part[:, 1:], part[:, :-1], cv2.NORM_L1) / part[:, 1:].size
    down = cv2.norm(part[1:], part[:-1], cv2.NORM_L1) / part[1:].size
    return across / max(down, 0.1)


def _line(lips: Grey) -> float:
    """How much darker than its middle the darkest part of the lips' region is."""
    return _share(lips, 0.5) - _share(lips, LINE)


def _glare(eye: Grey, skin: float) -> float:
    """Share of an eye's region that is a mirrored lamp."""
    return float((eye >= max(MIRRORED, min(SHINE * skin, 255.0))).mean())


def _share(part: Grey, share: float) -> float:
    """The grey value below which this share of a part lies."""
    values = part.ravel()
    place = int(values.size * share)
    return float(np.partition(values, place)[place])
