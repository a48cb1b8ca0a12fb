"""Presentation attacks as a camera sees them: a printed photo in the hand, a recording on a screen.

Both are planes: whatever their picture shows, it moves in the frame by a homography only.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from drivers.camera.acting import INSTRUCTIONS, Actor, Moving
from drivers.camera.puppet import Puppet
from drivers.camera.scenery import room
from drivers.camera.stage import Pose, Stage

SHEET_FACES = (1.95, 2.4)
"""Width and height of the sheet's or screen's picture, in face widths."""
PAPER_BORDER_FACES = 0.08
BEZEL_FACES = 0.09
HALFTONE_PERIOD_PX = 2.9
PANEL_PERIOD_PX = 2.17
"""Pitch of the screen's pixels in camera pixels; near two, so that the two rasters beat (moiré)."""
PLANE_DISTANCE_PX = 1100.0
OWN_MOVE_SECONDS = (45.0, 90.0)
"""Between the head turns and long blinks of a recorded person, who looks at the camera most of the time."""
HOLE_FACES = (0.13, 0.062)
"""Half width and half height of an eye hole."""
HOLE_SHADE = 0.82
"""Living skin lies a little in the shadow of the sheet."""
TILT_SHARE = 0.55
"""A hand tilts the sheet by this share of the turn that was asked for."""


class PrintedPhoto:
    """A colour print of the portrait in a hand, which shakes and cannot make it blink."""

    def __init__(self, puppet: Puppet, width: int, height: int, face_px: float, seed: int) -> None:
        self.backdrop = _holder(room(width, height, seed + 1), face_px)
        self._hand = Hand(width, height, seed)
        self._actor = Actor(seed, 0.9)
        self._sheet = _printed(_still(puppet, face_px), face_px, np.random.default_rng(seed))

    def hear(self, instruction: str, now: float) -> None:
        """Move the sheet about, as attackers do."""
        self._actor.hear(instruction, now)

    def show(self, now: float) -> Image:
        """The picture at `now`, before the lens."""
        tilt = TILT_SHARE * self._actor.pose(now).yaw_degrees
        return _laid(self._sheet, self._hand.homography(self._sheet, now, tilt), self.backdrop)


class CutOut:
    """A print worn as a mask: it turns with the wearer's head, whose own eyes blink in its holes."""

    def __init__(self, puppet: Puppet, width: int, height: int, face_px: float, seed: int) -> None:
        self.backdrop = _holder(room(width, height, seed + 1), face_px)
        self._hand = Hand(width, height, seed)
        self._actor = Actor(seed, 0.6)
        wide, high = _sheet_size(face_px)
        self._wearer = Stage(puppet, wide, high, face_px, (wide / 2, high * 0.48))
        self._sheet = _printed(self._wearer.show(Pose()), face_px, np.random.default_rng(seed))
        self._edge = round(PAPER_BORDER_FACES * face_px)
        self._holes = _eye_holes(self._wearer.eyes(), wide, high, face_px)

    def hear(self, instruction: str, now: float) -> None:
        """The wearer follows, as far as a mask can."""
        self._actor.hear(instruction, now)

    def show(self, now: float) -> Image:
        """The picture at `now`, before the lens."""
        pose = self._actor.pose(now)
        living = self._wearer.show(Pose(lids=pose.lids))
        edge = self._edge
        mask = self._sheet.copy()
        inner = mask[edge:-edge, edge:-edge]
        inner[:] = (inner * (1 - self._holes) + HOLE_SHADE * living * self._holes).astype(np.uint8)
        return _laid(
            mask, self._hand.homography(mask, now, pose.yaw_degrees, pose.pitch_degrees), self.backdrop
        )


