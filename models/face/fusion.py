"""From everything a sequence of frames showed to live, attack or cannot tell, with the reasons."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from models.api import LiveAnswer
from models.face.challenge import ChallengeState


class Band(enum.StrEnum):
    """What the passive network says over all frames."""

    LIVE = "live"
    UNCLEAR = "unclear"
    ATTACK = "attack"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sequence showed, ready to be judged."""

    band: Band | None
    """What the passive networks say together; None: too few scored frames."""
    challenge: ChallengeState | None
    """None: nothing was asked for."""
    face_seen: bool
    several_faces: bool
    flat: bool
    frozen: bool
    looped: bool
    """The same pictures came back, bit by bit."""
    face_changed: bool
    doubting: int = 0
    """Passive networks that say attack by themselves."""
    one_picture: bool = False
    """True when a single picture is all there is."""
    still: bool = False
    no_noise: bool = False
    stream_changed: bool = False
    """Size, clock or pace of the pictures is not a camera's."""
    border: bool = False
    moire: bool = False
    again: bool = False
    """Pictures much like earlier ones came back in order: a loop under new noise, or seldom somebody who
    does the same thing twice in the same way."""
    infrared: str | None = None
    """What the near-infrared picture has against a live face; the last part of its reason."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many frames must be live on their own, and how many at most may be attacks, as shares."""

    live: float
    attack: float


def band_of(scores: Sequence[float], live_from: float, attack_below: float, shares: Shares) -> Band | None:
    """The band of `scores`, the passive network's for each frame; None without any."""
    if not scores:
        return None
    middle = median(scores)
    live = sum(score >= live_from for score in scores) / len(scores)
    attack = sum(score < attack_below for score in scores) / len(scores)
    if middle < attack_below:
        return Band.ATTACK
    agreed = middle >= live_from and live >= shares.live and attack <= shares.attack
    return Band.LIVE if agreed else Band.UNCLEAR


def judge(facts: Facts) -> tuple[LiveAnswer, tuple[str, ...]]:
    """The decision and its reasons, most telling first."""
    if facts.frozen:
        return LiveAnswer.CANNOT_TELL, ("liveness.frozen",)
    if not facts.face_seen:
        return LiveAnswer.CANNOT_TELL, ("liveness.no_face",)
    reasons = tuple(key for key, speaks in _reasons(facts) if speaks)
    if not reasons:
        return LiveAnswer.LIVE, ()
    cues = tuple(key for key, seen in _cues(facts) if seen)
    return (LiveAnswer.ATTACK if _attack(facts) else LiveAnswer.CANNOT_TELL), (*reasons, *cues)


def _attack(facts: Facts) -> bool:
    """True when it must have been an attack: never by one network over many frames alone.

    Bad light or a bad camera can make one network doubt a person; they draw no frame around the face, do not
    flatten its motion, and do not make two networks of different training agree.
    """
    if facts.looped or (facts.one_picture and facts.band is Band.ATTACK):
        return True
    if facts.flat and facts.band in {Band.UNCLEAR, Band.ATTACK}:
        return True
    done = facts.challenge is ChallengeState.DONE and not facts.flat
    more = (facts.flat, facts.border, facts.moire, facts.again, facts.infrared is not None)
    return facts.doubting > 0 and facts.doubting + sum(more) >= VOICES and not done


VOICES = 2
"""Independent voices needed for an attack, one of them a passive network."""


def _cues(facts: Facts) -> tuple[tuple[str, bool], ...]:
    """What supports a doubt, but raises none."""
    return (("liveness.border", facts.border), ("liveness.moire", facts.moire))


def _reasons(facts: Facts) -> tuple[tuple[str, bool], ...]:
    """Everything that can speak against a live face."""
    asked = facts.challenge is not None
    return (
        ("liveness.looped", facts.looped or facts.again),
        ("liveness.passive_low", facts.band is Band.ATTACK),
        ("liveness.flat", facts.flat),
        ("liveness.face_changed", facts.face_changed),
        ("liveness.several_faces", facts.several_faces),
        (f"liveness.infrared_{facts.infrared}", facts.infrared is not None),
        ("liveness.stream_changed", facts.stream_changed),
        ("liveness.still", facts.still),
        ("liveness.no_noise", facts.no_noise),
        ("liveness.challenge_wrong", facts.challenge is ChallengeState.WRONG),
        (
            "liveness.challenge_missed",
            asked and facts.challenge not in {ChallengeState.DONE, ChallengeState.WRONG},
        ),
        ("liveness.passive_unclear", facts.band is Band.UNCLEAR),
        ("liveness.too_few_frames", facts.band is None),
    )
