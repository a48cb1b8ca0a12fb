"""Draws on a face what covers it, and other eyes and lips, with the geometry of its own mesh."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image, Mesh
from models.evaluate.canvas import EYES, Rng, axis_of, clipped, floats, inside, place_of, unit_of, whole

FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""Mesh points around the face."""
MASK = (*(234, 227, 116, 118, 120, 6, 349, 347, 345, 447, 454), *FACE_OVAL[9:27])
"""From ear to ear over the bridge of the nose, then along the jaw."""
LIDS = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""Upper and lower lid of each eye, from image left to image right."""
_CAP = ((-1.25, 0.02), (1.25, 0.02), (1.3, 0.5), (0.9, 1.2), (0.0, 1.45), (-0.9, 1.2), (-1.3, 0.5))
"""Outline of a cap: sideways and up from the brows, in distances between the eyes."""


def mask(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """A surgical mask in white, blue or black with folds, shaded like the face."""
    colour = ((235, 235, 232), (215, 190, 130), (50, 48, 46))[rng.integers(3)]
    return _covered(image, mesh.points[list(MASK), :2], colour, mesh, folds=True)


def hand(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """A hand in the person's own skin colour over the mouth: four fingers with dark gaps."""
    chin, nose = mesh.points[152, :2], mesh.points[2, :2]
    unit, skin = unit_of(mesh), _skin(image, mesh)
    result = image.copy()
    for finger in range(4):
        middle = nose + (chin - nose) * (0.15 + 0.25 * finger)
        tilt = rng.uniform(-0.08, 0.08) * unit
        ends = [
            np.round(np.add(middle, (side * unit * 0.75, side * tilt))).astype(int).tolist()
            for side in (-1.3, 1.0)
        ]
        wide = max(2, round(unit * 0.27))
        cv2.line(result, ends[0], ends[1], [float(v) * 0.62 for v in skin], wide)
        cv2.line(result, ends[0], ends[1], [float(v) for v in skin], max(1, round(wide * 0.8)))
    return whole(cv2.GaussianBlur(result, (0, 0), max(0.5, unit * 0.012)))


