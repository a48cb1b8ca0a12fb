"""Numbers of documents as they may be shown."""

from __future__ import annotations

_SHOWN_SIGNS = 2
"""Of each end."""


def masked(number: str) -> str:
    """A document number of which only the ends are shown."""
    hidden = max(0, len(number) - 2 * _SHOWN_SIGNS)
    if not hidden:
        return "*" * len(number)
    return number[:_SHOWN_SIGNS] + "*" * hidden + number[-_SHOWN_SIGNS:]
