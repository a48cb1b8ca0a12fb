"""Draws an invented bank card: ground, chip, words that say it is a specimen, its number in relief or flat.

Measures are those of ISO/IEC 7810 (85.60 × 53.98 mm, corners of 3.18 mm) and 7811-1 (embossed number: pitch
3.63 mm, its middle 21.42 mm above the lower edge). No scheme's or bank's design is copied.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from terminal.drawn import paint
from terminal.drawn.typefaces import EMBOSSING, Mask, Typeface, plotted, printing

DOTS_PER_MM = 18.0
SIZE_MM = (85.6, 53.98)
CORNER_MM = 3.18
PITCH_MM = 3.63
NUMBER_MIDDLE_MM = 21.42

Box = tuple[float, float, float, float]
"""Left, top, width, height in millimetres from the card's top left."""


class Print(enum.StrEnum):
    """How the number got onto the card."""

    EMBOSSED = "embossed"
    FLAT = "flat"


class Ink(enum.StrEnum):
    """What colours the number."""

    SILVER = "silver"
    GOLD = "gold"
    WHITE = "white"
    BLACK = "black"
    WORN = "worn"
    """Relief from which most of the silver has gone."""


INKS = {
    Ink.SILVER: (198, 196, 192),
    Ink.GOLD: (92, 172, 212),
    Ink.WHITE: (238, 238, 238),
    Ink.BLACK: (30, 28, 28),
    Ink.WORN: (186, 186, 184),
}
"""Blue, green, red."""
GROUPS = {16: ((4, 4, 4, 4),), 17: ((17,),), 18: ((6, 12),), 19: ((6, 13), (4, 4, 4, 4, 3), (19,))}
"""How numbers of a length are parted."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is on a card."""

    number: str = field(repr=False)
    groups: tuple[int, ...]
    print: Print
    ink: Ink
    typeface: Typeface
    ground: paint.Ground
    expiry: str = "12/30"
    height_mm: float = 4.2
    """Of a digit."""
    pitch_mm: float = PITCH_MM
    gap: float = 1.0
    """Between groups, in pitches."""
    left_mm: float = 8.4
    middle_mm: float = NUMBER_MIDDLE_MM
    """Middle of the number above the lower edge."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card as it leaves the printer."""

    picture: Image = field(repr=False)
    relief: npt.NDArray[Any] = field(repr=False)
    """Height of the surface, 0-1; light falls on it when it is photographed."""
    digits: tuple[Box, ...]
    """Where each digit of the number stands."""


def invent(number: str, print_: Print, random: np.random.Generator) -> Card:
    """A card for `number` whose other properties are drawn by lot from what is usual."""
    groups = GROUPS[len(number)][int(random.integers(len(GROUPS[len(number)])))]
    ground = paint.ground(random)
    expiry = f"{int(random.integers(1, 13)):02d}/{int(random.integers(27, 36))}"
    if print_ is Print.EMBOSSED:
        groups = groups if sum(groups) + len(groups) - 1 <= 21 else (6, 13)
        typeface: Typeface = EMBOSSING[int(random.integers(len(EMBOSSING)))]
        inks = [Ink.SILVER, Ink.GOLD, Ink.WHITE, Ink.BLACK, Ink.WORN]
        ink = inks[int(random.choice(len(inks), p=[0.4, 0.25, 0.12, 0.11, 0.12]))]
        return Card(number, groups, print_, _seen_on(ink, ground), typeface, ground, expiry)
    faces = printing()
    ink = [Ink.WHITE, Ink.SILVER, Ink.GOLD, Ink.BLACK][int(random.choice(4, p=[0.4, 0.2, 0.15, 0.25]))]
    gap = float(random.uniform(0.6, 1.1))
    cells = len(number) + gap * (len(groups) - 1)
    pitch = min(float(random.uniform(2.6, 3.7)), 76.0 / cells)
    return Card(
        number,
        groups,
        print_,
        _seen_on(ink, ground),
        faces[int(random.integers(len(faces)))],
        ground,
        expiry,
        height_mm=min(float(random.uniform(3.0, 4.4)), pitch * 1.35),
        pitch_mm=pitch,
        gap=gap,
        left_mm=float(random.uniform(5.0, 83.0 - cells * pitch)),
        middle_mm=float(random.uniform(14.0, 21.5)),
    )


