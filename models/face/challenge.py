"""Follows one action a person was asked to do: a blink or a turn of the head, seen in networks' geometry.

The action counts when it starts after the instruction, from a frontal, open-eyed face, and ends within the
limit. A full turn the wrong way fails the challenge: a recording that does everything must not pass it.
"""

from __future__ import annotations

import enum
import secrets
from collections import deque
from statistics import median
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from models.api import ChallengeKind, Mesh, Observation
from models.face.quality import pose_of_mesh


class ChallengeState(enum.StrEnum):
    """How far the person has come; also the last part of the message key ``challenge.state.…``."""

    WAITING = "waiting"
    """Not yet seen frontal with open eyes since the instruction."""
    READY = "ready"
    """May act now."""
    ACTING = "acting"
    """Began the action, has not finished it."""
    DONE = "done"
    WRONG = "wrong"
    """Turned the wrong way."""
    LATE = "late"
    """Not done within the limit."""

    @property
    def settled(self) -> bool:
        """True when nothing can change the state any more."""
        return self in {ChallengeState.DONE, ChallengeState.WRONG, ChallengeState.LATE}


class ChallengeSettings(BaseModel):
    """When an action counts. Measured on webcam pictures of nine people (development data)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit_seconds: float = Field(
        default=8.0, gt=0, description="Time from the instruction to the end of the action"
    )
    reaction_seconds: float = Field(
        default=0.15,
        ge=0,
        description="An action that begins sooner after the instruction was not an answer to it",
    )
    frontal_degrees: float = Field(default=12.0, gt=0, description="Largest yaw of a frontal face")
    turn_degrees: float = Field(
        default=18.0, gt=0, description="Least turn from the person's own frontal pose"
    )
    wrong_degrees: float = Field(
        default=16.0, gt=0, description="Turn the other way that fails the challenge"
    )
    held_frames: int = Field(default=2, ge=1, description="Frames that must agree on a pose")
    closed_ratio: float = Field(
        default=0.72,
        gt=0,
        lt=1,
        description="Eyes are closed below this share of the person's own open level",
    )
    opened_ratio: float = Field(default=0.86, gt=0, lt=1, description="Eyes are open again above this share")
    least_opening: float = Field(
        default=0.10,
        gt=0,
        description="Below this open level (dark glasses, strong squint) no blink can be seen",
    )
    blink_seconds: float = Field(
        default=1.2, gt=0, description="Longest blink; eyes closed longer are no blink"
    )
    level_frames: int = Field(
        default=3, ge=1, description="Open-eyed frames needed to know the person's own level"
    )


class Tracker(Protocol):
    """Follows one action."""

    kind: ChallengeKind
    state: ChallengeState
    seconds: float | None
    """Time from the instruction to the end of the action, once done."""
    start: Mesh | None
    """The frontal mesh from which the action began."""
    peak: Mesh | None
    """The mesh at the far end of a turn."""

    def add(self, observation: Observation) -> ChallengeState:
        """The state after `observation`; observations come in order of time."""

    def interrupt(self) -> None:
        """Begin again from a frontal face: the face was lost or another one came."""


def random_challenge(rng: secrets.SystemRandom) -> ChallengeKind:
    """A challenge that nobody can foresee."""
    return rng.choice(list(ChallengeKind))


def tracker(kind: ChallengeKind, instructed_at: float, settings: ChallengeSettings) -> Tracker:
    """What follows an action of `kind`, asked for at `instructed_at` (seconds, the observations' clock)."""
    if kind is ChallengeKind.BLINK:
        return BlinkTracker(instructed_at, settings)
    return TurnTracker(kind, instructed_at, settings)


class TurnTracker:
    """Waits for a frontal face, then for a turn to the side asked for."""

    def __init__(self, kind: ChallengeKind, instructed_at: float, settings: ChallengeSettings) -> None:
        self.kind = kind
        self.state = ChallengeState.WAITING
        self.seconds: float | None = None
        self.start: Mesh | None = None
        self.peak: Mesh | None = None
        self.turned = 0.0
        """Largest turn seen the right way, in degrees from the person's own frontal pose."""
        self._side = 1.0 if kind is ChallengeKind.TURN_LEFT else -1.0
        self._asked_at = instructed_at
        self._settings = settings
        self._frontal: list[float] = []
        self._held = 0
        self._held_wrong = 0

    def add(self, observation: Observation) -> ChallengeState:
        """See `Tracker.add`. Frames without a mesh only let time pass."""
        since = observation.at - self._asked_at
        if self.state.settled or since < 0:
            return self.state
        if since > self._settings.limit_seconds:
            self.state = ChallengeState.LATE
        elif observation.mesh is not None:
            yaw = pose_of_mesh(observation.mesh)[0]
            if self.state is ChallengeState.WAITING:
                self._wait(observation.mesh, yaw)
            else:
                self._follow(observation.mesh, yaw, since)
        return self.state

    def interrupt(self) -> None:
        """See `Tracker.interrupt`."""
        if not self.state.settled:
            self.state = ChallengeState.WAITING
            self._frontal.clear()

    def _wait(self, mesh: Mesh, yaw: float) -> None:
        """Become ready once enough frames in a row are frontal."""
        if abs(yaw) > self._settings.frontal_degrees:
            self._frontal.clear()
            return
        self._frontal.append(yaw)
        if len(self._frontal) >= self._settings.held_frames:
            self.state, self.start = ChallengeState.READY, mesh
            self._held = self._held_wrong = 0

    def _follow(self, mesh: Mesh, yaw: float, since: float) -> None:
        """Judge one frame after the start."""
        chosen = self._settings
        turn = (yaw - median(self._frontal)) * self._side
        moved = abs(yaw) > chosen.frontal_degrees
        if self.state is ChallengeState.READY and moved and since < chosen.reaction_seconds:
            self.interrupt()
            return
        self.state = ChallengeState.ACTING if moved else ChallengeState.READY
        self._held = self._held + 1 if turn >= chosen.turn_degrees else 0
        self._held_wrong = self._held_wrong + 1 if turn <= -chosen.wrong_degrees else 0
        if turn > self.turned:
            self.turned, self.peak = turn, mesh
        if self._held >= chosen.held_frames:
            self.state, self.seconds = ChallengeState.DONE, since
        elif self._held_wrong >= chosen.held_frames:
            self.state = ChallengeState.WRONG


class BlinkTracker:
    """Learns the person's own open level, then waits for both eyes to close and open again."""

    kind = ChallengeKind.BLINK

    def __init__(self, instructed_at: float, settings: ChallengeSettings) -> None:
        self.state = ChallengeState.WAITING
        self.seconds: float | None = None
        self.start: Mesh | None = None
        self.peak: Mesh | None = None
        self.deepest = 1.0
        """Smallest opening of a blink as a share of the open level."""
        self._asked_at = instructed_at
        self._settings = settings
        self._open: deque[float] = deque(maxlen=LEVEL_WINDOW)
        self._closed_at: float | None = None
        self._void = False

    def add(self, observation: Observation) -> ChallengeState:
        """See `Tracker.add`. Frames without an opening, or not frontal, only let time pass."""
        since = observation.at - self._asked_at
        if self.state.settled:
            return self.state
        if since > self._settings.limit_seconds:
            self.state = ChallengeState.LATE
        elif (opening := self._opening(observation)) is not None:
            self._follow(opening, observation.at, since)
        return self.state

    def interrupt(self) -> None:
        """See `Tracker.interrupt`."""
        if not self.state.settled:
            self.state = ChallengeState.WAITING
            self._open.clear()
            self._closed_at = None

    def _opening(self, observation: Observation) -> float | None:
        """The eyes' opening, if this frame is frontal enough to tell."""
        if observation.mesh is None or observation.eyes_open is None:
            return None
        yaw = pose_of_mesh(observation.mesh)[0]
        return observation.eyes_open if abs(yaw) <= self._settings.frontal_degrees else None

    def _follow(self, opening: float, at: float, since: float) -> None:
        """Judge one frame: still learning, open, closing, or open again."""
        chosen = self._settings
        if len(self._open) < chosen.level_frames:
            self._open.append(opening)
            return
        level = median(self._open)
        share = opening / max(level, 1e-6)
        if self._closed_at is None:
            self._while_open(share, opening, at, since, level)
        elif share >= chosen.opened_ratio:
            self._reopened(at, since)
        else:
            self.deepest = min(self.deepest, share)

    def _while_open(self, share: float, opening: float, at: float, since: float, level: float) -> None:
        """Keep the level up to date; notice the eyes closing."""
        chosen = self._settings
        if share > chosen.closed_ratio:
            self._open.append(opening)
            seeing = since >= 0 and level >= chosen.least_opening
            self.state = ChallengeState.READY if seeing else ChallengeState.WAITING
            return
        self._closed_at, self.deepest = at, share
        self._void = since < chosen.reaction_seconds or self.state is not ChallengeState.READY
        self.state = self.state if self._void else ChallengeState.ACTING

    def _reopened(self, at: float, since: float) -> None:
        """The eyes are open again: a blink, unless it began too soon or lasted too long."""
        closed_at, self._closed_at = self._closed_at, None
        lasted = at - (closed_at if closed_at is not None else at)
        if self._void or lasted > self._settings.blink_seconds:
            self.state = ChallengeState.READY if since >= 0 else ChallengeState.WAITING
            return
        self.state, self.seconds = ChallengeState.DONE, since


LEVEL_WINDOW = 15
"""Open-eyed frames that make up the person's own level."""
