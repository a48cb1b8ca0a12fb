"""Follows one action in networks' geometry: a turn, a nod, an opened mouth, a blink."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from models.api import ChallengeKind, Mesh, Observation
from models.face.challenge import ChallengeSettings, ChallengeState, Tracker, full_actions
from models.face.rest import Rest
from models.face.signs import Signs, signs_of

TURNS = (ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT)


@dataclass(frozen=True, slots=True)
class Start:
    """What an action begins with."""

    rest: Rest
    """The person's resting face, known from earlier actions or not yet."""
    instructed_at: float | None = None
    """None: not told yet. Until then it is learned how the person looks at rest."""
    done: ChallengeKind | None = None
    """The action before; whoever goes on with it does nothing unasked."""


def tracker(kind: ChallengeKind, settings: ChallengeSettings, start: Start | None = None) -> Tracker:
    """What follows an action of `kind`."""
    chosen = start or Start(Rest(settings))
    return (
        BlinkTracker(settings, chosen)
        if kind is ChallengeKind.BLINK
        else MotionTracker(kind, settings, chosen)
    )


class _Watch(ABC):
    """What every tracker does: know the resting face, let time pass, notice other actions."""

    def __init__(self, kind: ChallengeKind, settings: ChallengeSettings, start: Start) -> None:
        self.kind = kind
        self.state = ChallengeState.WAITING
        self.seconds: float | None = None
        self.start: Mesh | None = None
        self.peak: Mesh | None = None
        self.unasked = 0
        self._settings = settings
        self._asked_at = start.instructed_at
        self._rest = start.rest
        self._rest.leave()
        self._just_done = start.done
        self._full_actions = full_actions(settings)
        self._held_wrong = 0
        self._left = False
        self._full_since: float | None = None

    def instruct(self, at: float) -> None:
        """See `Tracker.instruct`."""
        self._asked_at = at

    def interrupt(self) -> None:
        """See `Tracker.interrupt`."""
        if not self.state.settled:
            self._rest.clear()
            self._again()
            self._left = False

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
            self._look_ahead(signs)
        elif self._wrong(signs):
            self.state = ChallengeState.WRONG
        else:
            self._follow(signs, since)

    def _wait(self, signs: Signs) -> None:
        """Become ready once the person is at rest."""
        self._notice(signs)
        if self._rest.settles(signs, self._wanted):
            self.state, self.start = ChallengeState.READY, signs.mesh
            self._held_wrong, self._left = 0, False
            self._restart()

    def _look_ahead(self, signs: Signs) -> None:
        """Not told yet: whoever moves now must come to rest again."""
        if not self._rest.near(signs) or not self._rest.frontal(signs):
            self._leave(signs)
        elif not self._narrowed(signs):
            self._keep(signs)

    def _leave(self, signs: Signs) -> None:
        """Somebody at rest began something that was not asked for."""
        self._again()
        self._left, self._full_since = True, None
        self._notice(signs)

    def _notice(self, signs: Signs) -> None:
        """Count what was begun unasked once it is a full action."""
        if not self._left or not len(self._rest.level):
            return
        if not any(
            self._rest.level.departure(kind, signs) >= full
            for kind, full in self._full_actions.items()
            if kind is not self._just_done
        ):
            self._full_since = None
            return
        self._full_since = signs.at if self._full_since is None else self._full_since
        if signs.at - self._full_since >= self._settings.unasked_seconds:
            self.unasked, self._left = self.unasked + 1, False

    def _again(self) -> None:
        """Wait for the person to be at rest; their resting face stays known."""
        self.state = ChallengeState.WAITING
        self._rest.leave()
        self._restart()

    def _keep(self, signs: Signs) -> None:
        """Take in a frame at rest."""
        self._rest.keep(signs)
        self.start = signs.mesh

    def _at_rest(self, signs: Signs) -> bool:
        return self._rest.frontal(signs) and not self._rest.moving(signs) and not self._narrowed(signs)

    def _narrowed(self, signs: Signs) -> bool:
        """True when the eyes are not wholly open: such frames would lower the open level."""
        return self._rest.level.departure(ChallengeKind.BLINK, signs) > 1 - self._settings.opened_ratio

    def _wrong(self, signs: Signs) -> bool:
        """True once another action than the one asked for was held."""
        chosen = self._settings
        others = (
            self._rest.level.departure(kind, signs)
            >= (chosen.wrong_degrees if {kind, self.kind} == set(TURNS) else chosen.wrong_share * full)
            for kind, full in self._full_actions.items()
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

    def __init__(self, kind: ChallengeKind, settings: ChallengeSettings, start: Start) -> None:
        super().__init__(kind, settings, start)
        self.farthest = 0.0
        """Largest departure seen the right way, in degrees (turn, nod) or mouth widths."""
        self._full = self._full_actions[kind]
        self._held = 0
        self._began_at: float | None = None

    def _restart(self) -> None:
        self._held, self._began_at, self.farthest, self.peak = 0, None, 0.0, None

    def _follow(self, signs: Signs, since: float) -> None:
        chosen = self._settings
        away = self._rest.level.departure(self.kind, signs)
        begun = away >= chosen.begun_share * self._full
        if begun and self._began_at is None:
            if since < chosen.reaction_seconds:
                self._leave(signs)
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
            self._give_up(signs, away)

    def _nodded(self, signs: Signs, away: float) -> bool:
        """A nod is done when the head has come up again in time."""
        began_at = self._began_at
        if began_at is None or self.farthest < self._full:
            return False
        if signs.at - began_at > self._settings.nod_seconds:
            self._again()
            return False
        return away < self._settings.returned_share * self._full

    def _give_up(self, signs: Signs, away: float) -> None:
        """Keep the level up to date while nothing happens; an action given up begins anew."""
        if away < self._settings.returned_share * self._full:
            self._began_at, self.farthest, self.peak = None, 0.0, None
            if self._at_rest(signs):
                self._keep(signs)


class BlinkTracker(_Watch):
    """Learns the person's own open level, then waits for both eyes to close for a moment and open again."""

    def __init__(self, settings: ChallengeSettings, start: Start) -> None:
        super().__init__(ChallengeKind.BLINK, settings, start)
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
            if self._rest.level.eyes < self._settings.least_opening:
                self.state = ChallengeState.WAITING

    def _look_ahead(self, signs: Signs) -> None:
        super()._look_ahead(signs)
        self._note(signs, void=True)

    def _follow(self, signs: Signs, since: float) -> None:
        if not self._rest.frontal(signs) or signs.eyes is None:
            return
        share = 1 - self._rest.level.departure(self.kind, signs)
        if self._closed_at is None:
            self._note(signs, void=since < self._settings.reaction_seconds)
            if self._closed_at is None and self._at_rest(signs):
                self._keep(signs)
        elif share >= self._settings.opened_ratio:
            self._reopened(signs.at, since)
        else:
            self.deepest = min(self.deepest, share)
            self._learn_anew(signs.at)

    def _note(self, signs: Signs, *, void: bool) -> None:
        """Notice the eyes closing, and opening again while nothing counts yet."""
        if self.state is ChallengeState.WAITING or signs.eyes is None:
            return
        share = 1 - self._rest.level.departure(self.kind, signs)
        if share <= self._settings.closed_ratio and self._closed_at is None:
            self._closed_at, self.deepest, self._void = signs.at, share, void
            self.state = self.state if void else ChallengeState.ACTING
        elif void and share >= self._settings.opened_ratio:
            self._closed_at = None
        elif void:
            self._learn_anew(signs.at)

    def _learn_anew(self, at: float) -> None:
        """Eyes narrow for too long: in this light they are open so."""
        if self._closed_at is not None and at - self._closed_at > self._settings.blink_seconds:
            self._rest.clear()
            self._again()

    def _reopened(self, at: float, since: float) -> None:
        """The eyes are open again: done, unless it began too soon, or lasted as no answer would."""
        closed_at, self._closed_at = self._closed_at, None
        lasted = at - (closed_at if closed_at is not None else at)
        chosen = self._settings
        if self._void or not chosen.shut_seconds <= lasted <= chosen.blink_seconds:
            self.state = ChallengeState.READY
            return
        self.state, self.seconds = ChallengeState.DONE, since
