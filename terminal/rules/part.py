"""What every section of a rule pack is made of, and which way each of its values may be tightened.

A pack of lower authority may only tighten. What is tighter is said once, where the value is declared:
``limit: int = tighter(Tighter.LOWER, "…", ge=1)``. A value declared without it may not be changed by a lower
pack at all (`terminal.rules.precedence`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Tighter(StrEnum):
    """Which change of a value makes the rule stricter."""

    LOWER = "lower"
    """Numbers, times: fewer tries, a smaller threshold."""
    HIGHER = "higher"
    """Numbers: more methods, an older age."""
    FEWER = "fewer"
    """Lists of what is allowed: a subset."""
    MORE = "more"
    """Lists and tables of what is demanded: a superset."""
    TRUE = "true"
    """Flags that demand something."""
    HEAVIER = "heavier"
    """Outcomes: refuse is heavier than refer."""
    ANY = "any"
    """Wording and names: no rule lies in it."""


class Part(BaseModel):
    """A section: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Clause(Part):
    """A section that says where it comes from."""

    clause: str = Field(min_length=1, description="Rows of the requirements catalogue this part carries out")


def tighter(way: Tighter, description: str, default: Any = ..., **limits: Any) -> Any:
    """A field of a `Part` that a lower pack may change in one direction only."""
    return Field(default, description=description, json_schema_extra={"tighter": way.value}, **limits)
