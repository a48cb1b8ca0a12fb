"""The faults a simulated device has just now, each for good or for a number of requests."""

from __future__ import annotations

import enum
from typing import Generic, TypeVar

F = TypeVar("F", bound=enum.StrEnum)


class FaultList(Generic[F]):
    """Faults of one closed set, given by the command words ``fault NAME [TIMES]`` and ``clear``."""

    def __init__(self, known: type[F]) -> None:
        self._known = known
        self._left: dict[F, int] = {}

    def give(self, argument: str) -> None:
        """Have the fault ``NAME [TIMES]``. `ValueError` naming the known ones when it is not one."""
        name, _, times = argument.partition(" ")
        if name not in {each.value for each in self._known}:
            raise ValueError(f"known faults: {', '.join(each.value for each in self._known)}")
        self._left[self._known(name)] = int(times or 0)

    def clear(self) -> None:
        """Have none."""
        self._left.clear()

    def has(self, fault: F) -> bool:
        """True while it has `fault`."""
        return fault in self._left

    def meets(self, fault: F) -> bool:
        """True when a request meets `fault`, which is then used up by one."""
        if fault not in self._left:
            return False
        self._left[fault] -= 1
        if self._left[fault] == 0:
            del self._left[fault]
        return True
