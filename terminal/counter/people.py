"""Whoever works on a case at the counter, as the checks of a case need them (`casechecks.Counterpart`)."""

from __future__ import annotations

from collections.abc import Callable

from sync.questions import DocumentKind, Subject
from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Rank
from terminal.case.values import Case
from terminal.checks.lists import Verdict, WatchLists
from terminal.counter.asker import Asker
from terminal.counter.questions import option
from terminal.counter.register import Says
from terminal.holder.values import HolderCheck
from terminal.rules.situation import PartyFacts


class CounterPeople:
    """The teller, the people who come, and the lists of this terminal."""

    def __init__(
        self,
        asker: Asker,
        check: Callable[[PartyFacts], HolderCheck],
        lists: Callable[[Subject], WatchLists],
        hit: Callable[[Case, Verdict], None],
        says: Says,
    ) -> None:
        self._asker = asker
        self._check = check
        self._lists = lists
        self._hit = hit
        self._says = says

    def operator(self) -> str:
        """Who is signed in."""
        return self._asker.staff.number

    def check(self, party: PartyFacts) -> HolderCheck:
        """Have the person checked before reader and camera."""
        return self._check(party)

    def stranger(self, case: Case, party: str) -> Subject:
        """Name and number, as the customer gives them."""
        kinds = tuple(Choice(each.value, Label(f"document_kind.{each.value}")) for each in DocumentKind)
        entries = (
            Entry("kind", EntryKind.CHOICE, Label("ask.kind"), DocumentKind.RESIDENT.value, kinds),
            Entry("number", EntryKind.TEXT, Label("ask.stranger.number"), self._says(party, "number")),
            Entry("name", EntryKind.TEXT, Label("ask.stranger.name"), self._says(party, "name")),
        )
        ask = Ask(
            0,
            Label("ask.stranger.title"),
            party,
            entries=entries,
            options=(option("entered", rank=Rank.PRIMARY),),
        )
        given = self._asker.ask(ask).values
        return Subject(
            document=DocumentKind(given["kind"]),
            number=given["number"].strip().upper(),
            name=given["name"].strip(),
        )

    def phone(self, subject: Subject) -> str | None:
        """Asked for only when the rules ask."""
        return None

    def lists(self, subject: Subject) -> WatchLists:
        """The lists of this terminal."""
        return self._lists(subject)

    def hit(self, case: Case, verdict: Verdict) -> None:
        """A confidential follow-up for those who examine it."""
        self._hit(case, verdict)