class ReplayedScreen:
    """A tablet that plays a recording of the person, who blinks and moves but hears nothing."""

    def __init__(
        self,
        puppet: Puppet,
        width: int,
        height: int,
        face_px: float,
        seed: int,
        recorded: Moving | None = None,
    ) -> None:
        self.backdrop = room(width, height, seed + 1)
        self._hand = Hand(width, height, seed)
        self._recorded = recorded or Actor(seed + 7, 0.0)
        self._idles = recorded is None
        self._random = np.random.default_rng(seed)
        wide, high = _sheet_size(face_px)
        self._stage = Stage(puppet, wide, high, face_px, (wide / 2, high * 0.48))
        self._panel = Panel(wide, high, round(BEZEL_FACES * face_px))
        self._glare = _glare(width, height)
        self._next_move = math.nan

    def hear(self, instruction: str, now: float) -> None:
        """A recording cannot hear."""

    def show(self, now: float) -> Image:
        """The picture at `now`, before the lens."""
        if self._idles:
            self._moves_of_its_own(now)
        shown = self._panel.show(self._stage.show(self._recorded.pose(now)), now)
        seen = _laid(shown, self._hand.homography(shown, now, 0.0), self.backdrop)
        return np.asarray(cv2.add(seen, self._glare), np.uint8)

    def _moves_of_its_own(self, now: float) -> None:
        if not math.isnan(self._next_move) and now >= self._next_move:
            self._recorded.hear(str(self._random.choice(INSTRUCTIONS)), now)
        if math.isnan(self._next_move) or now >= self._next_move:
            self._next_move = now + float(self._random.uniform(*OWN_MOVE_SECONDS))


class Hand:
    """Holds a sheet: drift, tremor at 6 Hz to 9 Hz, slow tilts."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._middle = (width / 2, height / 2 + 0.01 * height)
        self._phases = np.random.default_rng(seed + 3).uniform(0, 2 * math.pi, 8)

    def homography(
        self, sheet: Image, now: float, tilt_degrees: float, nod_degrees: float = 0.0
    ) -> npt.NDArray[np.float64]:
        """Lays `sheet` into the picture at `now`, turned about its upright and its level axis."""
        wave = self._wave
        yaw = math.radians(tilt_degrees + 2.5 * wave(now, 0, 0.19))
        pitch = math.radians(4.0 + nod_degrees + 2.0 * wave(now, 1, 0.14))
        roll = math.radians(1.5 * wave(now, 2, 0.16) + 0.15 * wave(now, 3, 7.1))
        x = self._middle[0] + 5.0 * wave(now, 4, 0.22) + 0.5 * wave(now, 5, 8.3)
        y = self._middle[1] + 3.5 * wave(now, 6, 0.27) + 0.5 * wave(now, 7, 6.4)
        high, wide = sheet.shape[:2]
        turn = cv2.Rodrigues(np.array([0.0, -yaw, 0.0]))[0] @ cv2.Rodrigues(np.array([pitch, 0.0, roll]))[0]
        far = PLANE_DISTANCE_PX
        lens = np.array([[far, 0, x], [0, far, y], [0, 0, 1.0]])
        plane = np.column_stack([turn[:, 0], turn[:, 1], (0, 0, far)])
        centre = np.array([[1, 0, -wide / 2], [0, 1, -high / 2], [0, 0, 1.0]])
        return np.asarray(lens @ plane @ centre, np.float64)

    def _wave(self, now: float, which: int, hertz: float) -> float:
        return math.sin(2 * math.pi * hertz * now + float(self._phases[which]))


class Panel:
    """A tablet's screen and frame: pixel raster, refresh bands, cold white, raised blacks."""

    def __init__(self, width: int, height: int, bezel_px: int) -> None:
        self._bezel = bezel_px
        x, y = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
        rate = 2 * math.pi / PANEL_PERIOD_PX
        raster = np.stack([np.sin(rate * x + 2.1 * i) + 0.7 * np.sin(rate * y) + 0 * y for i in range(3)], -1)
        self._raster = np.clip(128 * (1 + 0.10 * raster), 0, 255).astype(np.uint8)
        rows = np.arange(3 * height, dtype=np.float32)
        bands = 118 * (1 + 0.07 * np.sin(2 * math.pi * rows / (0.5 * height)))
        self._bands = np.repeat(bands[:, None], width * 3, axis=1).reshape(-1, width, 3).astype(np.uint8)
        levels = np.linspace(0, 1, 256) ** 0.92
        self._tone = np.stack([24 + 231 * levels, 20 + 226 * levels, 20 + 214 * levels], -1).astype(np.uint8)

    def show(self, picture: Image, now: float) -> Image:
        """`picture` on the screen at `now`, with the frame around it."""
        height = picture.shape[0]
        first = int(now * 0.9 * height) % height
        toned = cv2.LUT(picture, self._tone[None])
        lit = cv2.multiply(toned, self._raster, scale=1 / 128)
        banded = cv2.multiply(lit, self._bands[first : first + height], scale=1 / 128)
        edge = self._bezel
        return np.asarray(
            cv2.copyMakeBorder(banded, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(22, 20, 20)),
            np.uint8,
        )


