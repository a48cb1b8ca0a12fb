"""Photographs a drawn document: pinhole camera, cluttered desk, light, glare, lens, sensor, JPEG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from terminal.drawn import desk

Floats = npt.NDArray[Any]
Quad = npt.NDArray[np.float64]
"""4 × 2: corners from the document's top left round, pixels."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How a document lies before the camera, and how it is seen."""

    frame: tuple[int, int] = (1280, 720)
    share: float = 0.6
    """Of the frame's width that the document's longer side would take if it lay flat."""
    turn: float = 0.0
    """In the picture's plane, degrees clockwise."""
    tilt: float = 0.0
    """Between the document's normal and the camera's axis, degrees."""
    tilt_towards: float = 0.0
    """Direction of the tilt, degrees."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Of the document's middle from the picture's, as shares of the frame."""
    focal: float = 1.15
    """In widths of the frame: 47° across."""
    brightness: float = 1.0
    gradient: float = 0.0
    """How much darker the far side is, 0-1."""
    light_from: float = 0.0
    """Degrees."""
    glare: tuple[tuple[float, float, float, float], ...] = ()
    """Reflections: middle across and down (shares of the document), radius (share of its width), strength."""
    defocus: float = 0.0
    """Radius of the circle of confusion, pixels."""
    motion: float = 0.0
    """Length of the smear, pixels."""
    motion_towards: float = 0.0
    noise: float = 2.0
    """Of the sensor at middle grey, grey values."""
    quality: int = 90
    """JPEG."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture and the truth about it."""

    picture: Image = field(repr=False)
    corners: Quad
    saturated: npt.NDArray[np.bool_] = field(repr=False)
    """On the drawing: where the reflection leaves nothing to see."""


def photograph(
    drawing: Image,
    scene: Scene,
    random: np.random.Generator,
    *,
    relief: Floats | None = None,
    corner_radius: float = 0.0,
) -> Photograph:
    """What the camera gives. `corner_radius` is that of the drawing's rounded corners, in its pixels."""
    height, width = drawing.shape[:2]
    lit = drawing.astype(np.float32)
    if relief is not None:
        lit = _on_relief(lit, relief, scene.light_from)
    spill = _reflections((height, width), scene, random)
    lit = lit + spill[..., None]
    corners = pose((width, height), scene)
    frame = desk.spread(scene.frame, random).astype(np.float32)
    _lay(frame, lit, corners, corner_radius)
    frame *= (_light(scene) * scene.brightness)[..., None]
    frame = _through_lens(frame, scene)
    return Photograph(_sensed(frame, scene, random), corners, spill * scene.brightness > 150)


def pose(size: tuple[int, int], scene: Scene) -> Quad:
    """Where the corners of a drawing of `size` come to lie in the frame."""
    width, height = size
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float) * (0.5, 0.5 * height / width)
    turn, tilt, towards = (np.deg2rad(angle) for angle in (scene.turn, scene.tilt, scene.tilt_towards))
    axis = np.array([np.cos(towards), np.sin(towards), 0.0]) * tilt
    rotation = cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]
    points = np.column_stack([half, np.zeros(4)]) @ rotation.T
    focal = scene.focal * scene.frame[0]
    points[:, 2] += scene.focal / scene.share
    centre = np.array(scene.frame) * (np.array(scene.shift) + 0.5)
    return np.asarray(points[:, :2] / points[:, 2:] * focal + centre)


def _on_relief(lit: Floats, relief: Floats, light_from: float) -> Floats:
    """Light from the side on raised print: bright flanks towards it, shadow behind."""
    angle = np.deg2rad(light_from)
    down, across = np.gradient(relief)
    slope = (across * np.cos(angle) + down * np.sin(angle)) * 9.0
    shade = np.clip(1 - 0.5 * slope, 0.45, 1.6)
    shine = np.clip(-slope - 0.35, 0, 1) ** 2 * 160
    far = np.array([[1, 0, 4 * np.cos(angle)], [0, 1, 4 * np.sin(angle)]], np.float32)
    cast = cv2.warpAffine(relief, far, relief.shape[::-1])
    shadow = 1 - 0.25 * np.clip(cast - relief, 0, 1)
    return np.asarray(lit * (shade * shadow)[..., None] + shine[..., None], np.float32)


