"""Knows a person's own resting face, and when they are at rest again after having moved.

What is asked for is measured from this face. It is learned once and carried from action to action: a face
learned while a mouth still closes or a head still comes up would put the next action's measure wrong.
"""

from __future__ import annotations

from models.api import ChallengeKind
from models.face.challenge import ChallengeSettings, full_actions
from models.face.signs import Level, Signs

LEVEL_FRAMES = 15
"""Resting frames that make up the person's own level."""


class Rest:
    """One person's resting face."""

    def __init__(self, settings: ChallengeSettings) -> None:
        self._settings = settings
        self._full = full_actions(settings)
        self._steady: list[Signs] = []
        self._near = 0
        self.level = Level(LEVEL_FRAMES)

    def clear(self) -> None:
        """Forget the person."""
        self.level.clear()
        self.leave()

    def leave(self) -> None:
        """Note that they moved; the face stays known."""
        self._steady, self._near = [], 0

    def keep(self, signs: Signs) -> None:
        """Take in a frame known to be a resting one."""
        self.level.add(signs)

    def settles(self, signs: Signs, frames: int) -> bool:
        """Take in a frame of somebody awaited; True when they are at rest, for `frames` in a row.

        At rest is who is frontal and near their own resting face; or, where it is unknown, steady; or steady
        for so long that they must have taken up another pose.
        """
        if not self.frontal(signs):
            self.leave()
            return False
        self._steady = [*self._steady, signs] if self._agrees(signs) else [signs]
        if not len(self.level):
            return self._adopts(frames, 0.0)
        self._near = self._near + 1 if self.near(signs) else 0
        if self._near >= frames:
            self.level.add(signs)
            return True
        return self._adopts(frames, self._settings.settle_seconds)

    def frontal(self, signs: Signs) -> bool:
        """True for a face turned little to either side."""
        return abs(signs.yaw) <= self._settings.frontal_degrees

    def near(self, signs: Signs) -> bool:
        """True when `signs` are about those of the resting face, open or closed as the eyes may be."""
        return not self.moving(signs) and -self.level.departure(ChallengeKind.NOD, signs) < self._begun(
            ChallengeKind.NOD
        )

    def moving(self, signs: Signs) -> bool:
        """True when an action has begun, whichever; blinks are none."""
        return any(self.level.departure(kind, signs) >= self._begun(kind) for kind in self._full)

    def _begun(self, kind: ChallengeKind) -> float:
        return self._settings.begun_share * self._full[kind]

    def _agrees(self, signs: Signs) -> bool:
        """True when a frame shows the same as all that were steady so far."""
        return all(
            abs(signs.yaw - each.yaw) < self._begun(ChallengeKind.TURN_LEFT)
            and abs(signs.pitch - each.pitch) < self._begun(ChallengeKind.NOD)
            and abs(signs.mouth - each.mouth) < self._begun(ChallengeKind.OPEN_MOUTH)
            for each in self._steady
        )

    def _adopts(self, frames: int, seconds: float) -> bool:
        """True when the steady frames are enough to be the resting face; from then on they are."""
        steady = self._steady
        if len(steady) < frames or steady[-1].at - steady[0].at < seconds:
            return False
        self.level.clear()
        for each in steady:
            self.level.add(each)
        return True