def _eye_holes(
    eyes: npt.NDArray[np.float32], width: int, height: int, face_px: float
) -> npt.NDArray[np.float32]:
    """1 in the holes, 0 on the paper."""
    mask = np.zeros((height, width), np.uint8)
    axes = (round(HOLE_FACES[0] * face_px), round(HOLE_FACES[1] * face_px))
    for x, y in eyes:
        cv2.ellipse(mask, (round(float(x)), round(float(y))), axes, 0, 0, 360, 255, -1)
    return np.asarray(mask[..., None] / 255, np.float32)


def _sheet_size(face_px: float) -> tuple[int, int]:
    """Width and height of the picture on a sheet or screen, in whole grid cells."""
    wide, high = (round(share * face_px / 8) * 8 for share in SHEET_FACES)
    return wide, high


def _still(puppet: Puppet, face_px: float) -> Image:
    wide, high = _sheet_size(face_px)
    return Stage(puppet, wide, high, face_px, (wide / 2, high * 0.48)).show(Pose())


def _printed(photo: Image, face_px: float, random: np.random.Generator) -> Image:
    """The photo as office printers give it: soft, paler, with halftone dots, on paper with a white edge."""
    high, wide = photo.shape[:2]
    soft = cv2.GaussianBlur(photo, (0, 0), 0.9).astype(np.float32)
    grey = soft.mean(axis=2, keepdims=True)
    inked = 44 + (grey + 0.95 * (soft - grey)) * (178 / 255)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    for channel, degrees in enumerate((15.0, 75.0, 45.0)):  # the usual screen angles of cyan, magenta, black
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        rate = 2 * math.pi / HALFTONE_PERIOD_PX
        dots = np.sin(rate * (c * x + s * y)) * np.sin(rate * (c * y - s * x))
        inked[..., channel] += 8.0 * dots
    edge = round(PAPER_BORDER_FACES * face_px)
    paper = np.full((high + 2 * edge, wide + 2 * edge, 3), (222, 226, 228), np.float32)
    paper[edge:-edge, edge:-edge] = inked
    paper += random.normal(0, 2.5, paper.shape[:2])[..., None]
    across = np.linspace(1.04, 0.93, paper.shape[1], dtype=np.float32)[None, :, None]
    return np.asarray(np.clip(paper * across, 0, 255), np.uint8)


def _holder(scene: Image, face_px: float) -> Image:
    """The scene with the dark clothes of whoever holds the sheet, out of focus behind it."""
    high, wide = scene.shape[:2]
    drawn = scene.copy()
    cv2.ellipse(
        drawn, (wide // 2, high), (round(1.6 * face_px), round(1.1 * face_px)), 0, 0, 360, (58, 50, 48), -1
    )
    cv2.ellipse(
        drawn,
        (wide // 2, round(0.1 * high)),
        (round(0.45 * face_px), round(0.5 * face_px)),
        0,
        0,
        360,
        (120, 148, 196),
        -1,
    )
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 7), np.uint8)


def _glare(width: int, height: int) -> Image:
    """The reflection of a ceiling light on glass."""
    drawn = np.zeros((height, width, 3), np.uint8)
    place = (round(0.36 * width), round(0.2 * height))
    cv2.ellipse(drawn, place, (round(0.09 * width), round(0.03 * height)), -18, 0, 360, (96, 100, 100), -1)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 9), np.uint8)


def _laid(sheet: Image, homography: npt.NDArray[np.float64], scene: Image) -> Image:
    """`sheet` laid into `scene`; the 3×3 softness of the camera hides the cut edge."""
    high, wide = sheet.shape[:2]
    corners = np.array([[[0, 0]], [[wide, 0]], [[wide, high]], [[0, high]]], np.float64)
    reach = cv2.perspectiveTransform(corners, homography)[:, 0]
    limits = np.array([scene.shape[1], scene.shape[0]])
    left, top = np.clip(np.floor(reach.min(axis=0)).astype(int) - 2, 0, limits - 1)
    right, bottom = np.clip(np.ceil(reach.max(axis=0)).astype(int) + 2, 1, limits)
    moved = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]]) @ homography
    seen = scene.copy()
    part = seen[top:bottom, left:right].copy()
    size = (int(right - left), int(bottom - top))
    cv2.warpPerspective(sheet, moved, size, part, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    seen[top:bottom, left:right] = cv2.GaussianBlur(part, (3, 3), 0)
    return seen
