"""Shows a puppet in any pose: the portrait is warped over its own face mesh, turned in three dimensions.

A dense map says for each pixel of the picture where in the portrait its colour comes from. Maps for a few
head angles are made once from the mesh (piecewise linear over the projected points, decaying smoothly into
hair, neck and background) and mixed for the angles between. Closed eyes are portraits whose eyelid columns
were stretched down. Coordinates: the picture, with a margin around it, so that nothing runs out of pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from drivers.camera.head import HeadMesh, head_mesh
from drivers.camera.mouth import mouth_opened
from drivers.camera.puppet import Puppet

Floats = npt.NDArray[np.float32]

MARGIN_PX = 32
CELL_PX = 4
"""Maps are computed on a grid this coarse and enlarged; eyelids, the finest motion, are not part of them."""
MAX_YAW = 36.0
YAW_STEP = 6.0
MAX_PITCH = 24.0
PITCH_STEP = 6.0
LID_LEVELS = 8
MOUTH_LEVELS = 8

NO_MAP: Any = None
"""The second map when the first holds x and y. The type stubs know no None; an empty array takes ages."""

EYES = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""Upper and lower lid of each eye, from image left to image right."""
EYE_DEPTH = 1.35
"""The mesh draws eyes narrower than they are; the white ends this many mesh openings below the upper lid."""
BROWS = ((46, 53, 52, 65, 55), (285, 295, 282, 283, 276))
LOWER_LIP = 17


@dataclass(frozen=True, slots=True)
class Pose:
    """How the person holds still, or does not, in one frame."""

    yaw_degrees: float = 0.0
    """Positive when the person turns to their own left."""
    pitch_degrees: float = 0.0
    """Positive when the person looks up."""
    lids: float = 0.0
    """0 eyes open, 1 closed."""
    mouth: float = 0.0
    """0 as in the portrait, 1 a little open."""
    gape: float = 0.0
    """0 as in the portrait, 1 wide open."""
    sway_x_px: float = 0.0
    sway_y_px: float = 0.0
    roll_degrees: float = 0.0
    breath: float = 0.0
    """-1 breathed out … 1 breathed in."""


