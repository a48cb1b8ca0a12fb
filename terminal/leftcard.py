"""Keeps a card that was left lying by the case before from being read for the next customer.

A reader knows which card it has read until that is lifted, but forgets it when it loses its power. After that
nobody can tell that card from one that was laid down since: whichever lies there must be taken up once.
"""

from __future__ import annotations


class LeftCard:
    """Remembers that a card lay on the reader, in which case and since which opening; nothing of the card."""

    def __init__(self) -> None:
        self._case_id = ""
        """Empty when no card lay there, or when the reader was seen without one since."""
        self._opening = 0

    def lies(self, case_id: str, opening: int) -> None:
        """A card lies there that this case may read."""
        self._case_id, self._opening = case_id, opening

    def gone(self) -> None:
        """Nothing lies there."""
        self._case_id = ""

    def must_go(self, case_id: str, opening: int) -> bool:
        """True when what lies there may be another case's, and the reader has forgotten what it read."""
        return self._case_id not in ("", case_id) and self._opening != opening
