"""The section ``dataset`` of a rule pack: what is asked of a customer's data, documents and phone."""

from __future__ import annotations

from terminal.rules.part import Clause, Tighter, tighter
from terminal.rules.situation import Channel

MONEY = r"^[0-9]{1,15}(\.[0-9]{1,3})?$"


class PlausibleRules(Clause):
    """Between which bounds a value is believed."""

    oldest_years: int = tighter(Tighter.LOWER, "Nobody is taken to be older", ge=100, le=150)
    least_address_signs: int = tighter(Tighter.HIGHER, "A shorter address is doubted", ge=1, le=40)
    most_amount: str = tighter(Tighter.LOWER, "A larger amount is taken for a slip", pattern=MONEY)


class ProfileRule(Clause):
    """The data demanded of one kind of person or firm, and those only offered.

    A demand is written ``this|that`` (either) and ``this&that`` (both); ``this=yes`` asks for that value.
    """

    demands: tuple[str, ...] = tighter(Tighter.MORE, "Fields without which the case is not complete")
    offered: dict[str, tuple[str, ...]] = tighter(
        Tighter.MORE, "Situation → fields that are offered and may stay empty", default={}
    )


class ExpiryRules(Clause):
    """How an expired document is treated before new business stops."""

    warn_days: int = tighter(Tighter.HIGHER, "Days before expiry from which is warned", ge=0, le=730)
    grace_days: int = tighter(Tighter.LOWER, "Days after expiry in which new business goes on", ge=0, le=730)
    reasons: tuple[str, ...] = tighter(
        Tighter.FEWER, "Good reasons for which the grace is longer", default=()
    )
    reason_days: int = tighter(Tighter.LOWER, "Further days of grace for a good reason", ge=0, le=730)


class ReminderRules(Clause):
    """When a customer is asked whether their data still hold."""

    after_days: dict[str, int] = tighter(
        Tighter.LOWER, "Field → days after which it is asked for again", default={}
    )


class PhoneRules(Clause):
    """Which account classes (1, 2, 3) are open to whom, by the proof that the phone is their own."""

    proven: tuple[int, ...] = tighter(Tighter.FEWER, "Classes with a phone proven to be the customer's own")
    unproven: tuple[int, ...] = tighter(Tighter.FEWER, "Classes with a phone not proven")
    none: tuple[int, ...] = tighter(Tighter.FEWER, "Classes without a phone")
    proof_days: int = tighter(Tighter.LOWER, "Days for which a proof holds", ge=1, le=3650)


class SecretRules(Clause):
    """What a password or a PIN must be."""

    pin_digits: int = tighter(Tighter.HIGHER, "Digits of a PIN", ge=4, le=12)
    password_signs: int = tighter(Tighter.HIGHER, "Least signs of a password", ge=6, le=64)
    password_kinds: int = tighter(
        Tighter.HIGHER, "Least kinds of signs: letters, digits, symbols", ge=1, le=3
    )
    least_different: int = tighter(Tighter.HIGHER, "Least different signs", ge=1, le=12)
    longest_run: int = tighter(
        Tighter.LOWER, "Longest run of signs that repeat or follow one another", ge=2, le=12
    )
    identity_part: int = tighter(
        Tighter.LOWER, "Digits in a row of a number or phone that may not be used", ge=3, le=12
    )


class ChangeRules(Clause):
    """Where and with what proof data may be changed."""

    key_channels: tuple[Channel, ...] = tighter(Tighter.FEWER, "Channels in which key fields may be changed")
    key_proofs: tuple[str, ...] = tighter(
        Tighter.FEWER, "Document kinds of which one must support a change of a key field"
    )


class LinkRules(Clause):
    """What shows that two document numbers are one person's."""

    alone: tuple[str, ...] = tighter(Tighter.FEWER, "Evidence that is enough by itself")
    together: int = tighter(Tighter.HIGHER, "Pieces of other evidence that are enough together", ge=1, le=5)


class CrossRules(Clause):
    """How papers are set against one another."""

    fresh_days: dict[str, int] = tighter(
        Tighter.LOWER, "Document kind → days after which what it says is old", default={}
    )


class QualityRules(Clause):
    """From when data held of a customer are so doubtful that they are identified anew."""

    least_complete: float = tighter(Tighter.HIGHER, "Share of the demands that are met", ge=0, le=1)
    most_doubts: int = tighter(Tighter.LOWER, "Doubts and contradictions that are borne", ge=0, le=50)


class ControllerRules(Clause):
    """Who counts as a beneficial owner of a firm."""

    share_percent: float = tighter(Tighter.LOWER, "Shares or votes from which a person counts", gt=0, le=50)


class QuestionRules(Clause):
    """A set of questions, such as those of purpose and money."""

    questions: tuple[str, ...] = tighter(Tighter.MORE, "Fields that are questions")
    detailed: tuple[str, ...] = tighter(Tighter.MORE, "Choices that need words of the customer's own")


class DatasetRules(Clause):
    """The whole section."""

    plausible: PlausibleRules
    profiles: dict[str, ProfileRule] = tighter(Tighter.MORE, "Name → the data demanded", min_length=1)
    expiry: ExpiryRules
    reminders: ReminderRules
    phone: PhoneRules
    secrets: SecretRules
    changes: ChangeRules
    links: LinkRules
    cross: CrossRules
    quality: QualityRules
    controllers: ControllerRules
    questions: dict[str, QuestionRules] = tighter(Tighter.MORE, "Sets of questions by name")
