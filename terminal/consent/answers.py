"""What somebody said to a text: given, declined, withdrawn. Answers are added, never changed.

Silence is no consent, consent to one thing is none to another, and the newest answer counts.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from terminal.consent.wording import ConsentError, Modality, Rendered, Signer, TextKind

STAFFED = "staffed"
"""Where declining leads: a person serves the customer (K04, J07)."""


class How(enum.StrEnum):
    """In which form it was answered."""

    TOUCHED = "touched"
    SIGNED = "signed"
    SPOKEN = "spoken"
    READ_ALOUD = "read_aloud"
    """Read or spoken to the customer, who answered on the screen or by signature."""
    MARKED = "marked"
    """By a finger mark, where somebody cannot sign (C22)."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer in the affirmative."""

    text_id: str
    version: str
    language: str
    sha256: str
    """Of exactly what was shown."""
    kind: TextKind
    modality: Modality
    by: str
    """Party id of who answered."""
    signer: Signer
    at: datetime
    how: How
    points: tuple[int, ...] = ()
    """Points acknowledged one by one, counted from 0."""
    about: str = ""
    """Party id of whose data it is; the same as `by` unless a guardian answers."""


@dataclass(frozen=True, slots=True)
class Declined:
    """An answer in the negative. It needs no reason and none is asked for."""

    text_id: str
    version: str
    language: str
    sha256: str
    kind: TextKind
    modality: Modality
    by: str
    signer: Signer
    at: datetime
    about: str = ""
    leads_to: str = STAFFED


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A consent taken back; what was done before stays valid, what was kept for it goes."""

    given: Given
    by: str
    at: datetime
    leads_to: str = STAFFED

    @property
    def modality(self) -> Modality:
        """What may not be used any more."""
        return self.given.modality

    @property
    def about(self) -> str:
        """Whose data it is."""
        return self.given.about or self.given.by


Answer = Given | Declined | Withdrawn


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers, when, in which form and channel."""

    by: str
    signer: Signer
    at: datetime
    how: How
    channel: str
    about: str = ""


def give(
    shown: Rendered, answering: Answering, points: Iterable[int] = (), aloud_in: Collection[str] = ()
) -> Given:
    """The answer yes. ConsentError when another must sign, a point was left out, or it was not spoken.

    `points`: those acknowledged for themselves. `aloud_in`: channels in which limits are spoken (K02).
    """
    text, acknowledged = shown.source, tuple(sorted(set(points)))
    if answering.signer is not text.signer:
        raise ConsentError("consent.wrong_signer", text=text.id)
    if text.one_by_one and acknowledged != tuple(range(len(shown.wording.points))):
        raise ConsentError("consent.points_left", text=text.id)
    silent = answering.how not in (How.SPOKEN, How.READ_ALOUD)
    if text.one_by_one and answering.channel in aloud_in and silent:
        raise ConsentError("consent.not_spoken", text=text.id)
    about = answering.about or answering.by
    return Given(
        text.id,
        text.version,
        shown.language,
        shown.sha256,
        text.kind,
        text.modality,
        answering.by,
        answering.signer,
        answering.at,
        answering.how,
        acknowledged,
        about,
    )


def decline(shown: Rendered, answering: Answering) -> Declined:
    """The answer no: one step, at any time, by whoever sits there. It never fails and needs no point."""
    text = shown.source
    about = answering.about or answering.by
    return Declined(
        text.id,
        text.version,
        shown.language,
        shown.sha256,
        text.kind,
        text.modality,
        answering.by,
        answering.signer,
        answering.at,
        about,
    )


def withdraw(history: Iterable[Answer], modality: Modality, about: str, by: str, at: datetime) -> Withdrawn:
    """Take back the consent that stands. ConsentError ``consent.not_standing`` when there is none."""
    standing_now = standing(history, modality, about)
    if not isinstance(standing_now, Given):
        raise ConsentError("consent.not_standing", modality=modality.value)
    return Withdrawn(standing_now, by, at)


def standing(history: Iterable[Answer], modality: Modality, about: str) -> Answer | None:
    """The newest answer on consent to `modality` for the data of party `about`; None when never asked.

    Where two are of one moment, the one that gives less counts.
    """
    fitting = [each for each in history if _is_about(each, modality, about)]
    return max(fitting, key=lambda each: (each.at, not isinstance(each, Given)), default=None)


def may_use(history: Iterable[Answer], modality: Modality, about: str) -> bool:
    """True only while a consent to exactly this stands."""
    return isinstance(standing(history, modality, about), Given)


def unanswered(text_ids: Iterable[str], history: Iterable[Answer]) -> tuple[str, ...]:
    """Texts of `text_ids` that nobody has accepted, or declined, yet."""
    answered = {each.text_id for each in history if not isinstance(each, Withdrawn)}
    return tuple(dict.fromkeys(each for each in text_ids if each not in answered))


def _is_about(answer: Answer, modality: Modality, about: str) -> bool:
    kind = answer.given.kind if isinstance(answer, Withdrawn) else answer.kind
    return kind is TextKind.CONSENT and answer.modality is modality and answer.about == about
