"""One thing that ``renzheng doctor`` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was found, and what to do about it."""

    name: str
    good: bool
    found: str
    remedy: str = ""
