"""Follows one action in networks' geometry: a turn, a nod, an opened mouth, a blink."""

from __future__ import annotations

from abc import ABC, abstractmethod

from models.api import ChallengeKind, Mesh, Observation
from models.face.challenge import ChallengeSettings, ChallengeState, Tracker
from models.face.signs import Level, Signs, signs_of

LEVEL_FRAMES = 15
"""Resting frames that make up the person's own level."""
TURNS = (ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT)


def tracker(kind: ChallengeKind, settings: ChallengeSettings, instructed_at: float | None = None) -> Tracker:
    """What follows an action of `kind`; until the instruction it learns how the person looks at rest."""
    if kind is ChallengeKind.BLINK:
        return BlinkTracker(settings, instructed_at)
    return MotionTracker(kind, settings, instructed_at)


class _Watch(ABC):
    """What every tracker does: know the resting face, let time pass, notice the wrong action."""

    def __init__(self, kind: ChallengeKind, settings: ChallengeSettings, instructed_at: float | None) -> None:
        self.kind = kind
        self.state = ChallengeState.WAITING
        self.seconds: float | None = None
        self.start: Mesh | None = None
        self.peak: Mesh | None = None
        self._settings = settings
        self._asked_at = instructed_at
        self._level = Level(LEVEL_FRAMES)
        self._held_wrong = 0

    def instruct(self, at: float) -> None:
        """See `Tracker.instruct`."""
        self._asked_at = at

    def interrupt(self) -> None:
        """See `Tracker.interrupt`."""
        if not self.state.settled:
            self.state = ChallengeState.WAITING
            self._level.clear()
            self._restart()

    def add(self, observation: Observation) -> ChallengeState:
        """See `Tracker.add`. Frames without a mesh only let time pass."""
        if self.state.settled:
            return self.state
        since = -1.0 if self._asked_at is None else observation.at - self._asked_at
        if since > self._settings.limit_seconds:
            self.state = ChallengeState.LATE
        elif (signs := signs_of(observation)) is not None:
            self._see(signs, since)
        return self.state

    def _see(self, signs: Signs, since: float) -> None:
        if self.state is ChallengeState.WAITING:
            self._wait(signs)
        elif since < 0:
            self._before(signs)
        elif self._wrong(signs):
            self.state = ChallengeState.WRONG
        else:
            self._follow(signs, since)

    def _wait(self, signs: Signs) -> None:
        """Become ready once enough frames in a row are frontal."""
        if not self._frontal(signs):
            self._level.clear()
            return
        self._level.add(signs)
        if len(self._level) >= self._wanted:
            self.state, self.start = ChallengeState.READY, signs.mesh
            self._held_wrong = 0
            self._restart()

    def _before(self, signs: Signs) -> None:
        """Not told yet: whoever moves now must come to rest again."""
        if self._frontal(signs) and not self._moving(signs):
            self._level.add(signs)
            self.start = signs.mesh
        elif not self._blinking(signs):
            self.interrupt()

    def _frontal(self, signs: Signs) -> bool:
        return abs(signs.yaw) <= self._settings.frontal_degrees

    def _moving(self, signs: Signs) -> bool:
        """True when this frame is no resting one."""
        return self._blinking(signs) or any(
            self._level.departure(kind, signs) >= self._settings.begun_share * full
            for kind, full in full_actions(self._settings).items()
        )

    def _blinking(self, signs: Signs) -> bool:
        return self._level.departure(ChallengeKind.BLINK, signs) > 1 - self._settings.closed_ratio

    def _wrong(self, signs: Signs) -> bool:
        """True once another action than the one asked for was held."""
        chosen = self._settings
        others = (
            self._level.departure(kind, signs)
            >= (chosen.wrong_degrees if {kind, self.kind} == set(TURNS) else chosen.wrong_share * full)
            for kind, full in full_actions(chosen).items()
            if kind is not self.kind
        )
        self._held_wrong = self._held_wrong + 1 if any(others) else 0
        return self._held_wrong >= chosen.held_frames

    @property
    def _wanted(self) -> int:
        return self._settings.held_frames

    @abstractmethod
    def _restart(self) -> None:
        """Forget what was seen of the action."""

    @abstractmethod
    def _follow(self, signs: Signs, since: float) -> None:
        """Judge one frame after the instruction."""


