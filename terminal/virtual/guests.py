"""The virtual people before a real teller: they come when called, and their words are filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sync.questions import Subject
from terminal.case.values import Case
from terminal.checks.lists import WatchLists
from terminal.rules.pack import RulePack
from terminal.rules.situation import PartyFacts
from terminal.virtual.checks import Players
from terminal.virtual.listed import virtual_lists
from terminal.virtual.population import account_of, code_on, customers, phones
from terminal.virtual.said import said
from terminal.virtual.ways import Conduct

ANSWER = "本人日常使用，与职业收入相符"
"""What everybody answers in words."""


class VirtualGuests:
    """Who comes, and what they say, when one way is played."""

    def __init__(self, conduct: Conduct, call: Callable[[str], None]) -> None:
        self._conduct = conduct
        self._call = call
        self._players = Players(conduct)
        self._case = ""
        self._who: dict[str, str] = {}

    def come(self, party: PartyFacts, case: Case) -> None:
        """Whoever plays this party comes to the counter with their card."""
        if case.case_id != self._case:
            self._case, self._players, self._who = case.case_id, Players(self._conduct), {}
        name = self._players.who(party, case)
        self._who[party.id] = name
        self._call(name)

    def says(self, party: str, field: str) -> str:
        """What the person says of a field; the code on the phone after ``code:PHONE``."""
        subject = customers()[self._who.get(party, self._players.first())].subject
        kind, _, about = field.partition(":")
        match kind:
            case "question":
                return ANSWER
            case "code":
                return code_on(about) if about in phones().values() else ""
            case "phone":
                return phones().get(subject.number, said().get("phone", ""))
            case "account":
                return account_of(subject.number) or ""
            case "number":
                return subject.number
            case "name":
                return subject.name
        return said().get(field, "")

    def lists(self, subject: Subject, rules: RulePack, on: date) -> WatchLists:
        """The virtual lists; the person is on all of them where the way says so."""
        return virtual_lists(rules.lists, subject if self._conduct.listed else None)
