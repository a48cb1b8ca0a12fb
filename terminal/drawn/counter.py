"""How cards lie before a camera over a counter, by lot: light, place, tilt, lens, sensor, reflections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from terminal.drawn.bank_card import DOTS_PER_MM, SIZE_MM, Box
from terminal.drawn.scene import Photograph, Scene

DROWNED_SHARE = 0.12
"""Of the box of a digit or field: more under a reflection, and a person may not know what stands there."""


def usual(random: np.random.Generator) -> Scene:
    """What a webcam over a counter gives on an ordinary day."""
    frame = ((1280, 720), (1920, 1080), (1600, 1200))[int(random.integers(3))]
    share = float(random.uniform(0.45, 0.8))
    dots_per_mm = share * frame[0] / SIZE_MM[0]
    return Scene(
        frame,
        share=share,
        turn=float(random.normal(0, 5)),
        tilt=float(random.uniform(0, 16)),
        tilt_towards=float(random.uniform(0, 360)),
        shift=(float(random.uniform(-0.08, 0.08)), float(random.uniform(-0.06, 0.06))),
        focal=float(random.uniform(0.9, 1.4)),
        brightness=float(random.uniform(0.65, 1.1)),
        gradient=float(random.uniform(0, 0.5)),
        light_from=float(random.uniform(0, 360)),
        defocus=float(random.uniform(0, 0.16)) * dots_per_mm,
        motion=float(random.uniform(0, 0.28)) * dots_per_mm,
        motion_towards=float(random.uniform(0, 180)),
        noise=float(random.uniform(1.5, 7)),
        quality=int(random.integers(70, 95)),
    )


def lamps(random: np.random.Generator, boxes: Sequence[Box]) -> tuple[tuple[float, float, float, float], ...]:
    """One to three reflections, the first at the edge of a row of print, with a halo that reaches into it."""
    places = np.array(boxes)
    x = float(random.uniform(places[:, 0].min(), places[:, 0].max())) / SIZE_MM[0]
    side = 1 if random.uniform() < 0.5 else -1
    y = float(places[0, 1] + places[0, 3] / 2 + side * random.uniform(3.5, 9)) / SIZE_MM[1]
    first = (x, y, float(random.uniform(0.015, 0.06)), float(random.uniform(200, 420)))
    others = [
        (float(random.uniform()), float(random.uniform()), float(random.uniform(0.02, 0.08)), 300.0)
        for _ in range(int(random.integers(0, 3)))
    ]
    return (first, *others)


def drowned(taken: Photograph, boxes: Sequence[Box]) -> float:
    """The largest share of a box that a reflection covers."""
    shares = []
    for box in boxes:
        left, top, wide, high = (round(side * DOTS_PER_MM) for side in box)
        shares.append(float(taken.saturated[top : top + high, left : left + wide].mean()))
    return max(shares)


def is_whole(taken: Photograph, scene: Scene) -> bool:
    """True when the whole card lies in the picture."""
    return bool((taken.corners > 4).all() and (taken.corners < np.array(scene.frame) - 4).all())
