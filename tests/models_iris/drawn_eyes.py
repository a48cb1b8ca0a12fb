"""Draws near-infrared eyes of nobody. The seed makes the iris; everything else is the capture.

The same seed in another capture (pupil width, gaze, turn, lids, light, focus, noise) is the same iris.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.iris.api import Grey
from models.iris.settings import CameraProfile

PROFILE = CameraProfile("drawn", (14, 62), (60, 130))
"""Of pictures of 400 × 300 with an iris of about 90 pixels."""

SKIN, WHITE, IRIS, PUPIL, LASH, GLINT = 190.0, 190.0, 108.0, 20.0, 45.0, 253.0
FINE = 2
"""Drawn this many times larger and reduced, so that edges are as soft as a lens makes them."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Capture:
    """How an iris is taken. Lengths are pixels of the picture."""

    number: int = 0
    """Another number: other noise and other lashes."""
    size: tuple[int, int] = (400, 300)
    centre: tuple[float, float] = (200.0, 152.0)
    iris: float = 90.0
    pupil: float = 36.0
    turn: float = 0.0
    """Degrees."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Share by which the eye is seen narrower, across and down."""
    lids: tuple[float, float] = (0.85, 0.95)
    """Height of the upper and lower lid's edge above and below the centre, in iris radii."""
    lashes: int = 24
    grey: float = IRIS
    """Of the iris: low for dark eyes."""
    blur: float = 0.8
    motion: int = 0
    """Length of a smear to the side."""
    noise: float = 2.5
    light: float = 1.0
    glints: int = 2


def draw(seed: int, capture: Capture | None = None) -> Grey:
    """The picture."""
    how = capture or Capture()
    chance = np.random.default_rng([how.number, 99, seed])
    x, y = _plane(how)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    picture = _skin(chance, how)
    opening = _opening(x, y, how)
    eyeball = _eyeball(seed, radius, angle, how)
    picture = np.where(opening, eyeball, picture)
    _draw_glints(picture, how)
    _draw_lashes(picture, chance, how)
    return _taken(picture, chance, how)


def _plane(how: Capture) -> tuple[Floats, Floats]:
    """Coordinates around the eye's centre, as if it looked straight."""
    width, height = how.size
    y, x = (np.mgrid[0 : height * FINE, 0 : width * FINE].astype(np.float32) + 0.5) / FINE - 0.5
    dx, dy = x - how.centre[0], y - how.centre[1]
    return dx / np.float32(1 - how.gaze[0]), dy / np.float32(1 - how.gaze[1])


def _skin(chance: np.random.Generator, how: Capture) -> Floats:
    """Pores and shading."""
    width, height = how.size
    rough = cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2)
    shade = np.linspace(-12, 12, height, dtype=np.float32)[:, None]
    return cv2.resize(SKIN + 20 * rough + shade, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)


def _opening(x: Floats, y: Floats, how: Capture) -> npt.NDArray[np.bool_]:
    """Between two parabolas."""
    arch = 1 - (x / (2.3 * how.iris)) ** 2
    upper, lower = how.lids
    return (y > -upper * how.iris * arch) & (y < lower * how.iris * arch) & (arch > 0)


def _eyeball(seed: int, radius: Floats, angle: Floats, how: Capture) -> Floats:
    """White, iris and pupil."""
    depth = (radius - how.pupil) / (how.iris - how.pupil)
    ring = how.grey + how.grey / IRIS * _texture(seed, depth, angle + np.float32(np.deg2rad(how.turn)))
    ring -= how.grey / IRIS * 14 * np.clip((depth - 0.88) / 0.12, 0, 1)
    ball = np.where(radius < how.iris, ring, WHITE - 0.05 * radius)
    return np.where(radius < how.pupil, PUPIL, ball).astype(np.float32)


def _texture(seed: int, depth: Floats, angle: Floats) -> Floats:
    """Furrows that run outwards, crypts and freckles: noise of several sizes over depth and angle."""
    chance = np.random.default_rng([seed, 7])
    total = np.zeros((96, 768), np.float32)
    for rows, columns, strength in ((4, 24, 10.0), (6, 64, 11.0), (12, 128, 9.0), (24, 220, 6.0)):
        flat = chance.normal(0, strength, (rows, columns)).astype(np.float32)
        wide = cv2.resize(np.hstack([flat] * 3), (3 * 768, 96), interpolation=cv2.INTER_CUBIC)
        total += wide[:, 768:1536]
    column = (angle / (2 * np.pi) % 1 * 767).astype(np.float32)
    return cv2.remap(total, column, np.clip(depth * 95, 0, 95).astype(np.float32), cv2.INTER_LINEAR)


def _draw_glints(picture: Floats, how: Capture) -> None:
    """Mirror images of the lights, in the pupil."""
    for number in range(how.glints):
        x = how.centre[0] + how.pupil * (0.35 - 0.6 * number)
        centre = round(x * FINE), round((how.centre[1] + 0.2 * how.pupil) * FINE)
        cv2.circle(picture, centre, round(0.13 * how.pupil * FINE), GLINT, -1)


def _draw_lashes(picture: Floats, chance: np.random.Generator, how: Capture) -> None:
    """Bent hairs from the upper lid's edge, upwards mostly, some across the iris."""
    for _ in range(how.lashes):
        along = chance.uniform(-1.6, 1.6)
        start = np.array([along * how.iris, -how.lids[0] * how.iris * (1 - (along / 2.3) ** 2)])
        length = how.iris * chance.uniform(0.2, 0.42)
        down = 1 if chance.random() < 0.35 else -1
        way = np.array([along * 0.4 + chance.uniform(-0.3, 0.3), down])
        bend = np.array([along * 0.2, 0.15])
        share = np.linspace(0, 1, 8)[:, None]
        points = (start + length * (share * way + share**2 * bend) + how.centre) * FINE
        cv2.polylines(picture, [np.rint(points).astype(np.int32)], False, LASH, FINE)


def _taken(picture: Floats, chance: np.random.Generator, how: Capture) -> Grey:
    """Through lens and sensor."""
    taken = cv2.resize(picture, how.size, interpolation=cv2.INTER_AREA)
    if how.blur > 0:
        taken = cv2.GaussianBlur(taken, (0, 0), how.blur)
    if how.motion > 1:
        taken = cv2.blur(taken, (how.motion, 1))
    noisy = taken * how.light + chance.normal(0, how.noise, taken.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
