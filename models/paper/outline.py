"""Finds the outline of a document in a camera's picture: four corners to a fraction of a pixel.

Four straight edges make an outline when they carry edge along most of their length, end at the corners, and
are the picture of a rectangle of the wanted proportions seen by an ordinary camera.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.api import Image
from models.paper.edges import Floats, Line, find_edges
from models.paper.quads import area, find_quads
from models.paper.refine import refined
from models.paper.view import clockwise, from_the_top, rectangle

SEARCH_SIDES = (560, 1000)
"""Pixels of the longer side of the picture that is searched; the second where the first fails."""
COARSE_SIDE = 220
"""The same, where nothing clear was found: so small, texture and grain of wood are gone."""
MOST_GAIN = 8.0
"""A dark picture is brightened so much at most."""
LEAST_SCORE = 0.42
FAIR = 0.6
"""Score below which it is asked whether a document lies partly outside instead."""
CLEAR = 0.72
"""Least score of such a one."""
CUT_OFF_AREA = 0.1
"""Least part of the picture that a document takes which leaves it."""
CUT_OFF_RATIO = float(np.log(1.75))
MOST_QUADS = 40
MOST_OUTLINES = 3
ANOTHER = 14.0
"""Pixels of the search by which a corner of another outline must differ."""
RATIO_SPREAD = 0.08
SKEW_SPREAD = 0.12


class Format(enum.Enum):
    """Sizes of documents (ISO/IEC 7810), millimetres."""

    ID1 = (85.6, 53.98)
    ID3 = (125.0, 88.0)

    @property
    def ratio(self) -> float:
        """Longer to shorter side."""
        return float(self.value[0] / self.value[1])


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's place in a picture."""

    corners: Floats
    """4 × 2 pixels, clockwise; the first two are the ends of a longer side, the one that lies higher."""
    format: Format
    score: float
    """0-1."""
    whole: bool
    """False when a corner lies outside the picture."""


def find_outlines(image: Image, formats: Sequence[Format] = (Format.ID1,)) -> tuple[Outline, ...]:
    """What may be documents' outlines, the likeliest first; a few at most.

    Where no document lies whole in the picture, one that leaves it is given: `Outline.whole` is then False.
    """
    found: tuple[Outline, ...] = ()
    for side in SEARCH_SIDES:
        found = _search(image, formats, side)
        if found or max(image.shape[:2]) <= side:
            break
    if any(each.whole and each.score >= FAIR for each in found):
        return found
    near = ANOTHER * max(image.shape[:2]) / SEARCH_SIDES[0]
    coarse = (_finer(image, each) for each in _search(image, formats, COARSE_SIDE) if each.whole)
    return (
        *found,
        *(each for each in coarse if all(_apart(each.corners, one.corners) > near for one in found)),
    )


def find_outline(image: Image, formats: Sequence[Format] = (Format.ID1,)) -> Outline | None:
    """The likeliest outline; None when nothing in the picture looks like a document."""
    return next(iter(find_outlines(image, formats)), None)


def _search(image: Image, formats: Sequence[Format], side: int) -> tuple[Outline, ...]:
    """The outlines found when the picture's longer side is brought to `side` pixels."""
    height, width = image.shape[:2]
    scale = max(1.0, max(height, width) / side)
    size = max(2, round(width / scale)), max(2, round(height / scale))
    lines = find_edges(_brightened(cv2.resize(image, size, interpolation=cv2.INTER_AREA)))
    quads, scores = find_quads(lines, size)
    rated: list[tuple[float, Floats, Format]] = []
    for format_ in formats:
        rates = scores * _proportions(quads, size, format_)
        best = np.argsort(-rates)[:MOST_QUADS]
        rated += [(float(rates[each]), clockwise(quads[each]), format_) for each in best]
    rated.sort(key=lambda each: -each[0])
    chosen: list[Outline] = []
    for score, rough, format_ in rated:
        if score <= LEAST_SCORE or len(chosen) == MOST_OUTLINES:
            break
        corners = (rough + 0.5) * scale - 0.5
        if all(_apart(corners, each.corners) > ANOTHER * scale for each in chosen):
            chosen.append(_outline(image, corners, scale, format_, score))
    if not chosen or chosen[0].score < FAIR:
        cut = _cut_off(lines, size, formats[0])
        if cut is not None and (not chosen or cut.score > chosen[0].score):
            corners = from_the_top((cut.corners + 0.5) * scale - 0.5)
            return Outline(corners, cut.format, cut.score, False), *chosen
    return tuple(chosen)


