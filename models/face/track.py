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
import numpy.typing as npt

from models.api import Face, Mesh
from models.face.align import similarity
from models.face.settings import TrackSettings

ANCHORS = ((33, 133), (362, 263), (1,), (61,), (291,))
"""Mesh points at each of the five points of a detection: eyes (both corners), nose tip, mouth corners."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Searched:
    """The last search: what it found, and the anchors of the mesh in the same frame."""

    at: float
    faces: tuple[Face, ...]
    anchors: Floats


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
        moved = _moved(searched.faces[0], searched.anchors, anchors)
        if not (_near(before, moved, self._settings) and self._same_shape(searched.anchors, anchors)):
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

    def _same_shape(self, before: Floats, now: Floats) -> bool:
        """True when the anchors are still those of one face, allowing for turns and the mouth."""
        fit = similarity(before, now)
        left = before @ fit[:, :2].T + fit[:, 2] - now
        eyes = math.dist(now[0], now[1])
        return float(np.sqrt((left**2).sum(1).mean())) <= self._settings.most_change * max(eyes, 1.0)


def _anchors(mesh: Mesh) -> Floats:
    """Five places of the mesh: 5 × 2."""
    points = mesh.points
    return np.array([points[list(which), :2].mean(0) for which in ANCHORS], np.float32)


def _moved(face: Face, before: Floats, now: Floats) -> Face:
    """`face` after its anchors went from `before` to `now`: each point keeps its way from its anchor."""
    fit = similarity(before, now)
    turn = fit[:, :2]
    points = now + (face.points - before) @ turn.T.astype(np.float32)
    x, y, width, height = face.box
    scale = math.hypot(turn[0, 0], turn[1, 0])
    middle = turn @ (x + width / 2, y + height / 2) + fit[:, 2]
    wide, high = width * scale, height * scale
    box = float(middle[0]) - wide / 2, float(middle[1]) - high / 2, wide, high
    return Face(box, points.astype(np.float32, copy=False), face.score, tracked=True)


def _near(before: Face, now: Face, limits: TrackSettings) -> bool:
    """True when the face moved and grew no further than a head does between two frames."""
    (x, y, width, height), (u, v, wide, high) = before.box, now.box
    way = math.hypot(u + wide / 2 - x - width / 2, v + high / 2 - y - height / 2)
    return way <= limits.most_way * width and abs(wide / width - 1) <= limits.most_growth
