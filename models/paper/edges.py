"""Straight edges of a picture, in whatever colour they differ: what the outline of a document is made of.

Every edge pixel votes only for lines across its own gradient (O'Gorman and Clowes 1976), so that texture and
print, whose gradients point everywhere, hardly count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

Floats = npt.NDArray[Any]
"""Floating-point values."""

ANGLES = 180
"""Directions told apart, over half a turn."""
VOTES_BESIDE = 20
"""Directions on either side of a pixel's own for which it votes too."""
VOTES_HALF = 8
"""So far from its own direction a vote counts half."""
SECTORS = 4
"""Parts of the half turn; of each as many lines are taken, lest grain of wood crowds out the rest."""
MOST_LINES = 20
"""Of each sector."""
LEAST_VOTES = 2.5
"""Above the mean of its neighbours, in roots of it."""
WEAKEST = 4.0
"""Least gradient of an edge, grey values a pixel."""
STRONG = 2.4
"""In weakest gradients: steeper edges vote no more than this one."""
STRONG_SHARE = 0.2
"""Of the picture's pixels: the strongest that are taken for edges at most."""
AROUND = 31
"""Neighbouring distances whose mean vote is taken off a line's own: texture votes everywhere."""
NEAR = 2
"""Pixels beside a line within which an edge belongs to it."""
FIT_WITHIN = (4.0, 2.5, 1.5)
"""Pixels about a line, from round to round, whose edges it is fitted to."""
SAME_TURN, SAME_AWAY = np.cos(np.deg2rad(0.7)), 1.5
MOST_TURNED = np.cos(np.deg2rad(24))


@dataclass(frozen=True, slots=True)
class Line:
    """All points p with p · normal = away, and where along it edges lie."""

    normal: Floats
    away: float
    covered: Floats = field(repr=False)
    """Running count of edge pixels along the line, from `first` on in steps of one pixel."""
    first: float

    def point(self, along: float) -> Floats:
        """The point so far along the line."""
        return self.away * self.normal + along * self.direction

    @property
    def direction(self) -> Floats:
        """Unit vector along the line."""
        return np.array([-self.normal[1], self.normal[0]])


def find_edges(image: Image) -> tuple[Line, ...]:
    """The picture's straight edges, by direction; pixels of the picture as given."""
    across, down, strength = gradient(image)
    weakest = max(WEAKEST, float(np.quantile(strength, 1 - STRONG_SHARE)))
    thin = cv2.Canny(_short(across), _short(down), 7 * weakest, 14 * weakest, L2gradient=True) > 0
    y, x = np.nonzero(thin)
    if len(x) < 8:
        return ()
    angle = np.arctan2(down[y, x], across[y, x]) % np.pi
    weight = np.minimum(strength[y, x] / (STRONG * weakest), 1.0)
    votes, reach = _vote((x, y), angle, weight, image.shape)
    peaks = _peaks(votes)
    field_ = _Field(thin, across, down)
    lines: list[Line] = []
    for bin_, place in peaks:
        normal, away = field_.fitted(bin_ * np.pi / ANGLES, place - reach)
        if not any(_is_same(normal, away, each, image.shape) for each in lines):
            lines.append(field_.line(normal, away))
    return tuple(lines)