def draw(card: Card, random: np.random.Generator) -> Drawn:
    """The card's front, flat and evenly lit."""
    width, height = (round(side * DOTS_PER_MM) for side in SIZE_MM)
    picture = paint.fill(card.ground, (width, height), random)
    relief: npt.NDArray[Any] = np.zeros((height, width), np.float32)
    _furniture(picture, card, random)
    digits = _number(card)
    mask = np.zeros((height, width), np.uint8)
    for shape, (left, top, _, _) in digits:
        paint.stamp(mask, shape, (round(left * DOTS_PER_MM), round(top * DOTS_PER_MM)))
    boxes = tuple(box for _, box in digits)
    _expiry(mask, card)
    if card.print is Print.EMBOSSED:
        relief = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.11 * DOTS_PER_MM)
        paint.tip(picture, relief, INKS[card.ink], worn=card.ink is Ink.WORN, random=random)
    else:
        paint.ink(picture, mask, INKS[card.ink], metallic=card.ink in (Ink.SILVER, Ink.GOLD), random=random)
    return Drawn(picture, relief, boxes)


def _seen_on(ink: Ink, ground: paint.Ground) -> Ink:
    """The ink, or one that can be seen where the ground is about as bright: no bank prints white on white."""
    light = ground.brightness
    brightness = sum(INKS[ink]) / 3
    if ink is Ink.WORN or abs(light - brightness) > 70:
        return ink
    return Ink.BLACK if light > 128 else Ink.WHITE


def _number(card: Card) -> list[tuple[Mask, Box]]:
    """Coverage and place of every digit."""
    high = round(card.height_mm * DOTS_PER_MM)
    top = SIZE_MM[1] - card.middle_mm - card.height_mm / 2
    placed: list[tuple[Mask, Box]] = []
    left, at = card.left_mm, 0
    for count in card.groups:
        for sign in card.number[at : at + count]:
            shape = card.typeface.digit(sign, high)
            wide = shape.shape[1] / DOTS_PER_MM
            placed.append((shape, (left + (card.pitch_mm - wide) / 2, top, wide, card.height_mm)))
            left += card.pitch_mm
        left += card.gap * card.pitch_mm
        at += count
    return placed


def _expiry(mask: Mask, card: Card) -> None:
    """Month and year below the number, in the number's own typeface."""
    high = round(min(2.9, card.height_mm * 0.75) * DOTS_PER_MM)
    pitch = high * 0.86
    left = 37 * DOTS_PER_MM
    top = (SIZE_MM[1] - max(6.0, card.middle_mm - 9.0)) * DOTS_PER_MM - high
    for sign in card.expiry:
        if sign == "/":
            foot = round(left + pitch * 0.1), round(top + high)
            cv2.line(mask, foot, (round(left + pitch * 0.6), round(top)), 255, max(2, high // 9), cv2.LINE_AA)
        else:
            paint.stamp(mask, card.typeface.digit(sign, high), (round(left), round(top)))
        left += pitch


def _furniture(picture: Image, card: Card, random: np.random.Generator) -> None:
    """Chip, waves, an emblem of nobody, and words; placed as on most cards."""
    mm = DOTS_PER_MM
    tone = (235, 235, 235) if card.ground.brightness < 128 else (45, 42, 40)
    paint.chip(picture, (round(9.0 * mm), round(19.0 * mm)), mm, random)
    words = plotted("DejaVuSans-Bold")
    paint.write(picture, "SPECIMEN BANK", words, 3.6 * mm, (6 * mm, 5 * mm), tone)
    paint.write(picture, "SPECIMEN - NOT A CARD", plotted("DejaVuSans"), 1.7 * mm, (6 * mm, 10 * mm), tone)
    label = SIZE_MM[1] - max(6.0, card.middle_mm - 9.0) - 2.0
    paint.write(picture, "VALID THRU", plotted("DejaVuSans"), 1.3 * mm, (28 * mm, label * mm), tone)
    names = ("SPECIMEN", "SPECIMEN PERSON", "MR SPECIMEN", "")
    name = names[int(random.integers(len(names)))]
    paint.write(picture, name, words, 2.4 * mm, (6 * mm, 48.5 * mm), tone)
    colours = [tuple(int(value) for value in random.integers(40, 230, 3)) for _ in range(2)]
    paint.emblem(picture, (round(76 * mm), round(46 * mm)), round(4.4 * mm), colours)
