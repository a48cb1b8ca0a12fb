"""A line of print in a picture: where it lies, how it slopes, and cut out of the picture level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

MARGIN = 0.35
"""Of the print's height, above, below and at both ends of a line."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of print, in pixels of the search."""

    centre: tuple[float, float]
    length: float
    height: float
    slope: float
    """Radians."""


def fitted(points: Points, most_slope: float, least_aspect: float) -> Stroke | None:
    """The line through the middle of the print; None when it is not long and flat enough."""
    centre = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points[:: max(1, len(points) // 4000)] - centre, full_matrices=False)
    along = axes[0] if axes[0][0] >= 0 else -axes[0]
    slope = math.atan2(along[1], along[0])
    if abs(slope) > math.radians(most_slope):
        return None
    across = np.array([-along[1], along[0]])
    lengthwise, crosswise = (points - centre) @ along, (points - centre) @ across
    begin, end = float(lengthwise.min()), float(lengthwise.max())
    middles, heights = _profile(lengthwise, crosswise, begin, end)
    if len(middles) < 4:
        return None
    tilt, shift = np.polyfit(middles[:, 0], middles[:, 1], 1)
    length, height = end - begin, float(np.percentile(heights, 75))
    if height < 5 or length / height < least_aspect:
        return None
    middle = (begin + end) / 2
    point = centre + middle * along + (tilt * middle + shift) * across
    return Stroke((float(point[0]), float(point[1])), length, height, slope + math.atan(float(tilt)))


def straightened(image: Image, stroke: Stroke, scale: float) -> Image:
    """The line cut out of the picture, level, with a margin."""
    along = np.array([math.cos(stroke.slope), math.sin(stroke.slope)])
    across = np.array([-along[1], along[0]])
    margin = MARGIN * stroke.height
    half_long, half_high = stroke.length / 2 + margin, stroke.height / 2 + margin
    centre = np.array(stroke.centre)
    corners = [centre - half_long * along + side * half_high * across for side in (-1, 1)]
    corners.append(centre + half_long * along - half_high * across)
    wide, high = max(2, round(2 * half_long * scale)), max(2, round(2 * half_high * scale))
    source = (np.array(corners) * scale).astype(np.float32)
    target = np.array([[0, 0], [0, high], [wide, 0]], np.float32)
    warp = cv2.getAffineTransform(source, target)
    cut: Image = cv2.warpAffine(  # type: ignore[assignment]
        image, warp, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cut


def along(stroke: Stroke, places: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Where across the picture places of the cut-out line lie, given as shares of its length; pixels."""
    length = stroke.length + 2 * MARGIN * stroke.height
    return np.asarray(stroke.centre[0] + (places - 0.5) * length * math.cos(stroke.slope), np.float32)


def _profile(lengthwise: Points, crosswise: Points, begin: float, end: float) -> tuple[Points, Points]:
    """Middle and height of the print in each of many slices along the line."""
    slices = 40
    which = np.minimum(((lengthwise - begin) / max(end - begin, 1) * slices).astype(int), slices - 1)
    middles, heights = [], []
    for number in range(slices):
        inside = crosswise[which == number]
        if len(inside) < 3:
            continue
        low, high = np.percentile(inside, (3, 97))
        middles.append((begin + (number + 0.5) * (end - begin) / slices, (low + high) / 2))
        heights.append(high - low)
    return np.array(middles), np.array(heights)