class MotionTracker(_Watch):
    """Waits for a frontal face, then for the head or the mouth to move as asked for."""

    def __init__(
        self, kind: ChallengeKind, settings: ChallengeSettings, instructed_at: float | None = None
    ) -> None:
        super().__init__(kind, settings, instructed_at)
        self.farthest = 0.0
        """Largest departure seen the right way, in degrees (turn, nod) or mouth widths."""
        self._full = full_actions(settings)[kind]
        self._held = 0
        self._began_at: float | None = None

    def _restart(self) -> None:
        self._held, self._began_at, self.farthest, self.peak = 0, None, 0.0, None

    def _follow(self, signs: Signs, since: float) -> None:
        chosen = self._settings
        away = self._level.departure(self.kind, signs)
        begun = away >= chosen.begun_share * self._full
        if begun and self._began_at is None:
            if since < chosen.reaction_seconds:
                self.interrupt()
                return
            self._began_at = signs.at
        if away > self.farthest:
            self.farthest, self.peak = away, signs.mesh
        self._held = self._held + 1 if away >= self._full else 0
        reached = self._held >= chosen.held_frames
        if self.kind is ChallengeKind.NOD:
            reached = self._nodded(signs, away)
        if reached:
            self.state, self.seconds = ChallengeState.DONE, since
        elif self.state is not ChallengeState.WAITING:
            self.state = ChallengeState.ACTING if begun else ChallengeState.READY
            self._rest(signs, away)

    def _nodded(self, signs: Signs, away: float) -> bool:
        """A nod is done when the head has come up again in time."""
        began_at = self._began_at
        if began_at is None or self.farthest < self._full:
            return False
        if signs.at - began_at > self._settings.nod_seconds:
            self.interrupt()
            return False
        return away < self._settings.returned_share * self._full

    def _rest(self, signs: Signs, away: float) -> None:
        """Keep the level up to date while nothing happens; an action given up begins anew."""
        if away < self._settings.returned_share * self._full:
            self._began_at, self.farthest, self.peak = None, 0.0, None
            if self._frontal(signs) and not self._moving(signs):
                self._level.add(signs)
                self.start = signs.mesh


class BlinkTracker(_Watch):
    """Learns the person's own open level, then waits for both eyes to close and open again."""

    def __init__(self, settings: ChallengeSettings, instructed_at: float | None = None) -> None:
        super().__init__(ChallengeKind.BLINK, settings, instructed_at)
        self.deepest = 1.0
        """Smallest opening of a blink as a share of the open level."""
        self._closed_at: float | None = None
        self._void = False

    def _restart(self) -> None:
        self._closed_at, self.deepest = None, 1.0

    @property
    def _wanted(self) -> int:
        return self._settings.level_frames

    def _wait(self, signs: Signs) -> None:
        """Frames without measured eyes say nothing about their level."""
        if signs.eyes is not None:
            super()._wait(signs)
            if self._level.eyes < self._settings.least_opening:
                self.state = ChallengeState.WAITING

    def _before(self, signs: Signs) -> None:
        super()._before(signs)
        self._note(signs, void=True)

    def _follow(self, signs: Signs, since: float) -> None:
        if not self._frontal(signs) or signs.eyes is None:
            return
        share = 1 - self._level.departure(self.kind, signs)
        if self._closed_at is None:
            self._note(signs, void=since < self._settings.reaction_seconds)
            if self._closed_at is None and not self._moving(signs):
                self._level.add(signs)
                self.start = signs.mesh
        elif share >= self._settings.opened_ratio:
            self._reopened(signs.at, since)
        else:
            self.deepest = min(self.deepest, share)

    def _note(self, signs: Signs, *, void: bool) -> None:
        """Notice the eyes closing, and opening again while nothing counts yet."""
        if self.state is ChallengeState.WAITING or signs.eyes is None:
            return
        share = 1 - self._level.departure(self.kind, signs)
        if share <= self._settings.closed_ratio and self._closed_at is None:
            self._closed_at, self.deepest, self._void = signs.at, share, void
            self.state = self.state if void else ChallengeState.ACTING
        elif void and share >= self._settings.opened_ratio:
            self._closed_at = None

    def _reopened(self, at: float, since: float) -> None:
        """The eyes are open again: a blink, unless it began too soon or lasted too long."""
        closed_at, self._closed_at = self._closed_at, None
        lasted = at - (closed_at if closed_at is not None else at)
        if self._void or lasted > self._settings.blink_seconds:
            self.state = ChallengeState.READY
            return
        self.state, self.seconds = ChallengeState.DONE, since


def full_actions(settings: ChallengeSettings) -> dict[ChallengeKind, float]:
    """How far from rest each action but the blink must go."""
    return {
        ChallengeKind.TURN_LEFT: settings.turn_degrees,
        ChallengeKind.TURN_RIGHT: settings.turn_degrees,
        ChallengeKind.NOD: settings.nod_degrees,
        ChallengeKind.OPEN_MOUTH: settings.mouth_rise,
    }
