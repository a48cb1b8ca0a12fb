"""A document as if it lay flat before the camera: at one scale, level, its sides cut away."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from models.api import Image
from models.paper.edges import Floats
from models.paper.outline import Format, Outline

DOTS_PER_MM = 12.0
"""Of straightened documents: 300 dots an inch, about what a near webcam gives."""


@dataclass(frozen=True, slots=True)
class Straight:
    """A straightened document."""

    picture: Image = field(repr=False)
    """Height × width × 3, BGR, `DOTS_PER_MM` to the millimetre."""
    format: Format
    turned: bool = False
    """Turned by half a turn against the outline's own order of corners."""

    def upside_down(self) -> Straight:
        """The same by half a turn."""
        return Straight(np.ascontiguousarray(self.picture[::-1, ::-1]), self.format, not self.turned)


def straighten(image: Image, outline: Outline) -> Straight:
    """The document inside `outline`. What lies outside the picture is continued with its edge."""
    width, height = size(outline.format)
    warp = cv2.getPerspectiveTransform(outline.corners.astype(np.float32), _sheet(width, height))
    source = _without_moire(image, outline.corners, width)
    flat = cv2.warpPerspective(
        source, warp, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return Straight(np.asarray(flat, np.uint8), outline.format)


def size(format_: Format) -> tuple[int, int]:
    """Width and height of a straightened document, pixels."""
    width, height = format_.value
    return round(width * DOTS_PER_MM), round(height * DOTS_PER_MM)


def _sheet(width: int, height: int) -> Floats:
    """Corners of the straightened picture: those of its outermost pixels' outer sides."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - np.float32(0.5)


def _without_moire(image: Image, corners: Floats, width: int) -> Image:
    """Smoothed where the picture has more pixels than the straightened document will."""
    longest = max(float(np.linalg.norm(corners[n] - corners[n - 1])) for n in range(4))
    if longest <= 1.5 * width:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 * longest / width), np.uint8)