def _reflections(size: tuple[int, int], scene: Scene, random: np.random.Generator) -> Floats:
    """Lamps in the gloss of the surface: a core without drawing, and a halo around it."""
    height, width = size
    spill = np.zeros(size, np.float32)
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    for x, y, radius, strength in scene.glare:
        long, angle = float(random.uniform(1.0, 2.2)), float(random.uniform(0, np.pi))
        right, below = across - x * width, down - y * height
        along = (right * np.cos(angle) + below * np.sin(angle)) / long
        beside = -right * np.sin(angle) + below * np.cos(angle)
        far = np.sqrt(along**2 + beside**2) / (radius * width)
        spill += strength * (1 / (1 + far**4) + 0.12 / (1 + far**2))
    return spill


def _lay(frame: Floats, lit: Floats, corners: Quad, radius: float) -> None:
    """Put the document on the desk with a soft shadow, each pixel the mean of what it covers."""
    height, width = lit.shape[:2]
    size = frame.shape[1], frame.shape[0]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    cover = _rounded((height, width), radius)
    shrink = np.linalg.norm(corners[1] - corners[0]) / width
    if shrink < 1:
        lit = cv2.GaussianBlur(lit, (0, 0), 0.45 / max(shrink, 0.05))
    seen = cv2.warpPerspective(lit, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(cover, warp, size, flags=cv2.INTER_AREA)
    aside = cv2.warpAffine(inside, np.array([[1, 0, 3], [0, 1, 4]], np.float32), size)
    shadow = cv2.GaussianBlur(aside, (0, 0), 5)
    frame *= (1 - 0.4 * shadow)[..., None]
    frame *= (1 - inside)[..., None]
    frame += seen * inside[..., None]


def _rounded(size: tuple[int, int], radius: float) -> Floats:
    """Coverage of a sheet with rounded corners."""
    height, width = size
    sheet = np.zeros(size, np.uint8)
    r = round(radius)
    cv2.rectangle(sheet, (r, 0), (width - 1 - r, height - 1), 255, -1)
    cv2.rectangle(sheet, (0, r), (width - 1, height - 1 - r), 255, -1)
    for x in (r, width - 1 - r):
        for y in (r, height - 1 - r):
            cv2.circle(sheet, (x, y), r, 255, -1, cv2.LINE_AA)
    return sheet.astype(np.float32) / 255


def _light(scene: Scene) -> Floats:
    """Lamp from one side, and the lens's darker corners."""
    width, height = scene.frame
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle = np.deg2rad(scene.light_from)
    away = (across * np.cos(angle) + down * np.sin(angle)) / 2.83 + 0.5
    return np.asarray((1 - scene.gradient * away) * (1 - 0.06 * (across**2 + down**2)), np.float32)


def _through_lens(frame: Floats, scene: Scene) -> Floats:
    """Out of focus, and moved while the shutter was open."""
    if scene.defocus > 0.3:
        reach = int(np.ceil(scene.defocus)) + 1
        across, down = np.meshgrid(*[np.arange(-reach, reach + 1, dtype=np.float32)] * 2)
        disc = np.clip(scene.defocus + 0.5 - np.hypot(across, down), 0, 1)
        frame = cv2.filter2D(frame, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    if scene.motion > 0.5:
        reach = int(np.ceil(scene.motion / 2)) + 1
        smear = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        towards = np.deg2rad(scene.motion_towards)
        half = np.array([np.cos(towards), np.sin(towards)]) * scene.motion / 2
        ends = [tuple(int(value) for value in np.rint((reach + side * half) * 16)) for side in (-1, 1)]
        cv2.line(smear, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
        frame = cv2.filter2D(frame, -1, smear / smear.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(frame, np.float32)


def _sensed(frame: Floats, scene: Scene, random: np.random.Generator) -> Image:
    """Grain that grows with the light as photons do, clipping, and the camera's compression."""
    spread = scene.noise * np.sqrt(np.clip(frame, 8, 255) / 128)
    values = frame + random.normal(0, 1, frame.shape).astype(np.float32) * spread
    whole = np.clip(values, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, scene.quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
