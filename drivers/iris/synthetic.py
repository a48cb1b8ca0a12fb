"""Draws near-infrared pictures of eyes that belong to nobody: for tests, simulators and training."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from drivers.capture import Eye, Grey

SKIN, WHITE, IRIS, PUPIL, GLINT = 150.0, 172.0, 105.0, 18.0, 252.0
RINGS, SPOKES = 16, 96

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """How an eye is seen. Lengths in pixels."""

    width: int = 640
    height: int = 480
    pupil: int = 38
    iris: int = 105
    openness: float = 1.0
    """1 wide open, 0 shut."""
    blur: float = 0.6
    brightness: float = 1.0
    shift: tuple[int, int] = (0, 0)
    """Of the pupil from the middle, right and down."""
    noise: float = 2.0


def draw(seed: int, eye: Eye, look: Look | None = None) -> Grey:
    """The eye of the invented person `seed`; the same seed gives the same iris texture."""
    look = look or Look()
    random = np.random.default_rng([seed, int(eye)])
    rows, columns = np.mgrid[0 : look.height, 0 : look.width].astype(np.float32)
    dx = columns - (look.width / 2 + look.shift[0])
    dy = rows - (look.height / 2 + look.shift[1])
    radius = np.hypot(dx, dy)
    white = _between_lids(dx, dy, look)
    ring = _texture(random, radius, np.arctan2(dy, dx), look)
    glint = np.hypot(dx + look.pupil * 0.3, dy + look.pupil * 0.3) < look.pupil * 0.16
    picture = _skin(random, look)
    picture[white] = (WHITE - radius * 0.06)[white]
    for inside, grey in ((radius < look.iris, ring), (radius < look.pupil, PUPIL), (glint, GLINT)):
        picture[white & inside] = np.broadcast_to(grey, picture.shape)[white & inside]
    if look.blur > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), look.blur), np.float32)
    noise = np.random.default_rng().normal(0.0, look.noise, picture.shape)
    return np.clip(picture * look.brightness + noise, 0, 255).astype(np.uint8)


def surroundings(look: Look) -> Grey:
    """What the camera sees when no eye is there: skin out of focus."""
    picture = _skin(np.random.default_rng(0), look) * look.brightness
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _skin(random: np.random.Generator, look: Look) -> Floats:
    rough = random.normal(0, 1, (look.height, look.width)).astype(np.float32)
    return np.asarray(SKIN + 60 * cv2.GaussianBlur(rough, (0, 0), 5), np.float32)


def _between_lids(dx: Floats, dy: Floats, look: Look) -> npt.NDArray[np.bool_]:
    half_width, half_height = look.iris * 2.1, look.iris * 1.02 * look.openness
    along = np.clip(1 - (dx / half_width) ** 2, 0, None)
    return np.asarray(np.abs(dy) < half_height * along)


def _texture(random: np.random.Generator, radius: Floats, angle: Floats, look: Look) -> Floats:
    """Streaks that run outwards, from noise drawn in polar coordinates."""
    flat = random.normal(0, 1, (RINGS, SPOKES)).astype(np.float32)
    wide = cv2.resize(np.hstack([flat, flat[:, :1]]), (512, 64), interpolation=cv2.INTER_CUBIC)
    x = ((angle + np.pi) / (2 * np.pi) * 511).astype(np.float32)
    y = np.clip((radius - look.pupil) / max(1, look.iris - look.pupil) * 63, 0, 63).astype(np.float32)
    streaks = cv2.remap(wide, x, y, cv2.INTER_LINEAR)
    edge = np.clip((radius - 0.9 * look.iris) / (0.1 * look.iris), 0, 1)
    return np.asarray(IRIS + 16 * streaks - 18 * edge, np.float32)
