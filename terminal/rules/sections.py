"""The sections of a rule pack that speak of the check of one person, and what each finding leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

from pydantic import Field

from terminal.rules.part import Clause, Tighter, tighter

Rule = TypeVar("Rule")
ActionName = Literal["blink", "turn_left", "turn_right", "nod", "open_mouth"]


class ConsentRules(Clause):
    """Which consent text is in force."""

    text_version: str = tighter(Tighter.ANY, "Version of the consent texts")


class CardRules(Clause):
    """Which cards are taken, and how often they may be presented again."""

    kinds: tuple[str, ...] = tighter(Tighter.FEWER, "Kinds of cards that are read", min_length=1)
    minimum_age_years: int = tighter(Tighter.HIGHER, "Younger holders go to a person", ge=0, le=120)
    max_tries: int = tighter(Tighter.LOWER, "Before a person takes over", ge=1, le=10)
    wait_seconds: float = tighter(Tighter.ANY, "For a card to be placed", gt=0, le=600)


class FaceRules(Clause):
    """How long and how often a face is looked for."""

    max_tries: int = tighter(Tighter.LOWER, "Before a person takes over", ge=1, le=10)
    capture_seconds: float = tighter(Tighter.ANY, "For a usable face to stay", gt=0, le=120)
    good_frames: int = tighter(Tighter.HIGHER, "Usable frames that enter the comparison", ge=1, le=50)


class ExceptionRule(Clause):
    """What a customer cannot do for the sake of their health, and what that means for the check."""

    actions: tuple[ActionName, ...] = Field(min_length=1, description="Actions that are not asked for")
    then: Literal["others", "person"] = Field(
        description="Ask for the other actions, or hand the case to a person"
    )


class LivenessRules(Clause):
    """Which actions may be asked for, and how many; they and their order are drawn at random."""

    challenges: tuple[ActionName, ...] = tighter(Tighter.MORE, "Actions to draw from", min_length=1)
    count: int = tighter(Tighter.HIGHER, "Actions asked for, one after the other", ge=1, le=6)
    challenge_seconds: float = tighter(Tighter.LOWER, "Time for each action", gt=0, le=60)
    exceptions: dict[str, ExceptionRule] = Field(
        default_factory=dict, description="By name; the first that holds the action asked for applies"
    )
    least_kinds: int = tighter(
        Tighter.HIGHER, "With fewer kinds of actions left, the case goes to a person", 3, ge=1
    )
    passive_frames: int = tighter(Tighter.HIGHER, "Frames the passive networks must see", ge=3, le=100)

    def exception_for(self, action: str) -> tuple[str, ExceptionRule]:
        """The exception that covers `action`; the staffed way where the pack names none."""
        for name, rule in self.exceptions.items():
            if action in rule.actions:
                return name, rule
        return "unnamed", ExceptionRule(clause=self.clause, actions=(action,), then="person")


class MatchRules(Clause):
    """The error rates asked of the holder-to-document comparison."""

    required: tuple[Literal["chip", "returned", "portrait"], ...] = tighter(
        Tighter.MORE,
        "Photos that must be compared with the live face; others are, where they are given",
        min_length=1,
    )
    target_false_match_rate: float = tighter(Tighter.LOWER, "To accept", gt=0, lt=1)
    refer_false_match_rate: float = tighter(Tighter.LOWER, "To leave it to a person", gt=0, lt=1)


class StaffRules(Clause):
    """How sure a member of staff must be known by their face."""

    false_accept_rate: float = tighter(
        Tighter.LOWER, "At most this often a stranger is taken for any of the enrolled", gt=0, lt=1
    )


class OutcomeRule(Clause):
    """What one finding leads to."""

    decision: Literal["refer", "refuse"] = tighter(Tighter.HEAVIER, "Refer to a person, or refuse")


def nearest(table: Mapping[str, Rule], finding: str) -> Rule | None:
    """What `table` says of `finding` or else of its family: ``card.doubt.sex``, ``card.doubt``, ``card``."""
    parts = finding.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((table[name] for name in names if name in table), None)
