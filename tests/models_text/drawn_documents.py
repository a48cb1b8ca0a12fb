"""Draws invented passports and permits with a machine-readable zone, as a camera over a counter sees them.

Not a test: the pictures for the tests of reading, and for measuring it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

OCR_B = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
"""The typeface of real zones, where it is installed (Debian: fonts-ocr-b)."""
MONOSPACED = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"
PROSE = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
DOTS_PER_MM = 12.0
SIZES_MM = {44: (125.0, 88.0), 36: (105.0, 74.0), 30: (85.6, 54.0)}
"""By the length of a line: TD3, TD2, TD1."""
PITCH_MM = 2.54
LINE_STEP_MM = 6.35


@dataclass(frozen=True)
class Scene:
    """How the document lies before the camera."""

    frame: tuple[int, int] = (1920, 1080)
    share: float = 0.7
    """Of the frame's width that the document takes."""
    turn_degrees: float = 0.0
    tilt: float = 0.0
    """How far the far edge is shortened, 0-0.3."""
    blur: float = 0.0
    """Sigma in pixels of the frame."""
    noise: float = 0.0
    """Sigma in grey values."""
    shadow: float = 0.0
    """How much darker the darkest part is, 0-1."""
    glare: float = 0.0
    quality: int = 92
    """JPEG."""


def page(lines: Sequence[str], font: Path, seed: int = 0) -> np.ndarray:
    """The page with portrait, fields and zone, BGR."""
    random = np.random.default_rng(seed)
    width, height = (round(side * DOTS_PER_MM) for side in SIZES_MM[len(lines[0])])
    picture = Pillow.fromarray(_pattern(width, height, random))
    draw = ImageDraw.Draw(picture)
    small = ImageFont.truetype(str(PROSE), round(2.6 * DOTS_PER_MM))
    top = height - round((4.0 + LINE_STEP_MM * len(lines)) * DOTS_PER_MM)
    draw.rectangle((30, 90, 30 + width // 4, min(top - 30, 90 + width // 3)), fill=(176, 158, 146))
    for row in range(int((top - 140) // 52)):
        words = "".join(chr(int(sign)) for sign in random.integers(65, 91, int(random.integers(6, 18))))
        draw.text((width // 4 + 70, 90 + row * 52), words, font=small, fill=(60, 60, 70))
    _write(draw, lines, font, (width, top))
    return np.asarray(picture)[..., ::-1].copy()


def seen(document: np.ndarray, scene: Scene, seed: int = 0) -> np.ndarray:
    """The camera's frame."""
    random = np.random.default_rng(seed + 1000)
    width, height = scene.frame
    wall = random.integers(40, 110)
    frame = np.full((height, width, 3), wall, np.uint8)
    frame = cv2.add(frame, cv2.resize(random.integers(0, 24, (40, 60, 3), dtype=np.uint8), (width, height)))
    corners, shape = _corners(document, scene), document.shape[:2]
    source = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners)
    cv2.warpPerspective(
        document, warp, (width, height), dst=frame, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    return _spoiled(frame, scene, random)


def _corners(document: np.ndarray, scene: Scene) -> np.ndarray:
    """Where the page's corners come to lie, from top left round."""
    width, height = scene.frame
    wide = width * scene.share
    high = wide * document.shape[0] / document.shape[1]
    inset = wide * scene.tilt / 2
    flat = np.array([[inset, inset], [wide - inset, inset], [wide, high], [0, high]]) - (wide / 2, high / 2)
    turn = np.deg2rad(scene.turn_degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (flat @ rotation.T + (width / 2, height / 2)).astype(np.float32)


def _pattern(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Paper with faint wavy lines, as documents have against copying."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    wave = np.sin(across / 23 + 3 * np.sin(down / 41)) + np.sin(down / 17 + 2 * np.sin(across / 67))
    tint = np.array([6.0, 3.0, 7.0]) * wave[..., None]
    return np.clip(np.array([226, 232, 236]) + tint + random.normal(0, 2, (height, width, 1)), 0, 255).astype(
        np.uint8
    )


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[str], font: Path, at: tuple[int, int]) -> None:
    """Sign by sign at the standard's pitch, whatever the typeface's own."""
    width, top = at
    type_ = ImageFont.truetype(str(font), round(3.9 * DOTS_PER_MM))
    pitch = PITCH_MM * DOTS_PER_MM
    left = (width - pitch * len(lines[0])) / 2
    for row, line in enumerate(lines):
        baseline = top + (row + 0.7) * LINE_STEP_MM * DOTS_PER_MM
        for column, sign in enumerate(line):
            draw.text(
                (left + (column + 0.5) * pitch, baseline), sign, font=type_, fill=(24, 22, 26), anchor="ms"
            )


def _spoiled(frame: np.ndarray, scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Shadow, glare, blur, noise and compression, in the order light meets them."""
    height, width = frame.shape[:2]
    light = np.ones((height, width), np.float32)
    if scene.shadow:
        angle = random.uniform(0, 2 * np.pi)
        across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        edge = across * np.cos(angle) + down * np.sin(angle) - random.uniform(-0.4, 0.4)
        light -= scene.shadow / (1 + np.exp(-edge * 8)).astype(np.float32)
    values = frame.astype(np.float32) * light[..., None]
    if scene.glare:
        spot = np.zeros((height, width), np.float32)
        centre = int(random.uniform(0.2, 0.8) * width), int(random.uniform(0.3, 0.7) * height)
        cv2.circle(spot, centre, width // 9, 1.0, -1)
        values += cv2.GaussianBlur(spot, (0, 0), width / 18)[..., None] * 255 * scene.glare
    if scene.blur:
        values = cv2.GaussianBlur(values, (0, 0), scene.blur)
    values += random.normal(0, scene.noise, values.shape) if scene.noise else 0
    packed = cv2.imencode(
        ".jpg", np.clip(values, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, scene.quality]
    )
    return cv2.imdecode(packed[1], cv2.IMREAD_COLOR)
