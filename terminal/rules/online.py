"""What an online check's result leads to: none refuses by itself, but for a card reported lost or void.

Basis: Yinfa [2007] No. 345 (supplementary evidence, certificate, answer of the police within two working
days, no refusal at will), Yinfa [2018] No. 60 (cards lost or void). Requirements A08, G04, G07-G09.
"""

from __future__ import annotations

import enum
from typing import Literal, Self

from pydantic import model_validator

from terminal.rules.part import Clause, Tighter, tighter

Supplementary = Literal[
    "chip_read",
    "household_book",
    "passport",
    "driving_licence",
    "admission_letter",
    "student_card",
    "police_reply",
]
"""Evidence that can show a card to be genuine all the same."""


class OnlineFinding(enum.StrEnum):
    """Everything an online check can leave open; message keys below ``online.``."""

    NAME_DIFFERS = "name_differs"
    NO_SUCH_NUMBER = "no_such_number"
    FORMAT_ERROR = "format_error"
    CARD_LOST_OR_VOID = "card_lost_or_void"
    PHOTO_NOT_SAME = "photo_not_same"
    PHOTO_UNCLEAR = "photo_unclear"
    PHOTO_NOT_COMPARED = "photo_not_compared"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"


class Way(enum.StrEnum):
    """How a case goes on, the lightest first. Accepting is not among them: that takes the whole case."""

    CONTINUE = "continue"
    SUPPLEMENTARY = "supplementary"
    """With supplementary evidence."""
    SECOND_PERSON = "second_person"
    """With supplementary evidence, approved by a second person (G06)."""
    REFUSE = "refuse"


class FindingRule(Clause):
    """What one finding leads to."""

    way: Way = tighter(Tighter.HEAVIER, "How the case goes on")
    follow_up: bool = tighter(Tighter.TRUE, "Whether it is looked into after the case (G09)")


class OnlineRules(Clause):
    """How the online check is asked, and what its results lead to."""

    wait_seconds: float = tighter(
        Tighter.LOWER, "Longest wait for an answer; then it counts as none", gt=0, le=120
    )
    fresh_each_time: bool = tighter(
        Tighter.TRUE, "Ask again even for the same operator, customer and day (G04 allows one check for all)"
    )
    findings: dict[OnlineFinding, FindingRule] = tighter(
        Tighter.HEAVIER, "What each finding leads to; all of them are named"
    )
    follow_up_working_days: int = tighter(
        Tighter.LOWER, "Within so many working days a doubtful case is looked into", ge=0, le=10
    )
    police_answer_working_days: int = tighter(
        Tighter.ANY, "In so many working days the police answer a certificate; printed on it", ge=1, le=30
    )
    supplementary: tuple[Supplementary, ...] = tighter(
        Tighter.FEWER, "What is accepted as supplementary evidence", min_length=1
    )

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        missing = [each.value for each in OnlineFinding if each not in self.findings]
        if missing:
            raise ValueError(f"findings: no rule for {', '.join(missing)}")
        refusing = {each for each, rule in self.findings.items() if rule.way is Way.REFUSE}
        unlawful = sorted(refusing - {OnlineFinding.CARD_LOST_OR_VOID})
        if unlawful:
            raise ValueError(f"findings: {', '.join(unlawful)} may not refuse (A08, G08)")
        undecided = [each for each, rule in self.findings.items() if rule.way is Way.CONTINUE]
        if undecided and not all(self.findings[each].follow_up for each in undecided):
            raise ValueError("findings: who continues without evidence is followed up (G07, G09)")
        return self
