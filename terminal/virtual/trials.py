"""Seeded trials of the liveness check before the virtual camera, on a clock of their own: nobody waits.

Each trial is one try of one presentation: who or what stands there, light, camera, pose and manner follow
from the seed; so do the actions asked for, by the rule pack in force. The eyes are looked at while closing
them is awaited; what a passive network took for an attack in every frame is not watched to its end.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass

from config.liveness import LivenessLimits
from drivers.camera.conditions import conditions
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Script, Setting
from drivers.camera.takes import Take
from models.api import ChallengeKind, Image, Liveness, Observation
from models.face.limits import limited
from models.face.liveness import LivenessCheck
from models.face.sequence import random_challenges
from models.face.stack import FaceStack
from models.face.track import Track
from terminal.rules.sections import LivenessRules

CAMERA_RATE = 30
"""Frames the virtual camera counts each second."""
OBSERVED_RATE = 10
"""Frames the networks look at each second: what a two-core terminal manages."""
SCORED_EVERY = 2
"""The passive networks score every second of those: half the work, and the median over them is the same."""
SIZE = (640, 480)
FREEZE_SECONDS = (0.5, 6.0)
"""A frozen stream stops within these."""


class Kind(enum.StrEnum):
    """What is presented; the value names its group in the report."""

    GENUINE = "genuine"
    PRINT = "print"
    TABLET_REPLAY = "tablet_replay"
    CUT_OUT = "cut_out"
    RECORDED_CHALLENGE = "recorded_challenge"
    FROZEN = "frozen"
    LOOPED = "looped"
    INJECTED = "injected"
    SWITCHED = "switched"


SCRIPTS = {
    Kind.GENUINE: Script.GENUINE,
    Kind.PRINT: Script.PRINTED_PHOTO,
    Kind.TABLET_REPLAY: Script.REPLAYED_SCREEN,
    Kind.CUT_OUT: Script.CUT_OUT,
    Kind.RECORDED_CHALLENGE: Script.RECORDED_CHALLENGE,
    Kind.FROZEN: Script.FROZEN,
    Kind.LOOPED: Script.LOOPED,
    Kind.INJECTED: Script.INJECTED,
    Kind.SWITCHED: Script.SWITCHED,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One presentation."""

    kind: Kind
    seed: int

    @property
    def key(self) -> str:
        """Its name in a journal."""
        return f"{self.kind}:{self.seed}"


class Range:
    """Where trials take place: networks, at least two people of different faces, and rules."""

    def __init__(self, stack: FaceStack, people: tuple[Puppet, ...], rules: LivenessRules) -> None:
        if len({puppet.image.tobytes() for puppet in people}) != len(people) or len(people) < 2:
            raise ValueError("trials need two people or more, each with a face of their own")
        self._stack = stack
        self._people = people
        self._rules = rules
        self._kinds = [ChallengeKind(name) for name in rules.challenges]
        self._settings = limited(
            LivenessLimits(), least_frames=rules.passive_frames, action_seconds=rules.challenge_seconds
        )

    def run(self, trial: Trial) -> Liveness:
        """The verdict on `trial`."""
        take = self._take(trial)
        rng = random.Random(f"{trial.kind} {trial.seed}")
        asked = random_challenges(rng, self._kinds, self._rules.count)
        check = LivenessCheck(self._settings, asked, rng=rng)
        track = Track(self._stack.settings.track)
        most = round(OBSERVED_RATE * self._settings.longest_seconds(self._rules.count))
        for step in range(most):
            if check.enough or check.hopeless or check.doubted:
                break
            number = (step + 1) * CAMERA_RATE // OBSERVED_RATE
            image = take.see(number / CAMERA_RATE)
            scored = step % SCORED_EVERY == 0
            seen = self._stack.observe(
                image, number, number / CAMERA_RATE, track=track, eyes=check.wants_eyes, passive=scored
            )
            self._look(check, take, seen, image)
        return check.verdict()

    def _look(self, check: LivenessCheck, take: Take, seen: Observation, image: Image) -> None:
        """One frame: judged, and answered with what is due."""
        before = check.done
        check.add(seen, image)
        if check.done > before:
            take.hear("face.look", seen.at)
        if seen.face is not None and check.wants_template(seen):
            check.compare(self._stack.embed(image, seen.face))
        if (kind := check.due()) is not None:
            take.hear(f"challenge.{kind.value}", seen.at)

    def _take(self, trial: Trial) -> Take:
        first = self._people[trial.seed % len(self._people)]
        second = self._people[(trial.seed + 1) % len(self._people)]
        given = Setting((first, second), SIZE, trial.seed, 0.65, conditions(trial.seed))
        freeze = random.Random(trial.seed).uniform(*FREEZE_SECONDS)
        return Take(SCRIPTS[trial.kind], given, freeze)
