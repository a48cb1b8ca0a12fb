"""Rules of watch lists: how near a name must come, what a hit leads to, and how long an old list serves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from terminal.rules.part import Clause, Tighter, tighter

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Act = Literal["refer", "refuse"]
"""What a hit leads to. Neither is shown: on every screen the case only goes to a colleague."""


class NameLimits(Clause):
    """When a name is like one on a list. Likeness runs from 0 to 1."""

    spelling_with_birth: float = tighter(
        Tighter.LOWER, "Likeness of sound or spelling, where birth dates agree", ge=0.5, le=1
    )
    spelling_alone: float = tighter(
        Tighter.LOWER, "The same, where a birth date is missing on either side", ge=0.5, le=1
    )
    alone_from_letters: int = tighter(
        Tighter.LOWER, "Names of fewer letters need a birth date to be alike without being equal", ge=1, le=60
    )
    sound_alone_from_signs: int = tighter(
        Tighter.LOWER, "Chinese names of fewer signs need one to be alike by equal sound", ge=1, le=20
    )
    one_sign_with_birth: bool = tighter(
        Tighter.TRUE, "Take names that differ in one Chinese sign for alike, where birth dates agree"
    )
    likeness_with_birth_slip: bool = tighter(
        Tighter.TRUE, "Take birth dates that agree but for a slip, or years alone, for agreement there, too"
    )
    equal_despite_birth: bool = tighter(
        Tighter.TRUE, "Report an equal name even where the birth dates contradict each other"
    )
    birth_years: int = tighter(
        Tighter.HIGHER, "Years by which a birth year alone may be off and still agree", ge=0, le=10
    )


class ListKind(Clause):
    """One kind of list, for example sanctions."""

    sure: Act = tighter(Tighter.HEAVIER, "When the number is on the list")
    possible: Act = tighter(Tighter.HEAVIER, "When only the name is, or one like it")
    role: Name = tighter(Tighter.ANY, "Who examines a hit; nobody else learns of it")
    required: bool = tighter(
        Tighter.TRUE, "Without a list of this kind in force no case is decided by the program"
    )
    names: NameLimits = Field(description="When a name is like one on it")


class ListRules(Clause):
    """All of it."""

    kinds: dict[Name, ListKind] = tighter(Tighter.MORE, "Kinds of lists, by name", min_length=1)
    otherwise: ListKind = Field(description="For a list of any other kind")
    grace_days: int = tighter(Tighter.LOWER, "Days that a list serves on after it expired", ge=0, le=90)

    def of(self, kind: str) -> ListKind:
        """The rule for lists of `kind`."""
        return self.kinds.get(kind, self.otherwise)
