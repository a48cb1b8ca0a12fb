"""What invented cards are painted with: grounds, inks, relief, chip and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from terminal.drawn.typefaces import Mask, text_mask

Colour = tuple[int, int, int]
"""Blue, green, red."""
PATTERNS = ("plain", "waves", "rays", "cloud", "blocks")


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies below the print."""

    first: Colour
    second: Colour
    angle: float
    """Direction in which one colour passes into the other, radians."""
    pattern: str
    strength: float
    """Of the pattern, in grey values."""

    @property
    def brightness(self) -> float:
        """Mean of both colours, 0-255."""
        return float(np.mean([self.first, self.second]))


def ground(random: np.random.Generator) -> Ground:
    """A ground by lot: two colours that are near each other, and a pattern."""
    hue, value = float(random.uniform(0, 180)), float(random.choice([45, 80, 120, 170, 215]))
    saturation = float(random.uniform(20, 200)) if value < 200 else float(random.uniform(0, 60))
    colours = []
    for _ in range(2):
        shade = (
            (hue + random.uniform(-14, 14)) % 180,
            np.clip(saturation + random.uniform(-30, 30), 0, 255),
            np.clip(value + random.uniform(-35, 35), 12, 245),
        )
        pixel = cv2.cvtColor(np.array([[shade]]).astype(np.uint8), cv2.COLOR_HSV2BGR)[0, 0]
        colours.append((int(pixel[0]), int(pixel[1]), int(pixel[2])))
    pattern = PATTERNS[int(random.integers(len(PATTERNS)))]
    angle, strength = float(random.uniform(0, 2 * np.pi)), float(random.uniform(4, 16))
    return Ground(colours[0], colours[1], angle, pattern, strength)


def fill(ground_: Ground, size: tuple[int, int], random: np.random.Generator) -> Image:
    """A picture of `size` (width, height) with the ground alone."""
    across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-0.6, 0.6, size[1]))
    share = (across * np.cos(ground_.angle) + down * np.sin(ground_.angle)) / 2.4 + 0.5
    first, second = np.array(ground_.first, float), np.array(ground_.second, float)
    picture = first + (second - first) * np.clip(share, 0, 1)[..., None]
    picture += ground_.strength * _pattern(ground_.pattern, across, down, random)[..., None]
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def stamp(mask: Mask, shape: Mask, at: tuple[int, int]) -> None:
    """Add coverage to a mask; what hangs over the edge is cut off."""
    left, top = at
    height, width = shape.shape
    inside = mask[top : top + height, left : left + width]
    np.maximum(inside, shape[: inside.shape[0], : inside.shape[1]], out=inside)


def ink(picture: Image, mask: Mask, colour: Colour, *, metallic: bool, random: np.random.Generator) -> None:
    """Print flat: a little uneven, metals a little grained."""
    cover = mask.astype(np.float32)[..., None] / 255 * float(random.uniform(0.85, 1.0))
    grain = random.normal(0, 14 if metallic else 4, (*mask.shape, 1)).astype(np.float32)
    tone = np.array(colour, np.float32) + grain
    picture[:] = np.clip(picture * (1 - cover) + tone * cover, 0, 255).astype(np.uint8)


def tip(
    picture: Image,
    relief: npt.NDArray[Any],
    colour: Colour,
    *,
    worn: bool,
    random: np.random.Generator,
) -> None:
    """Colour what stands up, as hot foil does: the top only, with holes where it is worn."""
    top = np.clip((relief - 0.45) / 0.25, 0, 1)
    small = random.uniform(0, 1, (relief.shape[0] // 9, relief.shape[1] // 9)).astype(np.float32)
    holes = cv2.resize(small, (relief.shape[1], relief.shape[0]), interpolation=cv2.INTER_CUBIC)
    left = 0.55 if worn else 0.06
    cover = top * np.clip((holes - left) / 0.2, 0.15 if worn else 0.5, 1)
    grain = random.normal(0, 12, (*relief.shape, 1)).astype(np.float32)
    tone = np.array(colour, np.float32) + grain
    picture[:] = np.clip(picture * (1 - cover[..., None]) + tone * cover[..., None], 0, 255).astype(np.uint8)


def chip(picture: Image, at: tuple[int, int], mm: float, random: np.random.Generator) -> None:
    """Contact plate of gold or silver with its cuts."""
    left, top = at
    wide, high = round(12.5 * mm), round(9.6 * mm)
    tone = (120, 188, 214) if random.uniform() < 0.6 else (190, 190, 188)
    cv2.rectangle(picture, (left, top), (left + wide, top + high), tone, -1)
    dark = tuple(value // 2 for value in tone)
    for row in (1, 2):
        y = top + row * high // 3
        cv2.line(picture, (left, y), (left + wide, y), dark, max(1, round(0.15 * mm)), cv2.LINE_AA)
    for column in (1, 2):
        x = left + column * wide // 3
        cv2.line(picture, (x, top), (x, top + high), dark, max(1, round(0.15 * mm)), cv2.LINE_AA)


def emblem(picture: Image, middle: tuple[int, int], size: int, colours: Sequence[tuple[int, ...]]) -> None:
    """A sign of nobody: a square over a disc."""
    x, y = middle
    cv2.circle(picture, (x - size // 2, y), size, colours[0], -1, cv2.LINE_AA)
    cv2.rectangle(picture, (x - size // 4, y - size // 2), (x + size, y + size // 2), colours[1], -1)


def write(
    picture: Image, text: str, file: Path, size: float, at: tuple[float, float], colour: Colour
) -> tuple[int, int, int, int]:
    """Print a line of words with its top left at `at`; gives left, top, width, height of what was drawn."""
    left, top = round(at[0]), round(at[1])
    if not text:
        return left, top, 0, 0
    mask = text_mask(file, text, round(size))
    inside = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
    cover = mask[: inside.shape[0], : inside.shape[1], None].astype(np.float32) / 255
    inside[:] = (inside * (1 - cover) + np.array(colour, np.float32) * cover).astype(np.uint8)
    return left, top, inside.shape[1], inside.shape[0]


def _pattern(
    name: str,
    across: npt.NDArray[Any],
    down: npt.NDArray[Any],
    random: np.random.Generator,
) -> npt.NDArray[Any]:
    """-1 to 1 everywhere."""
    one, two, three = (float(value) for value in random.uniform(3, 26, 3))
    if name == "waves":
        return np.asarray(np.sin(one * across + 2.5 * np.sin(two * down / 3)) * np.sin(three * down))
    if name == "rays":
        return np.asarray(np.sin(one * np.arctan2(down - 0.5, across + 0.8)))
    if name == "cloud":
        rough = random.normal(0, 1, (9, 14)).astype(np.float32)
        return np.asarray(cv2.resize(rough, across.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float64)
    if name == "blocks":
        return np.asarray(np.sign(np.sin(one * across)) * np.sign(np.sin(two * down)) * 0.6)
    return np.zeros_like(across)
