"""An opened device as the rest of the program sees it: each of its methods runs on the device's lane."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from drivers.api import Kind

CHECK_LIMIT_S = 3.0
CALL_LIMIT_S = 30.0
"""Longest call that names no time itself, and how much longer than that time one may take that does."""
LIMITS: Mapping[str, float] = MappingProxyType(
    {
        "check": CHECK_LIMIT_S,
        "frame": 1.0,
        "wait_for_card": 5.0,
        "wait_for_finger": 5.0,
        "wait_for_document": 5.0,
    }
)
"""Of calls that must answer sooner."""
LONGER: Mapping[tuple[Kind, str], float] = MappingProxyType({(Kind.DOCUMENT_READER, "read"): 90.0})
"""Of calls that may take longer: a chip with large pictures, at the slowest rate."""
FROM_ANY_THREAD = frozenset({"about", "can", "hear", "cancel", "preview"})
"""What a driver offers beside its lane."""

Through = Callable[[str, Callable[[], Any], float], Any]


class Laned:
    """Passes each call to `through`, with the longest time it may take."""

    def __init__(self, kind: Kind, device: Any, through: Through) -> None:
        self._kind = kind
        self._device = device
        self._through = through

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._device, name)
        if name in FROM_ANY_THREAD or not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            usual_s = LIMITS.get(name, CALL_LIMIT_S)
            limit_s = LONGER.get((self._kind, name), usual_s) + _own_seconds(found, arguments, named)
            return self._through(name, lambda: found(*arguments, **named), limit_s)

        return call


def _own_seconds(method: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> float:
    """The time limit that a call names itself; 0 when it names none."""
    try:
        seconds = inspect.signature(method).bind(*arguments, **named).arguments.get("seconds", 0.0)
    except (TypeError, ValueError):
        return 0.0
    return float(seconds) if isinstance(seconds, int | float) else 0.0
