"""Spoils a good face picture in a known way, so that it can be measured whether the guidance notices.

Light, focus and motion are rendered on the whole picture; what covers a face is drawn with the geometry of
its own mesh. Drawn masks and glasses are simpler than real ones: the shares measured with them say that a
signal works, not how often it will in a branch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image, Mesh
from models.evaluate.canvas import Rng, axis_of, clipped, floats, inside, noisy, unit_of, whole
from models.evaluate.drawn import (
    FACE_OVAL,
    cap,
    closed_eyes,
    glare,
    hair,
    hand,
    looking_away,
    mask,
    open_mouth,
    sunglasses,
)


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way to spoil a picture."""

    name: str
    signals: frozenset[str]
    """Fields of `Quality`, any of which says what is wrong."""
    draw: Callable[[Image, Mesh, Rng], Image]


def small(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """Too far away: a third to a half of the size, the rest is wall."""
    return _placed(image, rng.uniform(0.35, 0.5), (0.0, 0.0))


def off_centre(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """Beside the middle by about a third of the picture's width."""
    side = rng.choice([-1.0, 1.0]) * rng.uniform(0.28, 0.36)
    shift = (side, 0.0) if rng.random() < 0.7 else (0.0, side)
    return _placed(image, 1.0, shift)


def tilted(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """The head held aslant by 32° to 45°."""
    height, width = image.shape[:2]
    angle = rng.choice([-1.0, 1.0]) * rng.uniform(32, 45)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    return whole(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101))


def dark(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """A lamp switched off: a fifth to a tenth of the light, and the noise that comes with it."""
    return noisy(floats(image) * rng.uniform(0.1, 0.2), rng, 3.0)


def bright(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """Exposed far too long: highlights clip."""
    return clipped(floats(image) * rng.uniform(2.0, 2.8) + 20)


def veiled(image: Image, _mesh: Mesh, rng: Rng) -> Image:
    """Light falls into the lens: hardly any contrast is left."""
    share = rng.uniform(0.14, 0.22)
    return clipped(floats(image) * share + 130)


def side_light(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """A lamp or window on one side: the other half of the face keeps a seventh of the light."""
    across = _along(image.shape, mesh) * (1 if rng.random() < 0.5 else -1)
    gain = 0.14 + 1.0 / (1 + np.exp(-across * 14))
    return clipped(floats(image) * gain[..., None])


def backlit(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """A window behind: the person is dark, what is around them is nearly white."""
    figure = inside(image.shape, _grown(mesh, 1.25))
    person = cv2.GaussianBlur(figure, (0, 0), unit_of(mesh) * 0.12)[..., None]
    dim = floats(image) * rng.uniform(0.14, 0.24)
    window = 215 + 0.15 * floats(image)
    return noisy(dim * person + window * (1 - person), rng, 2.0)


def blurred(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Out of focus by about a tenth of the distance between the eyes."""
    return whole(cv2.GaussianBlur(image, (0, 0), unit_of(mesh) * rng.uniform(0.09, 0.13)))


def shaken(image: Image, mesh: Mesh, rng: Rng) -> Image:
    """Moved during the exposure by about a third of the distance between the eyes."""
    length = max(3, round(unit_of(mesh) * rng.uniform(0.35, 0.5)))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))  # type: ignore[assignment]
    return whole(cv2.filter2D(image, -1, kernel / kernel.sum()))


def _placed(image: Image, scale: float, shift: tuple[float, float]) -> Image:
    """The picture scaled about its middle and shifted by shares of its width; grey where nothing is left."""
    height, width = image.shape[:2]
    if scale < 1:
        image = whole(cv2.GaussianBlur(image, (0, 0), 0.45 / scale))
    right = width / 2 * (1 - scale) + shift[0] * width
    down = height / 2 * (1 - scale) + shift[1] * width
    move = np.array([[scale, 0, right], [0, scale, down]])
    return whole(cv2.warpAffine(image, move, (width, height), borderValue=(128.0, 128.0, 128.0)))


def _grown(mesh: Mesh, factor: float) -> npt.NDArray[np.float32]:
    """The outline of head and shoulders: the face's oval, enlarged, and the body below it."""
    oval = mesh.points[list(FACE_OVAL), :2]
    middle = oval.mean(axis=0)
    grown = middle + (oval - middle) * factor
    unit = unit_of(mesh)
    chin = mesh.points[152, :2]
    body = [
        np.add(chin, (side * unit, down * unit))
        for side, down in ((1.6, 0.7), (2.2, 6), (-2.2, 6), (-1.6, 0.7))
    ]
    hull = cv2.convexHull(np.concatenate([grown, body]).astype(np.float32))
    return np.asarray(hull[:, 0], np.float32)


def _along(shape: tuple[int, ...], mesh: Mesh) -> npt.NDArray[np.float64]:
    """For each pixel how far it lies beside the middle of the face, in its widths."""
    down, across = np.mgrid[: shape[0], : shape[1]]
    middle, axis = mesh.points[[10, 152], :2].mean(axis=0), axis_of(mesh)
    wide = max(float(np.hypot(*(mesh.points[454, :2] - mesh.points[234, :2]))), 1.0)
    beside = (across - middle[0]) * axis[0] + (down - middle[1]) * axis[1]
    return np.asarray(beside / wide, np.float64)


DEGRADATIONS: tuple[Degradation, ...] = tuple(
    Degradation(draw.__name__, frozenset(signals.split()), draw)
    for draw, signals in (
        (small, "inter_eye_distance"),
        (off_centre, "centre_offset cut_off"),
        (tilted, "roll"),
        (dark, "highlight dynamic_range"),
        (bright, "clipped"),
        (veiled, "dynamic_range"),
        (side_light, "unevenness"),
        (backlit, "highlight dynamic_range backlight"),
        (blurred, "blur sharpness"),
        (shaken, "blur sharpness"),
        (mask, "mouth_cover mouth_line"),
        (hand, "mouth_cover mouth_line"),
        (sunglasses, "eye_cover"),
        (hair, "eye_cover strands"),
        (cap, "brow_cover"),
        (glare, "glare"),
        (closed_eyes, "eyes_open"),
        (looking_away, "gaze"),
        (open_mouth, "mouth_open"),
    )
)
"""All ways, in the order of the checks."""
