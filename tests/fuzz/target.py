"""What a fuzzing target is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One parser: `try_one` takes any bytes, raises nothing, and checks that nothing false was accepted.

    `seeds` are good inputs to begin from; `share` is its part of all inputs; each test tries `quick` inputs.
    """

    name: str
    try_one: Callable[[bytes], None]
    seeds: tuple[bytes, ...] = ()
    share: float = 1
    quick: int = 40
