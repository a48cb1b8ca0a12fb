"""What only people can say in a virtual case: who comes, whose number it is, which code stands on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from sync.questions import SendCode, Subject
from terminal.case.events import Did, Ended, Ending, Failed, Proved
from terminal.case.values import Case
from terminal.casechecks import CaseChecks, first_party
from terminal.casework import StepEvents
from terminal.checks.centre import Centre
from terminal.checks.lists import Verdict, WatchLists
from terminal.holder.values import HolderCheck
from terminal.rules.plan import CASE, Required
from terminal.rules.situation import PartyFacts, Role
from terminal.virtual.listed import virtual_lists
from terminal.virtual.population import account_of, code_on, customers, phones
from terminal.virtual.said import data_findings
from terminal.virtual.ways import Conduct

if TYPE_CHECKING:
    from terminal.case.docket import Docket

TELLER = "virtual-teller"
CheckOf = Callable[[str], HolderCheck]
"""Has the virtual person of that name checked, and returns the check when it is over."""


class Players:
    """Who of the virtual people plays which party, and who came so far."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._came: list[str] = []

    def who(self, party: PartyFacts, case: Case) -> str:
        """Who plays the party; asked again for the same person, the same one."""
        if party.id not in self._came:
            self._came.append(party.id)
        place = self._came.index(party.id)
        if self._conduct.doubts and place == 0:
            return self.first()
        if party.role is Role.CUSTOMER:
            minor = case.situation is not None and "minor" in case.situation.business
            return "tong" if minor else "mei"
        return "yun" if place % 2 else "mei"

    def first(self) -> str:
        """Who comes first, and gives their number where no document is asked for."""
        return "wen" if self._conduct.doubts else "mei"


class VirtualChecks:
    """The counterpart of a case that is played without anybody; `attend` before use."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._players = Players(conduct)

    def attend(self, docket: Docket, centre: Centre, check_of: CheckOf) -> CaseChecks:
        """Begin to work on the case of `docket`; its checks."""
        self._docket = docket
        self._centre = centre
        self._check_of = check_of
        self._checks = CaseChecks(docket, centre, self)
        return self._checks

    def operator(self) -> str:
        """The virtual teller."""
        return TELLER

    def check(self, party: PartyFacts) -> HolderCheck:
        """The check of whoever plays `party`."""
        return self._check_of(self._players.who(party, self._docket.case))

    def stranger(self, case: Case, party: str) -> Subject:
        """The first customer gives name and number."""
        return customers()[self._players.first()].subject

    def phone(self, subject: Subject) -> str | None:
        """The phone number of the invented person."""
        return phones().get(subject.number)

    def lists(self, subject: Subject) -> WatchLists:
        """The virtual lists; the person is on all of them where the way says so."""
        return virtual_lists(self._docket.rules.lists, subject if self._conduct.listed else None)

    def hit(self, case: Case, verdict: Verdict) -> None:
        """Nobody examines invented hits."""

    def register(self, case: Case, required: Required) -> StepEvents:
        """Take down the data set, and see whether it is complete."""
        holder = self._checks.holder(required.party)
        card = holder.card if holder else None
        on = case.situation.on if case.situation else date.today()
        found = data_findings(card, required.demand.form or "", self._docket.rules.dataset, on)
        if found:
            return (Failed(at=self._docket.at(), by=TELLER, key=required.key, code=found[0]),)
        return (Did(at=self._docket.at(), by=TELLER, key=required.key),)

    def prove(self, case: Case, required: Required) -> StepEvents:
        """Let the centre confirm one more method: the phone is the customer's own, or a code sent to it."""
        party = required.party if required.party != CASE else first_party(case)
        families = self._docket.rules.families_by_method
        used = case.families_of(required.party, families)
        subject = self._checks.subject(case, party)
        for method, holds in (("sms_code", self._code), ("class_1_account", self._own_account)):
            if families.get(method) not in used and holds(subject):
                return (Proved(at=self._docket.at(), by="terminal", party=party, method=method),)
        return (Ended(at=self._docket.at(), by=TELLER, ending=Ending.REFERRED, ground="methods.missing"),)

    def _code(self, subject: Subject) -> bool:
        """The customer reads the code that was sent to their phone."""
        phone = phones().get(subject.number)
        if phone is None:
            return False
        sent = SendCode(operator_id=TELLER, subject=subject, phone=phone)
        heard = self._centre.ask(sent)
        if heard.answer is None or not heard.answer.sent:
            return False
        return self._checks.code_is_right(sent.id, subject, phone, code_on(phone)) is None

    def _own_account(self, subject: Subject) -> bool:
        """The customer names an account that is their own."""
        number = account_of(subject.number)
        return number is not None and self._checks.owns_account(subject, number) is None