def _brightened(small: Floats) -> Image:
    """A dark picture made as bright as others, so that its edges count as much."""
    brightest = max(1.0, float(np.quantile(small, 0.98)))
    gain = min(MOST_GAIN, 160 / brightest)
    return np.asarray(np.clip(small * gain, 0, 255) if gain > 1 else small, np.uint8)


def _cut_off(lines: Sequence[Line], size: tuple[int, int], format_: Format) -> Outline | None:
    """A document that the picture's border cuts off: two or three clear sides, and the border."""
    quads, scores = find_quads((*lines, *_borders(size)), size)
    inside = ((quads > -1) & (quads < np.array(size))).all(axis=(1, 2))
    ratio, skew = rectangle(quads, size) if len(quads) else (np.zeros(0), np.zeros(0))
    stretched = np.abs(np.log(np.maximum(ratio, 1e-9)))
    large = area(quads) > CUT_OFF_AREA * size[0] * size[1]
    scores = np.where(
        inside & large & (np.abs(skew) < 2 * SKEW_SPREAD) & (stretched < CUT_OFF_RATIO), scores, 0
    )
    touching = (np.minimum(quads, np.array(size) - 1 - quads) < 1.5).any(axis=2).sum(axis=1) >= 2
    scores = np.where(touching, scores, 0)
    if not len(scores) or scores.max() < CLEAR:
        return None
    best = int(scores.argmax())
    return Outline(clockwise(quads[best]), format_, float(min(1.0, scores[best])), False)


def _borders(size: tuple[int, int]) -> tuple[Line, ...]:
    """The picture's four borders as lines with edge all along."""
    reach = float(np.hypot(*size))
    covered = np.arange(2 * int(reach) + 2, dtype=float)
    across, down = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    places = ((across, 0.0), (across, size[0] - 1.0), (down, 0.0), (down, size[1] - 1.0))
    return tuple(Line(normal, away, covered, -reach) for normal, away in places)


def _outline(image: Image, rough: Floats, scale: float, format_: Format, score: float) -> Outline:
    """The exact outline near a rough one."""
    height, width = image.shape[:2]
    corners = from_the_top(refined(image, rough, scale))
    inside = (corners > -0.5).all() and (corners < np.array([width, height]) - 0.5).all()
    return Outline(corners, format_, float(min(1.0, score)), bool(inside))


def _finer(image: Image, coarse: Outline) -> Outline:
    """An outline of the coarse search, measured as exactly as others."""
    scale = max(image.shape[:2]) / SEARCH_SIDES[0]
    return _outline(image, coarse.corners, scale, coarse.format, coarse.score)


def _apart(one: Floats, other: Floats) -> float:
    """How far the furthest corner of one outline is from the other's nearest."""
    return float(np.linalg.norm(one[:, None] - other[None], axis=2).min(axis=1).max())


def _proportions(quads: Floats, size: tuple[int, int], format_: Format) -> Floats:
    """How well each quad is the picture of a rectangle of the format, 0-1."""
    ratio, skew = rectangle(quads, size)
    away = np.abs(np.log(ratio)) - np.log(format_.ratio)
    return np.asarray(np.exp(-((away / RATIO_SPREAD) ** 2 + (skew / SKEW_SPREAD) ** 2) / 2))
