"""What a terminal gets from the camera, frame by frame: a scene through the lens, or a forged stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from drivers.api import Image
from drivers.camera.lens import Lens
from drivers.camera.scripts import Scene, Script, Setting, scene

LOOP_SECONDS = (1.2, 3.0)
LOOP_AFTER_SECONDS = (1.0, 3.0)
AGAIN_NOISE = 1.5
"""Noise laid over a loop that is made to look fresh, in grey levels."""
CODED_BLOCK = 16
CODED_STEP = 1.3
"""A video coder repeats a block of this many pixels that changes less than this multiple of the usual."""


class Take:
    """A stream: hears instructions, gives the picture of each moment. Times never go back."""

    def __init__(self, script: Script, given: Setting, freeze_after_seconds: float = 2.0) -> None:
        size, seed = given.size, given.seed
        self._scene: Scene = scene(
            script, given.puppets, size, seed, given.reaction_seconds, given.conditions
        )
        self._lens = Lens(*size, seed, given.conditions)
        self._began: float | None = None
        self._tamper = _tampering(script, given, freeze_after_seconds)

    def hear(self, instruction: str, now: float) -> None:
        """Take note of what the screen asks for."""
        self._scene.hear(instruction, now)

    def see(self, now: float) -> Image:
        """The picture at `now`."""
        if self._began is None:
            self._began = now
        return self._tamper(Moment(self._scene, self._lens, now, now - self._began))


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment before the camera."""

    scene: Scene
    lens: Lens
    now: float
    since: float
    """Seconds since the stream began."""

    def shown(self) -> Image:
        """What is there, before the lens."""
        return self.scene.show(self.now)

    def seen(self) -> Image:
        """What an honest camera gives."""
        return self.lens.see(self.shown(), self.now)


Tampering = Callable[[Moment], Image]


def _tampering(script: Script, given: Setting, freeze_after_seconds: float) -> Tampering:
    match script:
        case Script.FROZEN:
            return Freeze(freeze_after_seconds)
        case Script.LOOPED:
            return Loop(given.seed)
        case Script.INJECTED:
            return (Clean(), Coded(), Moment.seen)[given.seed % 3]
        case _:
            return Moment.seen


class Freeze:
    """Gives the same picture again and again from a moment on."""

    def __init__(self, after_seconds: float) -> None:
        self._after = after_seconds
        self._kept: Image | None = None

    def __call__(self, moment: Moment) -> Image:
        """The picture of `moment`, or the kept one."""
        if self._kept is not None:
            return self._kept.copy()
        seen = moment.seen()
        if moment.since >= self._after:
            self._kept = seen.copy()
        return seen


class Loop:
    """Plays what was seen in the first seconds over and over; odd seeds hide it under new noise."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng([seed, 5])
        self._begins = float(self._random.uniform(*LOOP_AFTER_SECONDS))
        self._lasts = float(self._random.uniform(*LOOP_SECONDS))
        self._hides = seed % 2 == 1
        self._kept: list[tuple[float, Image]] = []

    def __call__(self, moment: Moment) -> Image:
        """The picture of `moment`, or one kept from earlier."""
        ends = self._begins + self._lasts
        if moment.since < ends:
            seen = moment.seen()
            if moment.since >= self._begins:
                self._kept.append((moment.since, seen))
            return seen
        place = self._begins + (moment.since - self._begins) % self._lasts
        picture = min(self._kept, key=lambda each: abs(each[0] - place))[1]
        return self._fresh(picture) if self._hides else picture.copy()

    def _fresh(self, picture: Image) -> Image:
        noise = self._random.normal(0, AGAIN_NOISE, picture.shape).astype(np.float32)
        again = np.clip(picture + noise, 0, 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", again, (cv2.IMWRITE_JPEG_QUALITY, 85))
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


class Clean:
    """A rendered or strongly filtered video: one noise pattern in every frame."""

    def __init__(self) -> None:
        self._pattern: Image | None = None

    def __call__(self, moment: Moment) -> Image:
        """The picture of `moment` under the pattern."""
        shown = moment.shown()
        if self._pattern is None:
            self._pattern = np.random.default_rng(11).integers(0, 5, shown.shape).astype(np.uint8)
        return np.asarray(cv2.add(shown, self._pattern), np.uint8)


class Coded:
    """A coded video: blocks that hardly change are those of the frame before."""

    def __init__(self) -> None:
        self._before: Image | None = None

    def __call__(self, moment: Moment) -> Image:
        """The picture of `moment` as the coder kept it."""
        seen = moment.seen()
        if self._before is not None:
            high, wide = (side // CODED_BLOCK for side in seen.shape[:2])
            change = cv2.absdiff(seen, self._before).mean(axis=2)
            blocks = cv2.resize(change, (wide, high), interpolation=cv2.INTER_AREA)
            still = cv2.resize(
                (blocks < CODED_STEP * np.median(blocks)).astype(np.uint8),
                seen.shape[1::-1],
                interpolation=cv2.INTER_NEAREST,
            )
            seen = np.where(still[..., None] == 1, self._before, seen)
        self._before = seen
        return seen.copy()
