"""One action a person was asked to do, and when it counts.

The action counts when it starts after the instruction, from a frontal face at rest, and ends within the
limit. Another full action than the one asked for fails it: a recording that does everything must not pass.
"""

from __future__ import annotations

import enum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from models.api import ChallengeKind, Mesh, Observation


class ChallengeState(enum.StrEnum):
    """How far the person has come; also the last part of the message key ``challenge.state.…``."""

    WAITING = "waiting"
    """Not yet seen frontal and at rest."""
    READY = "ready"
    """May act now."""
    ACTING = "acting"
    """Began the action, has not finished it."""
    DONE = "done"
    WRONG = "wrong"
    """Did something else than what was asked."""
    LATE = "late"
    """Not done within the limit."""

    @property
    def settled(self) -> bool:
        """True when nothing can change the state any more."""
        return self in {ChallengeState.DONE, ChallengeState.WRONG, ChallengeState.LATE}


class ChallengeSettings(BaseModel):
    """When an action counts. Measured on webcam pictures of nine people, 500 LFW pictures and virtual people
    (development data)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit_seconds: float = Field(
        default=8.0, gt=0, description="Time from an instruction to the end of its action"
    )
    reaction_seconds: float = Field(
        default=0.25,
        ge=0,
        description="An action that begins sooner after the instruction was not an answer to it",
    )
    least_pause_seconds: float = Field(
        default=0.5, ge=0, description="Shortest wait before an instruction; how long it is, is random"
    )
    most_pause_seconds: float = Field(default=1.3, ge=0, description="Longest wait before an instruction")
    least_still_seconds: float = Field(
        default=2.0, ge=0, description="Shortest extra wait before one action, drawn at random: nobody moves"
    )
    most_still_seconds: float = Field(default=3.5, ge=0, description="Longest extra wait")
    rest_seconds: float = Field(
        default=2.0, ge=0, description="An instruction waits this long at most for a face at rest"
    )
    settle_seconds: float = Field(
        default=1.5, gt=0, description="A pose held this long is the person's new resting one"
    )
    unasked_seconds: float = Field(
        default=0.35,
        gt=0,
        description="A full action nobody asked for is noticed when held this long; what one says is shorter",
    )
    unasked: int = Field(
        default=1,
        ge=0,
        description="Full actions nobody asked for that are forgiven: a look at the teller, a word",
    )
    frontal_degrees: float = Field(default=12.0, gt=0, description="Largest yaw of a frontal face")
    turn_degrees: float = Field(
        default=18.0, gt=0, description="Least turn from the person's own frontal pose"
    )
    wrong_degrees: float = Field(
        default=16.0, gt=0, description="Turn the other way that fails the challenge"
    )
    nod_degrees: float = Field(default=9.0, gt=0, description="Least nod from the person's own level pose")
    mouth_rise: float = Field(
        default=0.13,
        gt=0,
        description="Least growth of the gap between the lips, in widths of the mouth, from the person's own",
    )
    begun_share: float = Field(
        default=0.6, gt=0, lt=1, description="From this share of a full action on it has begun"
    )
    returned_share: float = Field(
        default=0.5, gt=0, lt=1, description="A nod has come back below this share of a full one"
    )
    wrong_share: float = Field(
        default=1.4,
        gt=0,
        description="Another action than asked for fails the challenge from this multiple of a full one",
    )
    nod_seconds: float = Field(default=2.5, gt=0, description="Longest nod, down and up again")
    held_frames: int = Field(default=2, ge=1, description="Frames that must agree on a pose")
    closed_ratio: float = Field(
        default=0.78,
        gt=0,
        lt=1,
        description="Eyes are closed below this share of the person's own open level; behind glasses the "
        "network sees little less",
    )
    opened_ratio: float = Field(default=0.86, gt=0, lt=1, description="Eyes are open again above this share")
    least_opening: float = Field(
        default=0.10,
        gt=0,
        description="Below this open level (dark glasses, strong squint) no blink can be seen",
    )
    shut_seconds: float = Field(
        default=0.29,
        ge=0,
        description="Eyes asked to close stay closed this long at the least; a blink of one's own is shorter",
    )
    blink_seconds: float = Field(
        default=2.5, gt=0, description="Eyes closed longer than this were not closed for a moment"
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
    """The mesh at the far end of the action; None for a blink."""
    unasked: int
    """Full actions that began before the instruction, or too soon after it to be an answer."""

    def instruct(self, at: float) -> None:
        """The person was told at `at` (seconds, the observations' clock). Before that nothing counts."""

    def add(self, observation: Observation) -> ChallengeState:
        """The state after `observation`; observations come in order of time."""

    def interrupt(self) -> None:
        """Begin again from a frontal face: the face was lost or another one came."""


def full_actions(settings: ChallengeSettings) -> dict[ChallengeKind, float]:
    """How far from rest each action but the blink must go."""
    return {
        ChallengeKind.TURN_LEFT: settings.turn_degrees,
        ChallengeKind.TURN_RIGHT: settings.turn_degrees,
        ChallengeKind.NOD: settings.nod_degrees,
        ChallengeKind.OPEN_MOUTH: settings.mouth_rise,
    }
