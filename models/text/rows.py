"""Finds rows of print on a straightened document, whatever their colour: dark, light, raised or flat.

Signs are found by what all have: many steep changes from left to right, close together, of one height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image
from models.text.strokes import Points, Stroke, fitted

Floats = npt.NDArray[Any]

Box = tuple[float, float, float, float]
"""Left, top, width, height in millimetres from the document's top left."""

SEARCH_DOTS_PER_MM = 6.0
STEEP = 2.2
"""Change from left to right that belongs to print, in medians of the document's own…"""
FLOOR = 8.0
"""… and this much more, for a document without any texture."""
AROUND_MM = 1.5
LEAST_HEIGHT_MM = 1.2
MOST_SLOPE_DEGREES = 5.0
SQUARE = 2.0
"""Rows shorter than so many heights, of one sign or two, have no slope that could be told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows are looked for, millimetres."""

    heights: tuple[float, float]
    """Least and most, with what blur adds."""
    least_length: float
    join: float
    """The widest gap within a row."""
    run: float
    """Least part of a row that stays at one height however the row slopes."""
    least_aspect: float = 5.0
    contrast: float = 0.0
    """Of the document's steepest changes: weaker ones belong to no print. Parts rows that nearly touch."""


def find_rows(document: Image, dots_per_mm: float, wanted: Wanted) -> tuple[Stroke, ...]:
    """Rows of print, from the top down; pixels of the document."""
    return rows_in(dense(document, dots_per_mm, wanted), dots_per_mm, wanted)


def rows_in(mask: Image, dots_per_mm: float, wanted: Wanted, box: Box | None = None) -> tuple[Stroke, ...]:
    """The rows of what `dense` found, of all or of a box in millimetres; pixels of the document."""
    scale = dots_per_mm / SEARCH_DOTS_PER_MM
    shift = (0, 0)
    if box is not None:
        left, top, right, bottom = (
            max(0, round(edge * SEARCH_DOTS_PER_MM))
            for edge in (box[0], box[1], box[0] + box[2], box[1] + box[3])
        )
        mask, shift = np.ascontiguousarray(mask[top:bottom, left:right]), (left, top)
    if not mask.size:
        return ()
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask)
    rows: list[Stroke] = []
    for label in range(1, count):
        x, y, wide, high = (int(value) for value in boxes[label][:4])
        if wide < wanted.least_length * SEARCH_DOTS_PER_MM:
            continue
        inside = np.argwhere(labels[y : y + high, x : x + wide] == label)[:, ::-1]
        row = _row(inside + np.array([x + shift[0], y + shift[1]], float), wide, high, wanted)
        if row is not None and wanted.heights[0] < row.height / SEARCH_DOTS_PER_MM < wanted.heights[1]:
            centre = (row.centre[0] + 0.5) * scale - 0.5, (row.centre[1] + 0.5) * scale - 0.5
            rows.append(Stroke(centre, row.length * scale, row.height * scale, row.slope))
    return tuple(sorted(rows, key=lambda row: row.centre[1]))


def dense(document: Image, dots_per_mm: float, wanted: Wanted) -> Image:
    """Where rows may be: 1 there, else 0, at `SEARCH_DOTS_PER_MM`."""
    mm = SEARCH_DOTS_PER_MM
    scale = mm / dots_per_mm
    size = max(1, round(document.shape[1] * scale)), max(1, round(document.shape[0] * scale))
    small = cv2.resize(document, size, interpolation=cv2.INTER_AREA)
    slopes = np.abs(cv2.Sobel(cv2.GaussianBlur(small, (0, 0), 0.8), cv2.CV_32F, 1, 0)).max(axis=2)
    around = cv2.GaussianBlur(slopes, (0, 0), AROUND_MM * mm) + 2.0
    enough = np.minimum(around, STEEP * float(np.median(slopes)) + FLOOR)
    near: Floats = cv2.GaussianBlur(slopes, (0, 0), 1.2)
    if wanted.contrast:
        enough = np.maximum(enough, wanted.contrast * float(np.quantile(near, 0.98)))
    steep = (near > enough).astype(np.uint8)
    high = round(LEAST_HEIGHT_MM * mm)
    for operation, wide, tall in (
        (cv2.MORPH_OPEN, 1, high),
        (cv2.MORPH_CLOSE, round(wanted.join * mm), 1),
        (cv2.MORPH_OPEN, 9, high),
        (cv2.MORPH_OPEN, max(1, round(wanted.run * mm)), 1),
    ):
        steep = cv2.morphologyEx(steep, operation, np.ones((tall, wide), np.uint8))
    return np.asarray(steep, np.uint8)


def _row(points: Points, wide: int, high: int, wanted: Wanted) -> Stroke | None:
    """The row through these points, level when it is of a sign or two; None when it is none."""
    if wide >= SQUARE * high:
        return fitted(points, MOST_SLOPE_DEGREES, wanted.least_aspect)
    x, y = (points.min(axis=0) + points.max(axis=0)) / 2
    return (
        Stroke((float(x), float(y)), float(wide), float(high), 0.0)
        if wide >= wanted.least_aspect * high
        else None
    )
