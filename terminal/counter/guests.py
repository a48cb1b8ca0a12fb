"""Real people at the counter: they come by themselves, and speak for themselves."""

from __future__ import annotations

from datetime import date

from sync.questions import Subject
from terminal.case.values import Case
from terminal.checks.held import HeldLists
from terminal.checks.lists import WatchLists
from terminal.rules.pack import RulePack
from terminal.rules.situation import PartyFacts


class RealGuests:
    """Nobody is called or spoken for; the watch lists are those of this terminal."""

    def __init__(self, held: HeldLists) -> None:
        self._held = held

    def come(self, party: PartyFacts, case: Case) -> None:
        """They are called on the screen."""

    def says(self, party: str, field: str) -> str:
        """Nothing: it is typed."""
        return ""

    def lists(self, subject: Subject, rules: RulePack, on: date) -> WatchLists:
        """The lists in force."""
        return self._held.on(on, rules.lists)
