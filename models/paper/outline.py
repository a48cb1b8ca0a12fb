"""Finds the outline of a document in a camera's picture: four corners to a fraction of a pixel.

Four straight edges make an outline when they carry edge along most of their length, end at the corners, and
are the picture of a rectangle of the wanted proportions seen by an ordinary camera.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.api import Image
from models.paper.edges import Floats, Line, find_edges

SEARCH_SIDES = (560, 1000)
"""Pixels of the longer side of the picture that is searched; the second where the first fails."""
MOST_GAIN = 8.0
"""A dark picture is brightened so much at most."""
FOCAL = 1.15
"""Focal length taken for granted, in longer sides of the picture: webcams have 0.9 to 1.5."""
LEAST_AREA = 0.015
"""Of the picture."""
LEAST_SIDE_COVER = 0.35
LEAST_COVER = 0.55
ENDS = 0.07
"""Of a side, at each corner: there corners may be round."""
BEYOND = 0.12
"""Of a side, past each corner: an outline does not go on there."""
LEAST_SCORE = 0.42
FAIR = 0.6
"""Score below which it is asked whether a document lies partly outside instead."""
CLEAR = 0.72
"""Least score of such a one."""
CUT_OFF_AREA = 0.1
"""Least part of the picture that a document takes which leaves it."""
CUT_OFF_RATIO = float(np.log(1.75))
MOST_APART = np.cos(np.deg2rad(28))
"""Between opposite sides."""
LEAST_CROSSING = np.cos(np.deg2rad(48))
"""Between neighbouring sides."""
MOST_QUADS = 40
MOST_OUTLINES = 3
ANOTHER = 14.0
"""Pixels of the search by which a corner of another outline must differ."""
RATIO_SPREAD = 0.08
SKEW_SPREAD = 0.12
PROFILES = 48
"""Places on a side at which its edge is measured."""
REACH = 3.5
"""Pixels of the search on either side within which the exact edge lies."""


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
    """What may be documents' outlines, the likeliest first, `MOST_OUTLINES` at most.

    Where no document lies whole in the picture, one that leaves it is given: `Outline.whole` is then False.
    """
    found: tuple[Outline, ...] = ()
    for side in SEARCH_SIDES:
        found = _search(image, formats, side)
        if found or max(image.shape[:2]) <= side:
            break
    return found


def find_outline(image: Image, formats: Sequence[Format] = (Format.ID1,)) -> Outline | None:
    """The likeliest outline; None when nothing in the picture looks like a document."""
    return next(iter(find_outlines(image, formats)), None)


def _search(image: Image, formats: Sequence[Format], side: int) -> tuple[Outline, ...]:
    """The outlines found when the picture's longer side is brought to `side` pixels."""
    height, width = image.shape[:2]
    scale = max(1.0, max(height, width) / side)
    size = max(2, round(width / scale)), max(2, round(height / scale))
    lines = find_edges(_brightened(cv2.resize(image, size, interpolation=cv2.INTER_AREA)))
    quads, scores = _quads(lines, size)
    rated: list[tuple[float, Floats, Format]] = []
    for format_ in formats:
        rates = scores * _proportions(quads, size, format_)
        best = np.argsort(-rates)[:MOST_QUADS]
        rated += [(float(rates[each]), _clockwise(quads[each]), format_) for each in best]
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
            corners = _from_the_top((cut.corners + 0.5) * scale - 0.5)
            return Outline(corners, cut.format, cut.score, False), *chosen
    return tuple(chosen)


def _brightened(small: Floats) -> Image:
    """A dark picture made as bright as others, so that its edges count as much."""
    brightest = max(1.0, float(np.quantile(small, 0.98)))
    gain = min(MOST_GAIN, 160 / brightest)
    return np.asarray(np.clip(small * gain, 0, 255) if gain > 1 else small, np.uint8)


def _cut_off(lines: Sequence[Line], size: tuple[int, int], format_: Format) -> Outline | None:
    """A document that the picture's border cuts off: two or three clear sides, and the border."""
    quads, scores = _quads((*lines, *_borders(size)), size)
    inside = ((quads > -1) & (quads < np.array(size))).all(axis=(1, 2))
    ratio, skew = rectangle(quads, size) if len(quads) else (np.zeros(0), np.zeros(0))
    stretched = np.abs(np.log(np.maximum(ratio, 1e-9)))
    large = _area(quads) > CUT_OFF_AREA * size[0] * size[1]
    scores = np.where(
        inside & large & (np.abs(skew) < 2 * SKEW_SPREAD) & (stretched < CUT_OFF_RATIO), scores, 0
    )
    touching = (np.minimum(quads, np.array(size) - 1 - quads) < 1.5).any(axis=2).sum(axis=1) >= 2
    scores = np.where(touching, scores, 0)
    if not len(scores) or scores.max() < CLEAR:
        return None
    best = int(scores.argmax())
    return Outline(_clockwise(quads[best]), format_, float(min(1.0, scores[best])), False)


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
    corners = _from_the_top(_refined(image, rough, scale))
    inside = (corners > -0.5).all() and (corners < np.array([width, height]) - 0.5).all()
    return Outline(corners, format_, float(min(1.0, score)), bool(inside))


