"""Bank cards under a camera by lot, in the conditions of which reading is measured; all follows from a seed.

*Readable* cards are those that a person reads in the picture: sharp enough, whole, and no digit drowned by a
reflection. *Beyond reading* are those that nobody should be sure of. Both are decided by how a picture was
made, never by what reading makes of it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace

import numpy as np

from drivers.api import Image
from drivers.bank_card.numbers import luhn
from terminal.drawn.bank_card import CORNER_MM, DOTS_PER_MM, SIZE_MM, Drawn, Print, draw, invent
from terminal.drawn.counter import DROWNED_SHARE, drowned, is_whole, lamps, usual
from terminal.drawn.scene import Photograph, Scene, photograph

PREFIXES = ("620000", "625094", "411111", "401288", "555555", "510510", "222300", "353011", "356600")
"""Beginnings of numbers that schemes publish for tests; what follows is by lot."""
UNIONPAY = 2
"""The first prefixes, drawn most often and alone for numbers longer than 16."""
LENGTHS = (16, 19, 18, 17)
LENGTH_SHARES = (0.5, 0.4, 0.05, 0.05)


class Condition(enum.StrEnum):
    """What makes a readable card less than easy."""

    EMBOSSED = "embossed"
    FLAT = "flat"
    GLARE = "glare"
    TILT = "tilt"


class Beyond(enum.StrEnum):
    """What makes a card unreadable."""

    DROWNED = "drowned"
    """A reflection over several digits."""
    BLURRED = "blurred"
    FAR = "far"
    DARK = "dark"
    OUTSIDE = "outside"
    """Part of the number lies outside the picture."""
    MISPRINTED = "misprinted"
    """Well seen, but its check digit is wrong."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One card under the camera, and the truth about it."""

    kind: Condition | Beyond
    seed: int
    number: str = field(repr=False)
    print: Print
    scene: Scene
    photograph: Photograph = field(repr=False)

    @property
    def picture(self) -> Image:
        """What the camera gave."""
        return self.photograph.picture


def invented_number(random: np.random.Generator, *, wrong: bool = False) -> str:
    """A number that no bank gave out, with its check digit; with `wrong`, a check digit that does not fit."""
    length = LENGTHS[int(random.choice(len(LENGTHS), p=LENGTH_SHARES))]
    among = UNIONPAY if length > 16 or random.uniform() < 0.6 else len(PREFIXES)
    begin = PREFIXES[int(random.integers(among))]
    body = begin + "".join(str(int(each)) for each in random.integers(0, 10, length - len(begin) - 1))
    fits = next(digit for digit in range(10) if luhn(f"{body}{digit}"))
    return f"{body}{(fits + int(random.integers(1, 10))) % 10 if wrong else fits}"


def readable(condition: Condition, seed: int) -> Trial:
    """A card that a person can read, in the condition. One in two is embossed unless the condition says."""
    random = np.random.default_rng((seed, list(Condition).index(condition)))
    print_ = _print(condition, seed)
    number = invented_number(random)
    drawn = draw(invent(number, print_, random), random)
    scene = usual(random)
    if condition is Condition.TILT:
        scene = replace(scene, tilt=float(random.uniform(22, 38)), turn=float(random.uniform(-18, 18)))
    while True:
        lit = replace(scene, glare=lamps(random, drawn.digits)) if condition is Condition.GLARE else scene
        taken = _taken(drawn, lit, random)
        if is_whole(taken, lit) and drowned(taken, drawn.digits) < DROWNED_SHARE:
            return Trial(condition, seed, number, print_, lit, taken)
        scene = replace(scene, share=scene.share * 0.97, shift=(scene.shift[0] * 0.8, scene.shift[1] * 0.8))


def beyond(kind: Beyond, seed: int) -> Trial:
    """A card that nobody should be sure of."""
    random = np.random.default_rng((seed, 100 + list(Beyond).index(kind)))
    print_ = Print.EMBOSSED if seed % 2 else Print.FLAT
    number = invented_number(random, wrong=kind is Beyond.MISPRINTED)
    drawn = draw(invent(number, print_, random), random)
    scene = _spoiled(kind, usual(random), drawn, random)
    return Trial(kind, seed, number, print_, scene, _taken(drawn, scene, random))


def _print(condition: Condition, seed: int) -> Print:
    if condition in (Condition.EMBOSSED, Condition.FLAT):
        return Print(condition.value)
    return Print.EMBOSSED if seed % 2 else Print.FLAT


def _taken(drawn: Drawn, scene: Scene, random: np.random.Generator) -> Photograph:
    relief = drawn.relief if drawn.relief.any() else None
    return photograph(drawn.picture, scene, random, relief=relief, corner_radius=CORNER_MM * DOTS_PER_MM)


def _spoiled(kind: Beyond, scene: Scene, drawn: Drawn, random: np.random.Generator) -> Scene:
    """The scene with what makes it unreadable."""
    dots_per_mm = scene.share * scene.frame[0] / SIZE_MM[0]
    if kind is Beyond.DROWNED:
        box = drawn.digits[int(random.integers(2, len(drawn.digits) - 2))]
        middle = (box[0] + box[2] / 2) / SIZE_MM[0], (box[1] + box[3] / 2) / SIZE_MM[1]
        return replace(scene, glare=((*middle, float(random.uniform(0.05, 0.1)), 600.0),))
    if kind is Beyond.BLURRED:
        half = float(random.uniform(0.8, 2.0)) * dots_per_mm
        return replace(scene, defocus=half) if random.uniform() < 0.5 else replace(scene, motion=3 * half)
    if kind is Beyond.FAR:
        return replace(scene, share=float(random.uniform(0.07, 0.16)))
    if kind is Beyond.DARK:
        return replace(
            scene, brightness=float(random.uniform(0.01, 0.06)), noise=float(random.uniform(6, 14))
        )
    if kind is Beyond.OUTSIDE:
        return replace(scene, shift=(float(random.choice([-1, 1])) * float(random.uniform(0.3, 0.5)), 0.0))
    return scene