def sunglasses(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Dark glasses over both eyes, with a bridge and a faint reflection."""
    result, unit = image.copy(), unit_of(mesh)
    shade = [float(rng.uniform(12, 40))] * 3
    along = axis_of(mesh)
    middles = []
    for corners in EYES:
        middle = mesh.points[list(corners), :2].mean(axis=0)
        middles.append(middle)
        size = round(unit * 0.42), round(unit * 0.31)
        turn = math.degrees(math.atan2(along[1], along[0]))
        at = np.round(np.add(middle, (0, unit * 0.05))).astype(int).tolist()
        cv2.ellipse(result, at, size, turn, 0, 360, shade, -1, cv2.LINE_AA)
        glint = np.round(middle - (unit * 0.12, unit * 0.08)).astype(int).tolist()
        cv2.ellipse(result, glint, (max(1, round(unit * 0.08)), 1), turn, 0, 360, [110.0] * 3, -1)
    ends = [np.round(each).astype(int).tolist() for each in middles]
    cv2.line(result, ends[0], ends[1], shade, max(1, round(unit * 0.07)), cv2.LINE_AA)
    return whole(result)


def hair(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Strands in a hair colour from the forehead down over one or both eyes."""
    result, unit = image.copy(), unit_of(mesh)
    colour = np.array(((18, 20, 24), (30, 40, 60), (70, 110, 150))[rng.integers(3)], np.float64)
    both = rng.random() < 0.5
    for corners in EYES if both else (EYES[rng.integers(2)],):
        middle = mesh.points[list(corners), :2].mean(axis=0)
        for _ in range(90):
            start = np.add(middle, (rng.uniform(-0.45, 0.45) * unit, -unit * rng.uniform(0.9, 1.3)))
            end = np.add(middle, (rng.uniform(-0.42, 0.42) * unit, unit * rng.uniform(0.18, 0.4)))
            tone = (colour * rng.uniform(0.7, 1.4)).tolist()
            points = [np.round(each).astype(int).tolist() for each in (start, end)]
            cv2.line(result, points[0], points[1], tone, max(1, round(unit * 0.05)), cv2.LINE_AA)
    return result


def cap(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """A cap whose peak comes down to the brows."""
    unit, along = unit_of(mesh), axis_of(mesh)
    up = np.array([along[1], -along[0]])
    brow = mesh.points[[105, 334], :2].mean(axis=0) + up * unit * 0.02
    shape = [brow + along * unit * x + up * unit * y for x, y in _CAP]
    colour = rng.uniform(15, 120, 3).tolist()
    return _covered(image, np.array(shape), colour, mesh, folds=False)


def glare(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Lamps mirrored in glasses: a white patch over each eye."""
    result, unit = floats(image), unit_of(mesh)
    for corners in EYES:
        middle = mesh.points[list(corners), :2].mean(axis=0) + rng.uniform(-0.05, 0.05, 2) * unit
        spot = np.zeros(image.shape[:2], np.float32)
        axes = round(unit * rng.uniform(0.2, 0.28)), max(1, round(unit * rng.uniform(0.1, 0.15)))
        cv2.ellipse(spot, np.round(middle).astype(int).tolist(), axes, 20, 0, 360, [1.0], -1)
        spot = cv2.GaussianBlur(spot, (0, 0), max(0.5, unit * 0.03))  # type: ignore[assignment]
        result += spot[..., None] * 260
    return clipped(result)


def closed_eyes(image: Image, mesh: Mesh, _rng: Rng) -> Image:
    """Lids drawn down: the skin of each upper lid is stretched over the eye, lashes along its edge."""
    result, unit = image.copy(), unit_of(mesh)
    for upper, lower in LIDS:
        top, bottom = mesh.points[list(upper), :2], mesh.points[list(lower), :2]
        bottom = top + (bottom - top) * 1.25
        skin = mesh.points[list(upper), :2] - (0, unit * 0.09)
        shade = np.median([image[place_of(image, point)] for point in skin], axis=0)
        shape = np.concatenate([top - (0, unit * 0.03), bottom[::-1]]).round().astype(np.int32)
        cover = np.zeros(image.shape[:2], np.float32)
        cv2.fillConvexPoly(cover, cv2.convexHull(shape), [1.0])
        cover = cv2.GaussianBlur(cover, (0, 0), max(0.5, unit * 0.025))[..., None]  # type: ignore[assignment]
        result = clipped(floats(result) * (1 - cover) + shade * cover)
        lash = (shade * 0.45).tolist()
        cv2.polylines(result, [bottom.round().astype(np.int32)], False, lash, max(1, round(unit * 0.03)))
    return result


def looking_away(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Both irises moved to one side by a fifth of the eye's width, white of the eye where they were."""
    result, side = floats(image), float(rng.choice([-1.0, 1.0]))
    for corners in EYES:
        ends = mesh.points[list(corners), :2]
        across = (ends[1] - ends[0]).astype(np.float64)
        width, middle = float(np.hypot(*across)), ends.mean(axis=0)
        radius = 0.24 * width
        down, over = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
        target = middle + side * 0.22 * across
        there = np.clip(1.5 - np.hypot(over - target[0], down - target[1]) / radius * 1.5, 0, 1)[..., None]
        here = np.clip(1.5 - np.hypot(over - middle[0], down - middle[1]) / radius * 1.5, 0, 1)[..., None]
        shift = (side * 0.22 * across).tolist()
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
        moved = cv2.warpAffine(image, move, (image.shape[1], image.shape[0])).astype(np.float32)
        white = np.percentile(_near(image, middle, width), 85, axis=0)
        result = result * (1 - here) + white * here
        result = result * (1 - there) + moved * there
    return clipped(result)


def open_mouth(image: Image, mesh: Mesh, _rng: Rng) -> Image:
    """Wide open: dark between the lips, the lower half of the face drawn down."""
    unit = unit_of(mesh)
    lip, chin = mesh.points[14, 1], mesh.points[152, 1]
    gap = 0.6 * unit
    rows = np.arange(image.shape[0], dtype=np.float32)
    source = np.where(
        rows < lip,
        rows,
        np.where(
            rows < lip + gap,
            lip,
            rows - gap * np.clip((chin + 3 * gap - rows) / (chin + 2 * gap - lip), 0, 1),
        ),
    )
    maps = np.meshgrid(np.arange(image.shape[1], dtype=np.float32), source.astype(np.float32))
    result = cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    middle = mesh.points[[61, 291], :2].mean(axis=0)
    at = [round(float(middle[0])), round(float(lip + gap / 2))]
    cv2.ellipse(
        result, at, (round(0.26 * unit), round(gap / 2)), 0, 0, 360, [35.0, 25.0, 60.0], -1, cv2.LINE_AA
    )
    return whole(result)


def _covered(
    image: Image, outline: npt.NDArray[np.floating], colour: object, mesh: Mesh, *, folds: bool
) -> Image:
    """The picture with a piece of cloth on it, shaded as the picture underneath is at large."""
    unit = unit_of(mesh)
    hull = np.asarray(cv2.convexHull(outline.astype(np.float32))[:, 0], np.float32)
    cover = cv2.GaussianBlur(inside(image.shape, hull), (0, 0), max(0.5, unit * 0.015))[..., None]
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), unit * 0.35).astype(np.float32)
    shade = np.clip(grey / max(float(np.median(grey)), 1.0), 0.5, 1.5)
    if folds:
        rows = np.arange(image.shape[0], dtype=np.float32)[:, None]
        shade = shade * (1 + 0.06 * np.sin(rows * (2 * math.pi / (unit * 0.35))))
    cloth = np.asarray(colour, np.float32) * shade[..., None]
    return clipped(floats(image) * (1 - cover) + cloth * cover)


def _skin(image: Image, mesh: Mesh) -> npt.NDArray[np.float64]:
    """Colour of the cheeks."""
    colours = [image[place_of(image, mesh.points[index, :2])] for index in (50, 280, 101, 330)]
    return np.asarray(np.median(colours, axis=0), np.float64)


def _near(image: Image, middle: npt.NDArray[np.floating], width: float) -> npt.NDArray[np.uint8]:
    """Pixels in and around an eye, n × 3."""
    x, y = round(float(middle[0])), round(float(middle[1]))
    across, down = max(2, round(width / 2)), max(1, round(width / 6))
    part = image[max(y - down, 0) : y + down + 1, max(x - across, 0) : x + across + 1]
    return part.reshape(-1, 3) if part.size else np.full((1, 3), 200, np.uint8)