def _apart(one: Floats, other: Floats) -> float:
    """How far the furthest corner of one outline is from the other's nearest."""
    return float(np.linalg.norm(one[:, None] - other[None], axis=2).min(axis=1).max())


def _quads(lines: Sequence[Line], size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Four-sided outlines (… × 4 × 2) with their scores, whatever their proportions."""
    nothing = np.zeros((0, 4, 2)), np.zeros(0)
    if len(lines) < 4:
        return nothing
    meet, along = _crossings(lines)
    cover, beyond = _cover(lines, along)
    normals = np.array([line.normal for line in lines])
    between = np.abs(normals @ normals.T)
    pairs = [(a, b) for a, b in itertools.combinations(range(len(lines)), 2) if between[a, b] > MOST_APART]
    if not pairs:
        return nothing
    pair = np.array(pairs)
    first, second = np.triu_indices(len(pairs), 1)
    (a, b), (c, d) = pair[first].T, pair[second].T
    crossing = np.maximum.reduce([between[a, c], between[a, d], between[b, c], between[b, d]])
    keep = crossing < LEAST_CROSSING
    a, b, c, d = (each[keep] for each in (a, b, c, d))
    sides = np.stack([cover[a, c, d], cover[c, a, b], cover[b, c, d], cover[d, a, b]])
    past = np.stack([beyond[a, c, d], beyond[c, a, b], beyond[b, c, d], beyond[d, a, b]])
    good = (sides.min(0) > LEAST_SIDE_COVER) & (sides.mean(0) > LEAST_COVER)
    a, b, c, d, sides, past = a[good], b[good], c[good], d[good], sides[:, good], past[:, good]
    quads = np.stack([meet[a, c], meet[a, d], meet[b, d], meet[b, c]], axis=1)
    area = _area(quads) / (size[0] * size[1])
    score = (sides.mean(0) + sides.min(0)) / 2 - 0.3 * past.mean(0)
    score = score * (0.8 + 0.2 * np.clip(area / 0.25, 0, 1))
    score[area < LEAST_AREA] = 0
    return quads, score


def _crossings(lines: Sequence[Line]) -> tuple[Floats, Floats]:
    """Where each line meets each other: the points, and how far along the first line they lie."""
    normals = np.array([line.normal for line in lines])
    away = np.array([line.away for line in lines])
    turned = normals[:, None, 0] * normals[None, :, 1] - normals[:, None, 1] * normals[None, :, 0]
    turned = np.where(np.abs(turned) < 1e-3, np.nan, turned)
    x = (away[:, None] * normals[None, :, 1] - away[None, :] * normals[:, None, 1]) / turned
    y = (normals[:, None, 0] * away[None, :] - normals[None, :, 0] * away[:, None]) / turned
    meet = np.nan_to_num(np.stack([x, y], axis=2), nan=1e6)
    directions = np.array([line.direction for line in lines])
    return meet, np.einsum("abk,ak->ab", meet, directions)


def _cover(lines: Sequence[Line], along: Floats) -> tuple[Floats, Floats]:
    """Of the part of line a between its crossings with b and c: the share with edge, inside and past."""
    count = len(lines)
    cover, beyond = np.zeros((count,) * 3), np.zeros((count,) * 3)
    for number, line in enumerate(lines):
        start, end = along[number][:, None], along[number][None, :]
        span = end - start
        steps = np.arange(len(line.covered)) + line.first

        shares = (ENDS, 1 - ENDS, -BEYOND, 0.0, 1.0, 1 + BEYOND)
        inner, outer, before, begin, stop, after = (
            np.interp(start + share * span, steps, line.covered) for share in shares
        )
        length = np.maximum(np.abs(span), 1e-6)
        cover[number] = np.abs(outer - inner) / length / (1 - 2 * ENDS)
        past = np.abs(begin - before) + np.abs(after - stop)
        beyond[number] = past / length / (2 * BEYOND)
    return cover, beyond


def _area(quads: Floats) -> Floats:
    """Area of each quad; 0 for one whose sides cross."""
    ahead = np.roll(quads, -1, 1)
    doubled = quads[..., 0] * ahead[..., 1] - quads[..., 1] * ahead[..., 0]
    edges = ahead - quads
    turns = edges[..., 0] * np.roll(edges, -1, 1)[..., 1] - edges[..., 1] * np.roll(edges, -1, 1)[..., 0]
    convex = (turns > 0).all(1) | (turns < 0).all(1)
    return np.asarray(np.where(convex, np.abs(doubled.sum(1)) / 2, 0))


def _clockwise(quad: Floats) -> Floats:
    """The corners in the order of the clock, as seen in a picture."""
    (ax, ay), (bx, by) = quad[1] - quad[0], quad[2] - quad[1]
    return quad if ax * by - ay * bx > 0 else quad[::-1]


def _proportions(quads: Floats, size: tuple[int, int], format_: Format) -> Floats:
    """How well each quad is the picture of a rectangle of the format, 0-1."""
    ratio, skew = rectangle(quads, size)
    away = np.abs(np.log(ratio)) - np.log(format_.ratio)
    return np.asarray(np.exp(-((away / RATIO_SPREAD) ** 2 + (skew / SKEW_SPREAD) ** 2) / 2))


def rectangle(quads: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Ratio of first to second side, and cosine between them, of what was seen as quads (… × 4 × 2)."""
    right, below = axes(quads, size)
    long, high = (np.maximum(np.linalg.norm(each, axis=-1), 1e-9) for each in (right, below))
    return long / high, (right * below).sum(-1) / (long * high)


def axes(quads: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """First and second side of the document in the camera's space, at one scale (Heckbert 1989, 2.2.3)."""
    seen = (quads - np.array(size) / 2) / (FOCAL * max(size))
    origin, first, far, last = (seen[..., n, :] for n in range(4))
    beside, below, skew = first - far, last - far, origin - first + far - last
    whole = _turn(beside, below)
    whole = np.where(np.abs(whole) < 1e-12, 1e-12, whole)
    g, h = (_turn(skew, below) / whole)[..., None], (_turn(beside, skew) / whole)[..., None]
    right = np.concatenate([first - origin + g * first, g], axis=-1)
    down = np.concatenate([last - origin + h * last, h], axis=-1)
    return right, down


def _turn(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])


def _from_the_top(corners: Floats) -> Floats:
    """The same corners, beginning with the longer side that lies higher (or further left)."""
    lengths = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    begin = 0 if lengths[0] + lengths[2] >= lengths[1] + lengths[3] else 1
    turned = np.roll(corners, -begin, 0)
    upper, lower = turned[:2].mean(0), turned[2:].mean(0)
    across, down = np.abs(lower - upper)
    before = lower[1] > upper[1] if down >= across else lower[0] > upper[0]
    return turned if before else np.roll(turned, -2, 0)


def _refined(image: Image, corners: Floats, scale: float) -> Floats:
    """The corners where the sides' exact edges meet."""
    sides = [_exact(image, corners[n], corners[(n + 1) % 4], REACH * scale) for n in range(4)]
    moved = np.array([_meeting(sides[n - 1], sides[n], corners[n]) for n in range(4)])
    far = np.linalg.norm(moved - corners, axis=1) > 3 * REACH * scale
    return np.where(far[:, None], corners, moved)


def _exact(image: Image, start: Floats, end: Floats, reach: float) -> tuple[Floats, Floats]:
    """A point and a direction of the edge near the side from `start` to `end`."""
    direction = end - start
    normal = np.array([direction[1], -direction[0]]) / max(float(np.linalg.norm(direction)), 1e-9)
    shares = np.linspace(2 * ENDS, 1 - 2 * ENDS, PROFILES)
    offsets = np.linspace(-reach, reach, 2 * int(np.ceil(2 * reach)) + 1)
    places = start + shares[:, None, None] * direction + offsets[None, :, None] * normal
    maps = places.astype(np.float32)
    profile: Floats = cv2.remap(
        image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    profile = cv2.GaussianBlur(profile, (5, 1), 0)
    steep = np.abs(np.diff(profile, axis=1)).max(axis=2)
    weights = np.exp(-((np.linspace(-1, 1, steep.shape[1]) / 0.7) ** 2)) * steep
    peak = np.clip(weights.argmax(axis=1), 1, weights.shape[1] - 2)
    rows = np.arange(PROFILES)
    before, at, after = (weights[rows, peak + step] for step in (-1, 0, 1))
    bend = np.where(np.abs(before - 2 * at + after) < 1e-6, -1.0, before - 2 * at + after)
    exact = peak + np.clip((before - after) / (2 * bend), -0.5, 0.5) + 0.5
    strong = at > 0.25 * np.median(at)
    offset = np.interp(exact, np.arange(len(offsets)), offsets)
    points = start + shares[:, None] * direction + offset[:, None] * normal
    fitted = cv2.fitLine(points[strong].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.001).ravel()
    return fitted[2:].astype(float), fitted[:2].astype(float)


def _meeting(one: tuple[Floats, Floats], other: tuple[Floats, Floats], otherwise: Floats) -> Floats:
    """Where two lines meet; `otherwise` for lines that hardly do."""
    across = np.column_stack([one[1], -other[1]])
    if abs(np.linalg.det(across)) < 0.1:
        return otherwise
    way = np.linalg.solve(across, other[0] - one[0])
    return np.asarray(one[0] + way[0] * one[1])
