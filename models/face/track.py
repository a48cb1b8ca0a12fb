"""Follows one face from frame to frame by its mesh, so that not every frame has to be searched.

The mesh of a frame says where the five points and the box of the last search have moved. A search is due
again after a few frames or a short time, whichever comes first, and at once when the mesh is unsure: so a
second face is noticed within `TrackSettings.every_frames` frames and within `every_seconds` plus one frame,
and a face that goes or jumps in the same frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from models.api import Face, Mesh
from models.face.settings import TrackSettings

ANCHORS = ((33, 133), (362, 263), (1,), (61,), (291,))
"""Mesh points at each of the five points of a detection: eyes (both corners), nose tip, mouth corners."""

PLACES = [place for which in ANCHORS for place in which]
"""The same in one row."""

Anchors = tuple[complex, ...]
"""Places in the picture, x + iy."""


@dataclass(frozen=True, slots=True)
class _Searched:
    """The last search: what it found, and the anchors of the mesh in the same frame."""

    at: float
    faces: tuple[Face, ...]
    anchors: Anchors


class Track:
    """What is remembered of the frames before; one for each camera stream, used from one lane."""

    def __init__(self, settings: TrackSettings | None = None) -> None:
        self._settings = settings or TrackSettings()
        self._searched: _Searched | None = None
        self._newest: tuple[Face, ...] = ()
        self._followed = 0
        self._last_at = -math.inf

    def expected(self, at: float) -> tuple[Face, ...]:
        """Where the faces were last, the followed one first; empty when a search is due."""
        limits = self._settings
        searched = self._searched
        if searched is None or self._followed + 1 >= limits.every_frames:
            return ()
        if not self._last_at <= at < searched.at + limits.every_seconds:
            return ()
        return self._newest

    def follow(self, at: float, mesh: Mesh) -> tuple[Face, ...]:
        """The faces as `mesh`, found where the first was expected, shows them; empty when it is unsure."""
        searched, before = self._searched, self._newest[0] if self._newest else None
        if searched is None or before is None or mesh.presence < self._settings.least_presence:
            return ()
        anchors = _anchors(mesh)
        turn, shift = _fit(searched.anchors, anchors)
        moved = _moved(searched.faces[0], searched.anchors, anchors, turn, shift)
        near = _near(before, moved, self._settings)
        if not (near and _same_shape(searched.anchors, anchors, turn, shift, self._settings)):
            return ()
        others = tuple(replace(other, tracked=True) for other in searched.faces[1:])
        self._newest = (moved, *others)
        self._followed += 1
        self._last_at = at
        return self._newest

    def searched(self, at: float, faces: tuple[Face, ...], mesh: Mesh | None) -> None:
        """Remember what a search found, and the mesh of its first face in the same frame."""
        self._followed, self._last_at = 0, at
        sure = bool(faces) and mesh is not None and mesh.presence >= self._settings.least_presence
        self._searched = _Searched(at, faces, _anchors(mesh)) if sure and mesh is not None else None
        self._newest = faces if sure else ()

    def lose(self) -> None:
        """Forget everything: another stream or another person begins."""
        self._searched, self._newest, self._followed, self._last_at = None, (), 0, -math.inf


def _anchors(mesh: Mesh) -> Anchors:
    """Five places of the mesh. Plain numbers: for so few, arrays take longer."""
    places = [complex(x, y) for x, y in mesh.points[PLACES, :2].tolist()]
    right, right_in, left, left_in, *rest = places
    return ((right + right_in) / 2, (left + left_in) / 2, *rest)


def _fit(before: Anchors, now: Anchors) -> tuple[complex, complex]:
    """Turn with scale, and shift, that bring the anchors nearest to where they are now (least squares)."""
    middle, goal = sum(before) / len(before), sum(now) / len(now)
    spread = sum(abs(place - middle) ** 2 for place in before)
    crossed = sum((place - middle).conjugate() * (aim - goal) for place, aim in zip(before, now, strict=True))
    turn = crossed / spread if spread > 0 else 1 + 0j
    return turn, goal - turn * middle


def _same_shape(before: Anchors, now: Anchors, turn: complex, shift: complex, limits: TrackSettings) -> bool:
    """True when the anchors are still those of one face, allowing for turns and the mouth."""
    left = sum(abs(turn * place + shift - aim) ** 2 for place, aim in zip(before, now, strict=True))
    eyes = abs(now[0] - now[1])
    return math.sqrt(left / len(now)) <= limits.most_change * max(eyes, 1.0)


def _moved(face: Face, before: Anchors, now: Anchors, turn: complex, shift: complex) -> Face:
    """`face` after its anchors went from `before` to `now`: each point keeps its way from its anchor."""
    points = [
        aim + turn * (complex(x, y) - place)
        for (x, y), place, aim in zip(face.points.tolist(), before, now, strict=True)
    ]
    x, y, width, height = face.box
    middle = turn * complex(x + width / 2, y + height / 2) + shift
    wide, high = width * abs(turn), height * abs(turn)
    box = middle.real - wide / 2, middle.imag - high / 2, wide, high
    placed = np.array([(point.real, point.imag) for point in points], np.float32)
    return Face(box, placed, face.score, tracked=True)


def _near(before: Face, now: Face, limits: TrackSettings) -> bool:
    """True when the face moved and grew no further than a head does between two frames."""
    (x, y, width, height), (u, v, wide, high) = before.box, now.box
    way = math.hypot(u + wide / 2 - x - width / 2, v + high / 2 - y - height / 2)
    return way <= limits.most_way * width and abs(wide / width - 1) <= limits.most_growth