def gradient(image: Image) -> tuple[Floats, Floats, Floats]:
    """Slope across, slope down and steepness of the channel that changes most at each pixel."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    squared = across**2 + down**2
    best = squared.argmax(axis=2)[..., None]
    picked = [np.take_along_axis(each, best, 2)[..., 0] for each in (across, down, squared)]
    return picked[0], picked[1], np.sqrt(picked[2])


def _short(slope: Floats) -> npt.NDArray[np.int16]:
    return np.asarray(np.clip(slope * 16, -32000, 32000), np.int16)


def _vote(
    at: tuple[Floats, Floats], angle: Floats, weight: Floats, shape: tuple[int, ...]
) -> tuple[Floats, int]:
    """Votes by direction and distance from the top left; and what to take off a distance."""
    x, y = at
    reach = int(np.hypot(shape[0], shape[1])) + 2
    votes = np.zeros((ANGLES, 2 * reach + 1))
    own = np.rint(angle * ANGLES / np.pi).astype(int)
    for beside in range(-VOTES_BESIDE, VOTES_BESIDE + 1):
        bins = (own + beside) % ANGLES
        theta = bins * np.pi / ANGLES
        place = np.rint(x * np.cos(theta) + y * np.sin(theta)).astype(int) + reach
        flat = np.bincount(bins * votes.shape[1] + place, weight, minlength=votes.size)
        votes += flat.reshape(votes.shape) / (1 + (beside / VOTES_HALF) ** 2)
    return cv2.GaussianBlur(votes, (5, 3), 0, borderType=cv2.BORDER_REFLECT), reach


def _peaks(votes: Floats) -> list[tuple[int, int]]:
    """The highest places of the vote, none beside a higher one."""
    mean: Floats = cv2.blur(votes, (AROUND, 1))
    above: Floats = (votes - mean) / np.sqrt(mean + 1)
    highest: Floats = cv2.dilate(above, np.ones((5, 7), np.uint8))
    found = (above >= highest) & (above > LEAST_VOTES)
    peaks: list[tuple[int, int]] = []
    for sector in range(SECTORS):
        begin, end = (ANGLES * edge // SECTORS for edge in (sector, sector + 1))
        bins, places = np.nonzero(found[begin:end])
        order = np.argsort(-above[begin:end][bins, places])[:MOST_LINES]
        peaks += [(int(bins[each]) + begin, int(places[each])) for each in order]
    return peaks


def _is_same(normal: Floats, away: float, line: Line, shape: tuple[int, ...]) -> bool:
    """True when two lines hardly differ inside the picture."""
    turned = float(normal @ line.normal)
    middle = np.array([shape[1], shape[0]]) / 2
    apart = (middle @ normal - away) - np.sign(turned) * (middle @ line.normal - line.away)
    return bool(abs(turned) > SAME_TURN and abs(apart) < SAME_AWAY)


class _Field:
    """Edge pixels with their directions, to be asked along a line."""

    def __init__(self, thin: npt.NDArray[np.bool_], across: Floats, down: Floats) -> None:
        length = np.hypot(across, down) + 1e-6
        self._across = np.where(thin, across / length, 0)
        self._down = np.where(thin, down / length, 0)
        self._shape = thin.shape
        y, x = np.nonzero(thin)
        self._points = np.column_stack([x, y]).astype(float)
        self._slopes = np.column_stack([self._across[y, x], self._down[y, x]])

    def fitted(self, angle: float, away: float) -> tuple[Floats, float]:
        """Normal and distance of the line through the edge pixels near the one voted for."""
        normal = np.array([np.cos(angle), np.sin(angle)])
        for near in FIT_WITHIN:
            close = np.abs(self._points @ normal - away) < near
            close &= np.abs(self._slopes @ normal) > MOST_TURNED
            points = self._points[close]
            if len(points) < 8:
                break
            middle = points.mean(axis=0)
            spread = (points - middle).T @ (points - middle)
            normal = np.linalg.eigh(spread)[1][:, 0]
            away = float(middle @ normal)
        return normal, away

    def line(self, normal: Floats, away: float) -> Line:
        """The line with its cover."""
        reach = float(np.hypot(*self._shape))
        steps = np.arange(-reach, reach)
        direction = np.array([-normal[1], normal[0]])
        cover = np.zeros(len(steps), bool)
        for beside in range(-NEAR, NEAR + 1):
            points = np.rint((away + beside) * normal + steps[:, None] * direction).astype(int)
            x, y = points.T
            inside = (x >= 0) & (y >= 0) & (x < self._shape[1]) & (y < self._shape[0])
            x, y = x[inside], y[inside]
            turned = np.abs(self._across[y, x] * normal[0] + self._down[y, x] * normal[1])
            cover[inside] |= turned > MOST_TURNED
        closed = cv2.morphologyEx(cover.astype(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
        return Line(normal, away, np.concatenate(([0.0], np.cumsum(closed[0]))), -reach)
