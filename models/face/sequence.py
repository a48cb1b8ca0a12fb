"""Several actions one after the other, drawn at random, each asked for after a pause nobody can foresee."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence as Ordered

from models.api import ChallengeKind, Observation
from models.face.actions import Start, tracker
from models.face.challenge import ChallengeSettings, ChallengeState, Tracker
from models.face.rest import Rest


def random_challenges(
    rng: random.Random,
    kinds: Ordered[ChallengeKind],
    count: int,
    asked: Ordered[ChallengeKind] = (),
) -> tuple[ChallengeKind, ...]:
    """`count` actions of `kinds` that nobody can foresee; none twice in a row where there are two.

    The first is none of those `asked` before, as long as there is another: who played a recording once must
    not profit from having heard what comes. Where the kinds allow it at least one moves the head, which shows
    whether it is a solid one.
    """
    while True:
        drawn = _drawn(rng, kinds, count, asked)
        if count < len(HEAD_MOTIONS) or HEAD_MOTIONS & set(drawn) or not HEAD_MOTIONS & set(kinds):
            return drawn


def _drawn(
    rng: random.Random, kinds: Ordered[ChallengeKind], count: int, asked: Ordered[ChallengeKind]
) -> tuple[ChallengeKind, ...]:
    drawn: list[ChallengeKind] = []
    for _ in range(count):
        barred = set(asked) if not drawn else {drawn[-1]}
        free = [kind for kind in kinds if kind not in barred]
        drawn.append(rng.choice(free or list(kinds)))
    return tuple(drawn)


HEAD_MOTIONS = frozenset({ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT, ChallengeKind.NOD})


class Sequence:
    """Follows the actions `kinds`. What must be asked now is told by `due`."""

    def __init__(
        self,
        kinds: Ordered[ChallengeKind],
        settings: ChallengeSettings,
        rng: random.Random | None = None,
    ) -> None:
        self.kinds = tuple(kinds)
        self.trackers: list[Tracker] = []
        """Of all actions begun so far; the last one is the current one."""
        self._settings = settings
        self._random = rng or secrets.SystemRandom()
        self._rest = Rest(settings)
        self._still = self._random.randrange(1, len(self.kinds)) if len(self.kinds) > 1 else None
        """Place of the action before which to keep still for longer: a recording goes on with its own."""
        self._ask_at = 0.0
        self._asked = 0

    @property
    def current(self) -> Tracker | None:
        """The tracker of the action now waited for."""
        return self.trackers[-1] if self.trackers else None

    @property
    def asked(self) -> ChallengeKind | None:
        """The action the person was last told to do."""
        return self.kinds[self._asked - 1] if self._asked else None

    @property
    def done(self) -> int:
        """Actions done."""
        return sum(each.state is ChallengeState.DONE for each in self.trackers)

    @property
    def unasked(self) -> int:
        """Full actions that nobody had asked for."""
        return sum(each.unasked for each in self.trackers)

    @property
    def state(self) -> ChallengeState:
        """DONE when all are; WRONG after more unasked actions than are forgiven; else the current one's.

        In the longer wait none is forgiven.
        """
        if self.unasked > self._settings.unasked or self._moved:
            return ChallengeState.WRONG
        if self.done == len(self.kinds):
            return ChallengeState.DONE
        current = self.current
        if current is None or current.state is ChallengeState.DONE:
            return ChallengeState.WAITING
        return current.state

    @property
    def _moved(self) -> bool:
        """True when somebody acted in the longer wait."""
        return self._still is not None and any(each.unasked for each in self.trackers[self._still :][:1])

    def due(self, at: float) -> ChallengeKind | None:
        """What to tell the person at `at`, once per action; its limit runs from now."""
        current = self.current
        if current is None or self._asked == len(self.trackers) or at < self._ask_at:
            return None
        if current.state is ChallengeState.WAITING and at < self._ask_at + self._settings.rest_seconds:
            return None
        current.instruct(at)
        self._asked += 1
        return current.kind

    def add(self, observation: Observation) -> None:
        """Take in one frame."""
        if self.state.settled:
            return
        current = self.current
        if current is None or current.state is ChallengeState.DONE:
            self._begin(observation.at)
        self.trackers[-1].add(observation)

    def interrupt(self) -> None:
        """See `Tracker.interrupt`."""
        if self.trackers:
            self.trackers[-1].interrupt()

    def _begin(self, at: float) -> None:
        """Wait for the next action."""
        chosen = self._settings
        done = self.trackers[-1].kind if self.trackers else None
        self.trackers.append(tracker(self.kinds[len(self.trackers)], chosen, Start(self._rest, done=done)))
        self._ask_at = at + self._random.uniform(chosen.least_pause_seconds, chosen.most_pause_seconds)
        if len(self.trackers) - 1 == self._still:
            self._ask_at += self._random.uniform(chosen.least_still_seconds, chosen.most_still_seconds)
