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
    """None: too few scored frames."""
    challenge: ChallengeState | None
    """None: nothing was asked for."""
    face_seen: bool
    several_faces: bool
    flat: bool
    frozen: bool
    looped: bool
    face_changed: bool


def band_of(scores: Sequence[float], live_from: float, attack_below: float, live_share: float) -> Band | None:
    """The band of `scores`, the passive network's for each frame; None without any."""
    if not scores:
        return None
    middle = median(scores)
    share = sum(score >= live_from for score in scores) / len(scores)
    if middle < attack_below:
        return Band.ATTACK
    return Band.LIVE if middle >= live_from and share >= live_share else Band.UNCLEAR


def judge(facts: Facts) -> tuple[LiveAnswer, tuple[str, ...]]:
    """The decision and its reasons, most telling first."""
    if facts.frozen:
        return LiveAnswer.CANNOT_TELL, ("liveness.frozen",)
    if not facts.face_seen:
        return LiveAnswer.CANNOT_TELL, ("liveness.no_face",)
    reasons = tuple(key for key, speaks in _reasons(facts) if speaks)
    if not reasons:
        return LiveAnswer.LIVE, ()
    done = facts.challenge is ChallengeState.DONE and not facts.flat
    attack = (
        facts.looped
        or (facts.band is Band.ATTACK and not done)
        or (facts.flat and facts.band is Band.UNCLEAR)
    )
    return (LiveAnswer.ATTACK if attack else LiveAnswer.CANNOT_TELL), reasons


def _reasons(facts: Facts) -> tuple[tuple[str, bool], ...]:
    """Everything that can speak against a live face."""
    asked = facts.challenge is not None
    return (
        ("liveness.looped", facts.looped),
        ("liveness.passive_low", facts.band is Band.ATTACK),
        ("liveness.flat", facts.flat),
        ("liveness.face_changed", facts.face_changed),
        ("liveness.several_faces", facts.several_faces),
        ("liveness.challenge_wrong", facts.challenge is ChallengeState.WRONG),
        (
            "liveness.challenge_missed",
            asked and facts.challenge not in {ChallengeState.DONE, ChallengeState.WRONG},
        ),
        ("liveness.passive_unclear", facts.band is Band.UNCLEAR),
        ("liveness.too_few_frames", facts.band is None),
    )
