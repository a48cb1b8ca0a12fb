"""How well a document was photographed: size, tilt, light, glare and sharpness, and what to change first.

Sharpness is measured at the document's own border, which is a step whatever is printed inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from config.settings import Documents
from models.api import Image
from models.paper.edges import Floats
from models.paper.outline import Outline
from models.paper.straight import DOTS_PER_MM, Straight
from models.paper.view import axes

SATURATED = 250
"""Of the darkest channel, from which a reflection leaves nothing to see."""
SPECK_MM = 1.3
"""Bright spots narrower than this are print, not glare."""
PROFILES = 64
"""Places on a side at which its border is looked at."""
PROFILE_MM, STEP_MM = 2.4, 0.02
"""How far on either side of the border, and in what steps."""
LEAST_STEP = 14.0
"""Grey values between document and desk from which sharpness can be told."""
PLACES = (
    ("top_left", "top", "top_right"),
    ("left", "middle", "right"),
    ("bottom_left", "bottom", "bottom_right"),
)
Box = tuple[float, float, float, float]
"""Left, top, width, height in millimetres on the document."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How a document was photographed."""

    dots_per_mm: float
    """Pixels of the picture to a millimetre, where it is furthest away."""
    tilt_degrees: float
    """Between the document and the camera's sensor."""
    luminance: float
    """Of the brighter tenth of the document, 0-255: ink may be dark, paper or gloss may not."""
    glare_share: float
    """Of the document's area."""
    glare_place: str
    """Where most of it is: one of `PLACES`; empty when there is none."""
    blur_mm: float
    """Sigma of the blur on the document."""
    problem: str | None
    """The one thing to change first, a message key; None when nothing need be."""


def judge(image: Image, outline: Outline, straight: Straight, limits: Documents) -> Judged:
    """Measure, and compare with the limits of the settings in the order in which things are put right."""
    size = image.shape[1], image.shape[0]
    mask = glare(straight.picture)
    brightest = float(np.quantile(straight.picture[::4, ::4].max(axis=2), 0.9))
    measured = (
        _dots_per_mm(outline),
        tilt(outline, size),
        brightest,
        float(mask.mean()) / 255,
        _place(mask),
        blur_mm(image, outline),
    )
    return Judged(*measured, problem=_first_problem(outline, measured, limits))


def unseen(image: Image, limits: Documents) -> str:
    """Why no document was found: it may be too dark for any; a message key."""
    brightest = float(np.quantile(image[::4, ::4].max(axis=2), 0.9))
    return "paper.dark" if brightest < limits.least_luminance else "paper.not_found"


def glare(flat: Image) -> Image:
    """Where reflections drown a straightened document: 255 there, else 0."""
    white = cv2.inRange(flat, (SATURATED,) * 3, (255,) * 3)
    side = round(SPECK_MM * DOTS_PER_MM)
    return np.asarray(cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)), np.uint8)


def drowned(mask: Image, box: Box) -> float:
    """The share of a field that reflections cover."""
    left, top, wide, high = (round(edge * DOTS_PER_MM) for edge in box)
    part = mask[max(0, top) : top + high, max(0, left) : left + wide]
    return float(part.mean()) / 255 if part.size else 0.0


def tilt(outline: Outline, size: tuple[int, int]) -> float:
    """Degrees between the document's normal and the camera's axis, for a camera of usual focal length."""
    normal = np.cross(*axes(outline.corners, size))
    return float(np.degrees(np.arccos(min(1.0, abs(normal[2]) / max(float(np.linalg.norm(normal)), 1e-12)))))


def blur_mm(image: Image, outline: Outline) -> float:
    """Sigma of the blur across the document's own border, in the worse direction; infinite when unseen.

    The border is a step whatever is printed, so that the number does not depend on the document's content. Of
    opposite sides the sharper one counts: a shadow beside the other is no blur.
    """
    sides = [_side_blur(image, outline, number) for number in range(4)]
    pairs = [[blur for blur in pair if blur is not None] for pair in (sides[::2], sides[1::2])]
    return max((min(pair) for pair in pairs if pair), default=float("inf"))


def _side_blur(image: Image, outline: Outline, number: int) -> float | None:
    """Of one side; None where the document hardly differs from what lies beside it."""
    start, end = outline.corners[number], outline.corners[(number + 1) % 4]
    length = outline.format.value[number % 2]
    along = (end - start) / length
    across = np.array([along[1], -along[0]])
    places = np.linspace(0.12, 0.88, PROFILES) * length
    offsets = np.arange(-PROFILE_MM, PROFILE_MM + STEP_MM, STEP_MM)
    points = start + places[:, None, None] * along + offsets[None, :, None] * across
    maps = points.astype(np.float32)
    profiles: Floats = cv2.remap(
        image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    rise = np.median(profiles, axis=0)
    channel = int(np.abs(rise[-1] - rise[0]).argmax())
    return _spread(rise[:, channel])


def _spread(rise: Floats) -> float | None:
    """Sigma in millimetres of a step: half the way between 16 and 84 hundredths of its height."""
    quarter = len(rise) // 4
    low, high = float(np.median(rise[:quarter])), float(np.median(rise[-quarter:]))
    if abs(high - low) < LEAST_STEP:
        return None
    height = (rise - low) / (high - low)
    middle = int(np.abs(height - 0.5).argmin())
    before, after = np.flatnonzero(height[:middle] < 0.16), np.flatnonzero(height[middle:] > 0.84)
    if not len(before) or not len(after):
        return None
    return float((middle + after[0] - before[-1]) * STEP_MM / 2)


def _dots_per_mm(outline: Outline) -> float:
    """Of the side that looks smallest."""
    sides = np.linalg.norm(np.roll(outline.corners, -1, 0) - outline.corners, axis=1)
    return float((sides / np.tile(outline.format.value, 2)).min())


def _place(mask: Image) -> str:
    cells = cv2.resize(mask, (3, 3), interpolation=cv2.INTER_AREA)
    if not mask.any():
        return ""
    row, column = np.unravel_index(int(cells.argmax()), cells.shape)
    return PLACES[int(row)][int(column)]


def _first_problem(
    outline: Outline, measured: tuple[float, float, float, float, str, float], limits: Documents
) -> str | None:
    dots, tilted, brightest, glaring, _, blurred = measured
    checks = (
        (not outline.whole, "paper.cut_off"),
        (dots < limits.least_dots_per_mm, "paper.too_far"),
        (brightest < limits.least_luminance, "paper.dark"),
        (tilted > limits.most_tilt_degrees, "paper.tilted"),
        (glaring > limits.most_glare_share, "paper.glare"),
        (blurred > limits.most_blur_mm, "paper.blurred"),
    )
    return next((key for wrong, key in checks if wrong), None)
