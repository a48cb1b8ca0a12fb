"""Rules of follow-ups: which there are, when they are due, who is reminded and told, how they may end."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from terminal.rules.part import Clause, Tighter, tighter

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""Of a kind, a role or an outcome."""


class TaskKind(Clause):
    """One kind of follow-up."""

    title: dict[str, str] = tighter(Tighter.ANY, "What it is called, by language", min_length=2)
    term: int = tighter(Tighter.LOWER, "Units of time until it is due", ge=0, le=1000)
    unit: Literal["working_days", "months"] = Field(
        description="Working days, or months; a term in months that ends on no working day moves to the next"
    )
    counted_from: Literal["opening", "given_day"] = Field(
        description="The day it is opened, or a day that the case names (a birthday, the last review)"
    )
    remind_before: tuple[Annotated[int, Field(ge=0, le=250)], ...] = tighter(
        Tighter.MORE, "Working days before the due day on which the owner is reminded"
    )
    role: Name = tighter(Tighter.ANY, "Who takes it when no person is named")
    escalates_to: Name = tighter(Tighter.ANY, "Who gets it once it is overdue")
    outcomes: tuple[Name, ...] = tighter(Tighter.FEWER, "Ways in which it may end", min_length=1)
    needs_evidence: tuple[Name, ...] = tighter(
        Tighter.MORE, "Outcomes that must name what they rest on", default=()
    )
    confidential: bool = tighter(
        Tighter.TRUE, "Only its owner and holders of its roles may know of it", default=False
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        unknown = set(self.needs_evidence) - set(self.outcomes)
        if unknown:
            raise ValueError(f"needs_evidence names no outcome: {', '.join(sorted(unknown))}")
        if len(set(self.outcomes)) != len(self.outcomes):
            raise ValueError("an outcome is named twice")
        return self


class TaskRules(Clause):
    """All kinds of follow-ups."""

    kinds: dict[Name, TaskKind] = tighter(Tighter.MORE, "By name", min_length=1)