class Stage:
    """One puppet placed before the camera; `show` draws it in a pose."""

    def __init__(
        self, puppet: Puppet, width: int, height: int, face_width_px: float, centre: tuple[float, float]
    ) -> None:
        self._size = (width, height)
        scale = face_width_px / puppet.face_width_px
        middle = puppet.points[:, :2].mean(axis=0)
        offset = np.array(centre, np.float32) + MARGIN_PX - middle * scale
        self._points = puppet.points * np.float32(scale)
        self._points[:, :2] += offset
        self._face = float(face_width_px)
        portrait = _placed(puppet.image, scale, offset, width + 2 * MARGIN_PX, height + 2 * MARGIN_PX)
        self._portraits = [self._eyes_closed(portrait, i / (LID_LEVELS - 1)) for i in range(LID_LEVELS)]
        self._grid = _grid(width, height)
        mesh = head_mesh(self._points, self._face, width + 2 * MARGIN_PX, height + 2 * MARGIN_PX)
        self._turns = Turns(mesh, self._grid)
        self._gapes: dict[int, Image] = {}
        self._head, self._chest, self._jaw = self._weights()

    def show(self, pose: Pose) -> Image:
        """The picture of the puppet in `pose`, height × width × 3."""
        coarse = self._turns.at(pose.yaw_degrees, pose.pitch_degrees)
        coarse -= self._small_motion(pose)
        fine = cv2.resize(coarse, self._size, interpolation=cv2.INTER_LINEAR)
        whole, part = cv2.convertMaps(
            fine, NO_MAP, cv2.CV_16SC2
        )  # whole pixels and 1/32 parts: half the time
        portrait = self._portrait(pose)
        shown = cv2.remap(portrait, whole, part, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(shown, np.uint8)

    def eyes(self) -> Floats:
        """Where the middles of both eyes are at rest, 2 × 2."""
        rows = [self._points[[*upper, *lower], :2].mean(axis=0) for upper, lower in EYES]
        return np.asarray(np.stack(rows) - MARGIN_PX, np.float32)

    def _portrait(self, pose: Pose) -> Image:
        """With lids as in `pose`, or with open eyes and the mouth as in `pose`."""
        gape = round(min(max(pose.gape, 0.0), 1.0) * (MOUTH_LEVELS - 1))
        if gape:
            if gape not in self._gapes:
                share = gape / (MOUTH_LEVELS - 1)
                self._gapes[gape] = mouth_opened(self._portraits[0], self._points, self._face, share)
            return self._gapes[gape]
        return self._portraits[round(min(max(pose.lids, 0.0), 1.0) * (LID_LEVELS - 1))]

    def _small_motion(self, pose: Pose) -> Floats:
        middle = self._points[:, :2].mean(axis=0) + np.array([0.0, 0.5 * self._face], np.float32)
        roll = math.radians(pose.roll_degrees)
        across, down = self._grid[..., 0] - middle[0], self._grid[..., 1] - middle[1]
        motion = np.empty_like(self._grid)
        motion[..., 0] = (pose.sway_x_px - roll * down) * self._head
        motion[..., 1] = (pose.sway_y_px + roll * across) * self._head
        motion[..., 1] -= 0.012 * self._face * pose.breath * self._chest
        motion[..., 1] += 0.05 * self._face * pose.mouth * self._jaw
        return motion

    def _weights(self) -> tuple[Floats, Floats, Floats]:
        middle = self._points[:, :2].mean(axis=0)
        x, y = (self._grid[..., 0] - middle[0]) / self._face, (self._grid[..., 1] - middle[1]) / self._face
        head = np.clip(1.9 - np.hypot(x, (y + 0.1) / 1.15), 0.0, 1.0)
        chest = np.clip(y - 0.6, 0.0, 1.0)
        lip = (self._points[LOWER_LIP, :2] - middle) / self._face
        jaw = np.exp(-(((x - lip[0]) / 0.3) ** 2) - ((y - lip[1] - 0.12) / 0.16) ** 2)
        return _smooth(head), _smooth(chest), jaw.astype(np.float32)

    def _eyes_closed(self, portrait: Image, closed: float) -> Image:
        shut = portrait.copy()
        for (upper, lower), brow in zip(EYES, BROWS, strict=True):
            lids = self._points[list(upper), :2], self._points[list(lower), :2]
            _close_eye(portrait, shut, lids, self._points[list(brow), :2], closed)
        return shut


class Turns:
    """Maps of the turned head, each made when it is first needed; those of the angles between are mixed."""

    def __init__(self, mesh: HeadMesh, grid: Floats) -> None:
        self._mesh, self._grid = mesh, grid
        self._made: dict[tuple[int, int], Floats] = {}

    def at(self, yaw_degrees: float, pitch_degrees: float) -> Floats:
        """The map for a pose; a new array. Turning and nodding at once add up."""
        across = self._mixed(yaw_degrees, MAX_YAW, YAW_STEP, lambda step: self._made_at(step, 0))
        if abs(pitch_degrees) < 0.5:
            return across
        down = self._mixed(pitch_degrees, MAX_PITCH, PITCH_STEP, lambda step: self._made_at(0, step))
        return np.asarray(across + down - self._grid, np.float32)

    def _mixed(self, degrees: float, most: float, step: float, made: Callable[[int], Floats]) -> Floats:
        place = min(max(degrees, -most), most) / step
        low = math.floor(place)
        share = place - low
        if share == 0:
            return made(low).copy()
        return np.asarray(cv2.addWeighted(made(low), 1 - share, made(low + 1), share, 0), np.float32)

    def _made_at(self, yaw_step: int, pitch_step: int) -> Floats:
        key = (yaw_step, pitch_step)
        if key not in self._made:
            yaw, pitch = math.radians(yaw_step * YAW_STEP), math.radians(pitch_step * PITCH_STEP)
            self._made[key] = self._mesh.turned(self._grid, CELL_PX, yaw, pitch)
        return self._made[key]


def _placed(image: Image, scale: float, offset: Floats, width: int, height: int) -> Image:
    """The portrait at its place; beyond its edges it goes on as its own mirror image, out of focus."""
    source, factor = image, scale
    if scale < 0.7:
        source = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        factor = 1.0
    move = np.array([[factor, 0, offset[0]], [0, factor, offset[1]]], np.float32)
    size = (width, height)
    sharp = cv2.warpAffine(source, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    inside = np.full(source.shape[:2], 255, np.uint8)
    mask = cv2.warpAffine(inside, move, size, flags=cv2.INTER_NEAREST, borderValue=0)
    mask = cv2.GaussianBlur(cv2.erode(mask, np.ones((25, 25), np.uint8), borderValue=255), (0, 0), 8)
    share = (mask.astype(np.float32) / 255)[..., None]
    soft = cv2.GaussianBlur(sharp, (0, 0), 14)
    return np.asarray(sharp * share + soft * (1 - share), np.uint8)


def _grid(width: int, height: int) -> Floats:
    """Places of the coarse cells in margin coordinates, rows × columns × 2; matches cv2.resize's corners."""
    xs = (np.arange(width // CELL_PX) + 0.5) * CELL_PX - 0.5 + MARGIN_PX
    ys = (np.arange(height // CELL_PX) + 0.5) * CELL_PX - 0.5 + MARGIN_PX
    return np.stack(np.meshgrid(xs, ys), axis=-1).astype(np.float32)


def _smooth(weight: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(weight * weight * (3 - 2 * weight), np.float32)


def _close_eye(
    portrait: Image, shut: Image, lids: tuple[Floats, Floats], brow: Floats, closed: float
) -> None:
    """Draw one eye of `portrait` into `shut` with its upper lid come down by `closed`."""
    corner, room = lids[0].min(axis=0), np.ptp(lids[0], axis=0).max()
    left, top = np.maximum(np.floor(corner - room).astype(int), 0)
    right, bottom = np.ceil(corner + np.array([2.0, 1.5]) * room).astype(int)
    place = np.s_[top:bottom, left:right]
    height, width = portrait[place].shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    origin = np.array([left, top], np.float32)
    _pull_lid(ys, (lids[0] - origin, lids[1] - origin), brow - origin, closed)
    shut[place] = cv2.remap(portrait[place], xs, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _pull_lid(rows: Floats, lids: tuple[Floats, Floats], brow: Floats, closed: float) -> None:
    """Change the source rows of an eye's columns so that the upper lid comes down by `closed`."""
    upper, lower = lids
    for x in range(max(math.ceil(upper[0, 0]), 0), min(math.floor(upper[-1, 0]) + 1, rows.shape[1])):
        top = float(np.interp(x, upper[:, 0], upper[:, 1]))
        bottom = top + EYE_DEPTH * (float(np.interp(x, lower[:, 0], lower[:, 1])) - top)
        opening = bottom - top
        if opening <= 0.5:
            continue
        above = top - 0.7 * (top - float(np.interp(x, brow[:, 0], brow[:, 1])))
        lashes = min(0.3 * opening, 0.3 * (top - above))
        lid = top + closed * opening
        targets = (above, lid - lashes, lid, bottom, bottom + 2.0)
        sources = (above, top - lashes, top, bottom, bottom + 2.0)
        first, last = max(math.floor(above), 0), min(math.ceil(bottom), len(rows) - 1)
        column = np.arange(first, last + 1, dtype=np.float32)
        rows[first : last + 1, x] = np.interp(column, targets, sources, left=np.nan)
        kept = np.isnan(rows[first : last + 1, x])
        rows[first : last + 1, x][kept] = column[kept]
