"""Finds faces: a ladder of tries over a detection network, and the decoding of YuNet.

YuNet (Wu et al. 2023, opencv_zoo 2023mar) gives for each of three strides and each cell of the grid a class
and an object score, a box relative to the cell and five points. A face's score is the geometric mean of the
two scores. insightface's SCRFD decodes itself (see `models.face.insight`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Face, Image
from models.engine import OnnxEngine
from models.face.feed import Feed
from models.face.settings import DetectSettings

STRIDES = (8, 16, 32)
MULTIPLE = 32
"""YuNet's pictures must be a multiple of this, high and wide."""
NEAR_ROOM = 2.2
"""Side of the cut-out for a second look, in lengths of the face."""
SPARSE = 0.5
"""Above this scale, four source pixels that are weighed see nearly all; a mean takes five times as long."""
NARROW = 24
"""Pictures with fewer pixels on either side are not searched."""

Floats = npt.NDArray[np.float32]


class Detector(Protocol):
    """A detection network."""

    net_ms: float
    """Time of the bare network in the latest search."""

    def find(self, image: Image, side: int) -> list[Face]:
        """Faces in `image` brought to `side` pixels on its long side; boxes in pixels of `image`."""


def search(detector: Detector, image: Image, settings: DetectSettings) -> tuple[tuple[Face, ...], float]:
    """Faces, largest first, in a picture of any size, and the milliseconds spent in the bare network.

    Tries each size of the settings, then the picture with a border: portrait and chip photos fill their
    frame, and detectors trained on scenes miss faces without surroundings. When the largest face was small
    where it was found, it is looked at again from near, because its five points decide how well it compares.
    """
    net_ms = 0.0
    if min(image.shape[:2]) < NARROW:
        return (), net_ms
    for side in settings.sides:
        faces = detector.find(image, side)
        net_ms += detector.net_ms
        if faces:
            first, *others = _largest_first(faces)
            if max(first.box[2:]) * side < settings.near_below_px * max(image.shape[:2]):
                first = _from_near(detector, image, first, settings.near_side)
                net_ms += detector.net_ms
            return (first, *others), net_ms
    border = round(max(image.shape[:2]) * settings.border)
    faces = [
        _moved(face, -border, -border) for face in detector.find(_framed(image, border), settings.sides[0])
    ]
    return _largest_first(faces), net_ms + detector.net_ms


class YuNet:
    """The detector of the `open` pack."""

    def __init__(self, engine: OnnxEngine, settings: DetectSettings) -> None:
        self._engine = engine
        self._feed = Feed()
        self._settings = settings
        self.net_ms = 0.0

    def find(self, image: Image, side: int) -> list[Face]:
        """See `Detector.find`."""
        canvas, scale = letterbox(image, side, self._feed)
        outputs = self._engine(self._feed.numbers(canvas))
        self.net_ms = self._engine.last_ms
        rows = _decode(outputs, canvas.shape[0], canvas.shape[1], self._settings.score)
        if not len(rows):
            return []
        rows = rows[suppress(rows[:, :4], rows[:, 14], self._settings.overlap)]
        rows[:, :14] /= scale
        return [_face(row) for row in rows]


def letterbox(image: Image, side: int, feed: Feed) -> tuple[Image, float]:
    """The picture with its long side at `side` pixels, padded to multiples of 32, and its scale.

    It lies in the memory of `feed`, or is `image` itself where nothing has to be done.
    """
    height, width = image.shape[:2]
    scale = side / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    bottom, right = -high % MULTIPLE, -wide % MULTIPLE
    if (high, wide, bottom, right) == (height, width, 0, 0):
        return image, scale
    canvas = feed.room(high + bottom, wide + right)
    how = cv2.INTER_AREA if scale <= SPARSE else cv2.INTER_LINEAR
    cv2.resize(image, (wide, high), dst=canvas[:high, :wide], interpolation=how)
    canvas[high:] = 0
    canvas[:, wide:] = 0
    return canvas, scale


