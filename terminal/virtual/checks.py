"""The checks of a virtual case: documents and faces before devices, the centre over its line, lists, data.

Each gives the events that follow from what was really read, seen and answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from drivers.api import CardKind, IdCard
from models.api import PhotoKind, PictureError
from models.picture import decode_picture
from sync.questions import (
    AccountOwner,
    CodeCheck,
    DocumentKind,
    PhoneOwner,
    Precondition,
    RiskOf,
    SendCode,
    Subject,
)
from terminal.case.events import Did, Ended, Ending, Failed, Learned, Proved
from terminal.case.values import Case
from terminal.case.verdict import UNAVAILABLE
from terminal.casework import StepEvents
from terminal.checks.centre import Centre, proof_finding
from terminal.checks.online import OnlineChecks, OnlineResult, Seen, code_of, finding_of, seen_of
from terminal.decide import age
from terminal.holder.values import HolderCheck
from terminal.photos import HolderPhoto
from terminal.rules.business import StepName
from terminal.rules.plan import CASE, Required
from terminal.rules.situation import PartyFacts, Phone, Risk, Role
from terminal.virtual.listed import list_findings, virtual_lists
from terminal.virtual.population import account_of, code_on, customers, phones
from terminal.virtual.said import data_findings
from terminal.virtual.ways import Conduct

if TYPE_CHECKING:
    from terminal.case.docket import Docket

TELLER = "virtual-teller"
DOCUMENTS = {
    CardKind.RESIDENT: DocumentKind.RESIDENT,
    CardKind.RESIDENCE_PERMIT: DocumentKind.RESIDENCE_PERMIT,
    CardKind.FOREIGNER_2017: DocumentKind.FOREIGNER,
    CardKind.FOREIGNER_2023: DocumentKind.FOREIGNER,
}
CheckOf = Callable[[str], HolderCheck]
"""Has the virtual person of that name checked, and returns the check when it is over."""


@dataclass(slots=True)
class _Person:
    """Somebody who was checked."""

    holder: HolderCheck
    subject: Subject = field(repr=False)
    online: OnlineResult | None = None


class VirtualChecks:
    """Everything that is found out in one case; `attend` before use."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._people: dict[str, _Person] = {}
        self._online: OnlineResult | None = None

    def attend(self, docket: Docket, centre: Centre, check_of: CheckOf) -> None:
        """Begin to work on the case of `docket`."""
        self._docket = docket
        self._centre = centre
        self._check_of = check_of
        self._checks = OnlineChecks(centre, docket.rules.online)

    def photos(self, card: IdCard) -> tuple[HolderPhoto, ...]:
        """The photo that the online check returns, asked for as soon as a card was read."""
        situation = self._docket.case.situation
        if situation is None:
            return ()
        self._online = self._checks.check(subject_of(card), TELLER, situation.on, self._docket.case.case_id)
        photo = self._online.photo
        try:
            return (HolderPhoto(PhotoKind.RETURNED, decode_picture(photo), photo),) if photo else ()
        except PictureError:
            return ()  # not compared, which the online check's finding says

    def ask(self, case: Case, required: Required) -> StepEvents:
        """Ask the centre about whoever's document was read."""
        party = required.party if required.party != CASE else first_party(case)
        person = self._people.get(party)
        demand, situation = required.demand, case.situation
        question = Precondition(
            operator_id=TELLER,
            case_id=case.case_id,
            name=demand.question or "",
            business=situation.business if situation else "",
            subject=person.subject if person else customers()[self._name()].subject,
        )
        heard = self._centre.ask(question)
        word = heard.answer.word if heard.answer is not None else UNAVAILABLE
        found = () if word in demand.answers else (f"precondition.{demand.question}",)
        return (Did(at=self._docket.at(), by="terminal", key=required.key, answer=word, findings=found),)

    def read(self, case: Case, required: Required) -> StepEvents:
        """Have the person's document read and their face compared in one go."""
        party = case.situation.party(required.party) if case.situation else None
        if party is None or case.situation is None:
            return ()
        holder = self._checked(party)
        if holder.card is None:
            codes = _codes(holder, "card.") or ("card.not_presented",)
            return (Did(at=self._docket.at(), by=TELLER, key=required.key, findings=codes),)
        person = _Person(holder, subject_of(holder.card), self._online)
        self._people[party.id] = person
        known = replace(
            party,
            age=age(holder.card.birth, case.situation.on) if holder.card.birth else None,
            document=holder.card.kind.value,
            phone=self._phone(person),
        )
        facts = replace(case.situation.with_party(known), risk=case.situation.risk or self._risk(person))
        found = _codes(holder, "card.")
        if case.plan is not None and not any(
            each.step is StepName.HOLDER_CHECK and each.party == party.id for each in case.plan.required
        ):
            found = (*found, *_of_the_person(holder))  # nobody asks for it, and it was seen all the same
        method = "chip_read" if not _codes(holder, "card.") else None
        read = Did(
            at=self._docket.at(),
            by=TELLER,
            key=required.key,
            method=method,
            evidence=(holder.record_id,),
            findings=found,
        )
        return (Learned(at=self._docket.at(), by="terminal", situation=facts), read)

    def compare(self, case: Case, required: Required) -> StepEvents:
        """What the comparison gave when the document was read."""
        holder = self._known(required.party).holder
        found = _of_the_person(holder)
        done = Did(
            at=self._docket.at(),
            by=TELLER,
            key=required.key,
            method=None if found else "face_match",
            evidence=(holder.record_id,),
            findings=found,
        )
        return (done,)

    def look_up(self, case: Case, required: Required) -> StepEvents:
        """What the online check said, and the comparison with the photo it returned."""
        person = self._known(required.party)
        result = person.online
        if result is None:
            return (Failed(at=self._docket.at(), by=TELLER, key=required.key, code="online.unavailable"),)
        returned = (PhotoKind.RETURNED,)
        matches = [
            each for each in person.holder.matches if {each.photo_kind, each.other_kind} & set(returned)
        ]
        seen = seen_of(*(each.decision for each in matches)) if result.photo else Seen.NOT_COMPARED
        finding = finding_of(result, seen)
        done = Did(
            at=self._docket.at(),
            by=TELLER,
            key=required.key,
            method="online_check" if finding is None else None,
            evidence=(result.request_id,),
            findings=(code_of(finding, result),) if finding else (),
        )
        return (done,)

    def search(self, case: Case, required: Required) -> StepEvents:
        """Whether the person is on a watch list; only the finding's words are seen by anybody."""
        subject = self._known(required.party).subject
        rules = self._docket.rules.lists
        lists = virtual_lists(rules, subject if self._conduct.listed else None)
        found = list_findings(subject, lists, rules)
        return (Did(at=self._docket.at(), by="terminal", key=required.key, findings=found),)

    def register(self, case: Case, required: Required) -> StepEvents:
        """Take down the data set, and see whether it is complete."""
        person = self._people.get(required.party if required.party != CASE else first_party(case))
        card = person.holder.card if person else None
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
        subject = self._known(party).subject
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
        code = CodeCheck(operator_id=TELLER, about=sent.id, subject=subject, phone=phone, code=code_on(phone))
        return proof_finding(self._centre.ask(code)) is None

    def _own_account(self, subject: Subject) -> bool:
        """The customer names an account that is their own."""
        number = account_of(subject.number)
        if number is None:
            return False
        question = AccountOwner(operator_id=TELLER, subject=subject, account=number)
        return proof_finding(self._centre.ask(question)) is None

    def _checked(self, party: PartyFacts) -> HolderCheck:
        """The check of whoever plays `party`."""
        self._online = None
        return self._check_of(self._who(party))

    def _who(self, party: PartyFacts) -> str:
        """Who of the virtual people plays the party."""
        if self._conduct.doubts and not self._people:
            return self._name()
        if party.role is Role.CUSTOMER:
            child = (
                self._docket.case.situation is not None and "minor" in self._docket.case.situation.business
            )
            return "tong" if child else "mei"
        return "yun" if len(self._people) % 2 else "mei"

    def _name(self) -> str:
        """Who comes first, and gives their number where no document is asked for."""
        return "wen" if self._conduct.doubts else "mei"

    def _known(self, party: str) -> _Person:
        """Who was checked; somebody whose document nobody asked for gives name and number."""
        if party not in self._people:
            subject = customers()[self._name()].subject
            on = self._docket.case.situation.on if self._docket.case.situation else date.today()
            online = self._checks.check(subject, TELLER, on, self._docket.case.case_id)
            self._people[party] = _Person(HolderCheck(), subject, online)
        return self._people[party]

    def _phone(self, person: _Person) -> Phone:
        number = phones().get(person.subject.number)
        if number is None:
            return Phone.NONE
        question = PhoneOwner(operator_id=TELLER, subject=person.subject, phone=number)
        return Phone.PROVEN if proof_finding(self._centre.ask(question)) is None else Phone.UNPROVEN

    def _risk(self, person: _Person) -> Risk | None:
        answer = self._centre.ask(RiskOf(operator_id=TELLER, subject=person.subject)).answer
        return Risk(answer.risk.value) if answer is not None and answer.risk is not None else None


def first_party(case: Case) -> str:
    """Who came first."""
    return case.situation.parties[0].id if case.situation else CASE


def subject_of(card: IdCard) -> Subject:
    """Whom an online check of `card` is about."""
    return Subject(document=DOCUMENTS[card.kind], number=card.number, name=card.name)


def _of_the_person(holder: HolderCheck) -> tuple[str, ...]:
    """What was found beside the card: face, liveness, comparisons."""
    return tuple(code for code, _ in holder.reasons if not code.startswith(("card.", "case.")))


def _codes(holder: HolderCheck, prefix: str) -> tuple[str, ...]:
    return tuple(code for code, _ in holder.reasons if code.startswith(prefix))
