"""Resident's cards of invented people under a camera by lot; all follows from a seed.

Readable, as `terminal.drawn.trials` means it: whole, and no sign of what is read drowned by a reflection.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from drivers.api import Image
from terminal.drawn.bank_card import CORNER_MM, DOTS_PER_MM, Box
from terminal.drawn.counter import DROWNED_SHARE, drowned, is_whole, lamps, usual
from terminal.drawn.resident_card import Resident, back, front, invent
from terminal.drawn.scene import Photograph, photograph


class View(enum.StrEnum):
    """How a card lies before the camera."""

    USUAL = "usual"
    GLARE = "glare"
    TILT = "tilt"


@dataclass(frozen=True, slots=True)
class ResidentTrial:
    """One side of a card under the camera, and whose it is."""

    is_front: bool
    view: View
    seed: int
    person: Resident = field(repr=False)
    photograph: Photograph = field(repr=False)

    @property
    def picture(self) -> Image:
        """What the camera gave."""
        return self.photograph.picture


def resident_trial(view: View, seed: int, *, is_front: bool) -> ResidentTrial:
    """A card that a person can read. RuntimeError when no Chinese typeface is installed."""
    random = np.random.default_rng((seed, 200 + 2 * list(View).index(view) + is_front))
    person = invent(random)
    drawn = (front if is_front else back)(person, random)
    scene = usual(random)
    if view is View.TILT:
        scene = replace(scene, tilt=float(random.uniform(22, 38)), turn=float(random.uniform(-18, 18)))
    signs = tuple(_signs(drawn.values))
    while True:
        row = drawn.values[int(random.integers(len(drawn.values)))]
        lit = replace(scene, glare=lamps(random, (row,))) if view is View.GLARE else scene
        taken = photograph(drawn.picture, lit, random, corner_radius=CORNER_MM * DOTS_PER_MM)
        if is_whole(taken, lit) and drowned(taken, signs) < DROWNED_SHARE:
            return ResidentTrial(is_front, view, seed, person, taken)
        scene = replace(scene, share=scene.share * 0.97, shift=(scene.shift[0] * 0.8, scene.shift[1] * 0.8))


def _signs(rows: Sequence[Box]) -> Iterator[Box]:
    """Each row in parts about as wide as high."""
    for left, top, wide, high in rows:
        count = max(1, round(wide / high))
        for number in range(count):
            yield left + number * wide / count, top, wide / count, high
