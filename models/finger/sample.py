"""What there is of each finger: its templates, or why there are none.

A finger without a print is an exception to be shown and kept, never a mismatch.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.finger.engine import Impression
from models.finger.minutiae import Position
from models.finger.settings import FingerLimits
from models.finger.template import FingerTemplate


class Absence(enum.StrEnum):
    """Why a finger gives no print; the values are the last part of message keys (``finger.worn``)."""

    MISSING = "missing"
    BANDAGED = "bandaged"
    WORN = "worn"
    """Captured again and again, and never clear enough."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerSample:
    """One finger of one person, as enrolled or as captured."""

    position: Position
    templates: tuple[FingerTemplate, ...] = field(default=(), repr=False)
    """Of one or more captures."""
    absence: Absence | None = None
    """None for a finger that is there; with templates it is always None."""

    def __post_init__(self) -> None:
        if self.templates and self.absence is not None:
            raise ValueError(f"a {self.absence} finger has no templates")

    def wipe(self) -> None:
        """Overwrite every template with zeros."""
        for template in self.templates:
            template.wipe()


def settled(
    position: Position, captures: Sequence[Impression], limits: FingerLimits, wanted: int = 1
) -> FingerSample | None:
    """The sample that `captures` of one finger make, or None when another capture is needed.

    It is settled by `wanted` usable captures, or by `limits.worn_after` captures: then with what is usable,
    or as worn when nothing is.
    """
    usable = tuple(each.template for each in captures if each.usable and each.template is not None)
    if len(usable) >= wanted or (usable and len(captures) >= limits.worn_after):
        return FingerSample(position, usable)
    if len(captures) >= limits.worn_after:
        return FingerSample(position, absence=Absence.WORN)
    return None
