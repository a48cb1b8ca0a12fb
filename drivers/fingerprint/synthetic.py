"""Fingers of people who do not exist: ridge pictures from a seed, and how one touch differs from the next.

A picture is the cosine of a phase: a regular part that makes arch, loop or whorl, and a spiral for every
minutia (the AM-FM model of fingerprints, Larkin and Fletcher 2007).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from drivers.capture import Grey

Plane = npt.NDArray[np.float64]

RIDGE_PERIOD = 9.0
"""Pixels from ridge to ridge at 500 dpi."""
MINUTIAE = 36
CODE_BITS = 1024
"""Bits of a finger's code; two fingers share half of them by chance, give or take 5 %."""
TOUCH_BITS = 40
"""How many of them differ between two touches, at most twice this."""
LARGEST_SHIFT = 8.0
LARGEST_TURN = 0.12
"""Radians, about 7 degrees."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One touch of one finger: where it lay, and what a module makes of it."""

    seed: int = field(repr=False)
    """Which finger."""
    number: int
    code: bytes = field(repr=False)
    """The finger's code with the bits of this touch that came out wrong."""
    noise: float = 0.25
    """0 a perfect print, 1 nothing but noise."""


def seed_of(name: str) -> int:
    """The seed of the finger called `name`."""
    return int.from_bytes(hashlib.sha256(f"finger {name}".encode()).digest()[:8], "big")


def touch(name: str, number: int, noise: float = 0.25) -> Touch:
    """The `number`-th touch of the finger called `name`; the same again for the same number."""
    seed = seed_of(name)
    bits = np.unpackbits(np.frombuffer(np.random.default_rng(seed).bytes(CODE_BITS // 8), np.uint8))
    wrong = np.random.default_rng((seed, number)).choice(CODE_BITS, TOUCH_BITS, replace=False)
    bits[wrong] ^= 1
    return Touch(seed, number, np.packbits(bits).tobytes(), noise)


def likeness(one: bytes, other: bytes) -> float:
    """0 for codes of two fingers, about 1 for two touches of one finger."""
    if len(one) != len(other) or not one:
        return 0.0
    differing = np.unpackbits(np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)).sum()
    return max(0.0, 1.0 - 2.0 * float(differing) / (8 * len(one)))


def render(laid: Touch, width: int, height: int) -> Grey:
    """The picture of a touch, ridges dark."""
    place = np.random.default_rng((laid.seed, laid.number, 1))
    across, down = place.uniform(-LARGEST_SHIFT, LARGEST_SHIFT, 2)
    turn = place.uniform(-LARGEST_TURN, LARGEST_TURN)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = x - width / 2 - across, y - height / 2 - down
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    ridges = np.cos(_phase(laid.seed, x, y))
    ridges = ridges * (1 - laid.noise) + place.normal(0.0, 1.0, ridges.shape) * laid.noise * 0.8
    inside = 1 / (1 + np.exp((np.hypot(x / (0.46 * width), y / (0.48 * height)) - 1) * 14))
    grey = 245 - inside * (115 - 95 * np.clip(ridges, -1, 1))
    picture: Grey = np.clip(grey, 0, 255).astype(np.uint8)
    return picture


def _phase(seed: int, x: Plane, y: Plane) -> Plane:
    """Of the finger with this seed, in its own coordinates."""
    own = np.random.default_rng((seed, 2))
    flow = _flow(int(own.integers(3)), own, x, y)
    bend = sum(
        own.uniform(2, 5) * np.sin((x * np.cos(a) + y * np.sin(a)) / own.uniform(35, 70) + own.uniform(0, 6))
        for a in own.uniform(0, np.pi, 3)
    )
    phase: Plane = 2 * np.pi * (flow + bend) / RIDGE_PERIOD
    for _ in range(MINUTIAE):
        at_x, at_y = own.uniform(-100, 100), own.uniform(-120, 120)
        phase += own.choice((-1.0, 1.0)) * np.arctan2(y - at_y, x - at_x)
    return phase


def _flow(pattern: int, own: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """How far along the ridges' normal a place is: arch, loop or whorl."""
    if pattern == 0:
        flow: Plane = y + own.uniform(25, 45) * np.exp(-((x / own.uniform(45, 70)) ** 2))
    elif pattern == 1:
        lean = own.uniform(-0.5, 0.5)
        flow = np.hypot(x - lean * np.maximum(y, 0), np.minimum(y, 0) * own.uniform(0.8, 1.0))
    else:
        flow = np.hypot(x * own.uniform(1.0, 1.25), y * own.uniform(0.8, 1.0))
    return flow