def suppress(boxes: Floats, scores: Floats, overlap: float) -> npt.NDArray[np.intp]:
    """Indices of the boxes (x, y, w, h) to keep, best first: greedy non-maximum suppression."""
    order = np.argsort(-scores, kind="stable")
    far = boxes[:, :2] + boxes[:, 2:4]
    areas = boxes[:, 2] * boxes[:, 3]
    kept: list[np.intp] = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        near = np.maximum(boxes[rest, :2], boxes[best, :2])
        sides = np.maximum(np.minimum(far[rest], far[best]) - near, 0)
        shared = sides[:, 0] * sides[:, 1]
        order = rest[shared <= overlap * (areas[rest] + areas[best] - shared)]
    return np.array(kept, np.intp)


def _decode(outputs: list[npt.NDArray[np.float32]], height: int, width: int, least: float) -> Floats:
    """Candidates with a score of at least `least`: n × 15 (x, y, w, h, five points, score)."""
    found = []
    for level, stride in enumerate(STRIDES):
        classes, objects, boxes, points = (outputs[level + 3 * kind][0] for kind in range(4))
        index = np.flatnonzero(classes[:, 0] * objects[:, 0] >= least * least)
        if not len(index):
            continue
        product = np.clip(classes[index, 0], 0, 1) * np.clip(objects[index, 0], 0, 1)
        cells = _cells(height // stride, width // stride)[index]
        rows = np.empty((len(index), 15), np.float32)
        rows[:, 2:4] = np.exp(boxes[index, 2:4]) * stride
        rows[:, :2] = (cells + boxes[index, :2]) * stride - rows[:, 2:4] / 2
        rows[:, 4:14] = (np.tile(cells, 5) + points[index]) * stride
        rows[:, 14] = np.sqrt(product)
        found.append(rows)
    return np.concatenate(found) if found else np.empty((0, 15), np.float32)


@lru_cache(maxsize=64)
def _cells(rows: int, columns: int) -> Floats:
    """Column and row of each cell of a grid, row by row."""
    down, across = np.mgrid[:rows, :columns]
    return np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)


def _face(row: Floats) -> Face:
    """A candidate as a face."""
    x, y, width, height = (float(value) for value in row[:4])
    return Face((x, y, width, height), row[4:14].reshape(5, 2).copy(), float(row[14]))


def _from_near(detector: Detector, image: Image, face: Face, side: int) -> Face:
    """The face with the points that a cut-out around it gives, or as it was if it is not found there."""
    x, y, width, height = face.box
    reach = NEAR_ROOM * max(width, height) / 2
    left, top = (max(0, round(middle - reach)) for middle in (x + width / 2, y + height / 2))
    right, bottom = round(x + width / 2 + reach), round(y + height / 2 + reach)
    found = detector.find(image[top:bottom, left:right], side)
    again = [_moved(one, left, top) for one in found]
    return replace(face, points=max(again, key=lambda one: shared(one, face), default=face).points)


def shared(one: Face, other: Face) -> float:
    """Area that two boxes share."""
    near = np.maximum(one.box[:2], other.box[:2])
    far = np.minimum(np.add(one.box[:2], one.box[2:]), np.add(other.box[:2], other.box[2:]))
    return float(np.prod(np.maximum(far - near, 0)))


def _largest_first(faces: list[Face]) -> tuple[Face, ...]:
    """By area of the box."""
    return tuple(sorted(faces, key=lambda face: -face.box[2] * face.box[3]))


def _framed(image: Image, border: int) -> Image:
    """The picture with its edge pixels drawn out on all sides."""
    result: Image = cv2.copyMakeBorder(  # type: ignore[assignment]
        image, border, border, border, border, cv2.BORDER_REPLICATE
    )
    return result


def _moved(face: Face, right: int, down: int) -> Face:
    """The face shifted by so many pixels."""
    x, y, width, height = face.box
    shift = np.array((right, down), np.float32)
    return Face((x + right, y + down, width, height), face.points + shift, face.score)
