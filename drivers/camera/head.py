"""The portrait's mesh, carried on into hair, neck and background, and how it looks with the head turned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from drivers.camera.puppet import LEFT_TRAGUS, MESH_POINTS, RIGHT_TRAGUS, Points

Floats = npt.NDArray[np.float32]
Corners = npt.NDArray[np.int32]

CAMERA_DISTANCE_FACES = 4.5
"""Distance of the camera in face widths: about 65 cm for a face 14.5 cm wide."""
AXIS_BEHIND_EARS_FACES = 0.12
"""The head turns on the neck, this far behind the ears."""
NECK_BELOW_EARS_FACES = 0.3
"""It nods about a point this far below them."""
RINGS = (1.15, 1.3, 1.5, 1.75, 2.1)
"""Copies of the face outline, enlarged by these factors, carry the motion into hair and neck."""
RING_REACH = 0.55
"""How fast the motion fades outside the face (e-folding, in the unit of RINGS)."""
FRAME_REACH_PX = 400.0
"""The mesh ends this far beyond the picture."""
EDGE_ON = 0.05
"""A triangle seen with less than this share of its area counts as turned away."""
SPILL = 0.15
"""A cell's middle may lie this much outside its triangle (barycentric)."""
SUBPIXEL_BITS = 4

OUTLINE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


@dataclass(frozen=True, slots=True)
class HeadMesh:
    """Face, rings around it and a still frame, as triangles; made once a puppet."""

    points: Points
    face_px: float
    corners: Corners
    area: Floats

    def turned(self, grid: Floats, cell_px: int, yaw: float, pitch: float = 0.0) -> Floats:
        """For each place of `grid` (rows × columns × 2): where its colour comes from at angles in radians.

        `yaw` is positive to the person's own left, `pitch` upwards.

        Nearer triangles hide farther ones; those turned away are hidden by all.
        """
        moved, depth = self._moved(yaw, pitch)
        away = _areas(moved[self.corners]) < EDGE_ON * self.area
        order = np.lexsort((-depth[self.corners].mean(axis=1), ~away))
        places = (moved[self.corners] - grid[0, 0]) / cell_px * (1 << SUBPIXEL_BITS)
        drawn = places.round().astype(np.int32)
        labels = np.zeros(grid.shape[:2], np.int32)
        for index in order:
            cv2.fillConvexPoly(labels, drawn[index], int(index), shift=SUBPIXEL_BITS)
        sources = _carried_back(grid, moved, self.points[:, :2], self.corners[labels])
        return grid + np.asarray(cv2.GaussianBlur(sources - grid, (0, 0), 1.0), np.float32)

    def _moved(self, yaw: float, pitch: float) -> tuple[Floats, Floats]:
        """Where the points go, and how deep they lie, when the head turns about the neck."""
        face = self.points[:MESH_POINTS]
        moved, depth = _rotated(face, self.face_px, yaw, pitch)
        shift = moved[list(OUTLINE)] - face[list(OUTLINE), :2]
        around = [shift * math.exp(-(((factor - 1) / RING_REACH) ** 2)) for factor in RINGS]
        rest = self.points[MESH_POINTS:].copy()
        rest[: len(RINGS) * len(OUTLINE), :2] += np.concatenate(around)
        return np.concatenate([moved, rest[:, :2]]), np.concatenate([depth, rest[:, 2]])


def head_mesh(face: Points, face_px: float, width: float, height: float) -> HeadMesh:
    """The mesh of a picture of `width` × `height` that holds the 468 points `face`."""
    from scipy.spatial import Delaunay  # heavy, and only needed when a puppet is set up

    middle = face[:, :2].mean(axis=0)
    outline = face[list(OUTLINE)]
    far = float(face[:, 2].max()) + face_px
    rings = np.concatenate([middle + factor * (outline[:, :2] - middle) for factor in RINGS])
    outside = np.concatenate([rings, _frame_points(width, height)])
    deep = np.full((len(outside), 1), far)
    points = np.concatenate([face, np.hstack([outside, deep])]).astype(np.float32)
    corners = Delaunay(points[:, :2]).simplices.astype(np.int32)
    area = _areas(points[corners, :2])
    corners[area < 0] = corners[area < 0][:, ::-1]
    solid = np.abs(area) > 1e-3
    return HeadMesh(points, face_px, corners[solid], np.abs(area)[solid])


def _rotated(points: Points, face: float, yaw: float, pitch: float) -> tuple[Floats, Floats]:
    ears = points[[RIGHT_TRAGUS, LEFT_TRAGUS]].mean(axis=0)
    pivot = ears + np.array([0.0, NECK_BELOW_EARS_FACES, AXIS_BEHIND_EARS_FACES], np.float32) * face
    x, y, z = (points - pivot).T
    turned_x = x * math.cos(yaw) - z * math.sin(yaw)
    turned_z = z * math.cos(yaw) + x * math.sin(yaw)
    nodded_y = y * math.cos(pitch) + turned_z * math.sin(pitch)
    nodded_z = turned_z * math.cos(pitch) - y * math.sin(pitch)
    distance = CAMERA_DISTANCE_FACES * face
    nearer = (distance + z) / (distance + nodded_z)
    above = nodded_y + pivot[1] - ears[1]
    place = np.stack([ears[0] + turned_x * nearer, ears[1] + above * nearer], axis=1)
    return place.astype(np.float32), (pivot[2] + nodded_z).astype(np.float32)


def _areas(triangles: Floats) -> Floats:
    """Twice the signed areas."""
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], np.float32)


def _carried_back(grid: Floats, moved: Floats, points: Floats, corners: Corners) -> Floats:
    """Each grid place as a mixture of its triangle's corners, mixed from where they were."""
    a, b, c = (moved[corners[..., i]].astype(np.float64) for i in range(3))
    u, v, w = b - a, c - a, grid - a
    whole = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    whole = np.where(np.abs(whole) < 1e-6, 1e-6, whole)
    second = (w[..., 0] * v[..., 1] - w[..., 1] * v[..., 0]) / whole
    third = (u[..., 0] * w[..., 1] - u[..., 1] * w[..., 0]) / whole
    shares = np.clip(np.stack([1 - second - third, second, third], axis=-1), -SPILL, 1 + SPILL)
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.asarray((shares[..., None] * points[corners]).sum(axis=-2), np.float32)


def _frame_points(width: float, height: float) -> Floats:
    """Points well outside the picture, which stay where they are."""
    xs = np.linspace(-FRAME_REACH_PX, width + FRAME_REACH_PX, 12)
    ys = np.linspace(-FRAME_REACH_PX, height + FRAME_REACH_PX, 12)
    sides = [(x, y) for x in xs for y in (ys[0], ys[-1])] + [
        (x, y) for y in ys[1:-1] for x in (xs[0], xs[-1])
    ]
    return np.array(sides, np.float32)
