"""A recording of somebody who followed instructions: the same actions in the same order, over and over."""

from __future__ import annotations

import math

import numpy as np

from drivers.camera.acting import INSTRUCTIONS, Actor
from drivers.camera.conditions import Conditions
from drivers.camera.stage import Pose

ACTIONS = 4
"""Instructions in the recorded session: as many as the terminal's own rules ask for."""
PACE_SECONDS = (1.6, 2.8)
"""From one recorded action to the next: the pause before the instruction, the reaction, the action itself."""
LEAD_SECONDS = (0.4, 2.5)
"""How long after the attack begins the first action comes."""


class Recorded:
    """Moves as the recorded person did; hears nothing."""

    def __init__(self, seed: int, conditions: Conditions | None = None) -> None:
        self._random = np.random.default_rng([seed, 3])
        self._actor = Actor(seed + 7, 0.0, conditions)
        self.order = self._drawn()
        """The instructions that were followed in the recording."""
        self._paces = self._random.uniform(*PACE_SECONDS, ACTIONS)
        self._next_at = math.nan
        self._place = 0

    def hear(self, instruction: str, now: float) -> None:
        """A recording cannot hear."""

    def pose(self, now: float) -> Pose:
        """As the recorded person stood at this moment."""
        if math.isnan(self._next_at):
            self._next_at = now + float(self._random.uniform(*LEAD_SECONDS))
        while now >= self._next_at:
            self._actor.act(self.order[self._place], self._next_at)
            self._next_at += float(self._paces[self._place])
            self._place = (self._place + 1) % ACTIONS
        return self._actor.pose(now)

    def _drawn(self) -> tuple[str, ...]:
        """As a terminal asks: none twice in a row."""
        order: list[str] = []
        while len(order) < ACTIONS:
            found = str(self._random.choice(INSTRUCTIONS))
            if not order or found != order[-1]:
                order.append(found)
        return tuple(order)
