"""The checks of a whole case: documents and faces before devices, the centre over its line, watch lists.

Each gives the events that follow from what was really read, seen and answered. Whoever works on the case
is a `Counterpart`: it says who acts, and what only people can say.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from drivers.api import CardKind, IdCard
from models.api import PhotoKind, PictureError
from models.picture import decode_picture
from sync.questions import AccountOwner, CodeCheck, DocumentKind, PhoneOwner, Precondition, RiskOf, Subject
from terminal.case.docket import Docket
from terminal.case.events import Did, Failed, Learned
from terminal.case.values import Case
from terminal.case.verdict import UNAVAILABLE
from terminal.casework import StepEvents
from terminal.checks.centre import Centre, proof_finding
from terminal.checks.lists import Action, Verdict, WatchLists, judge
from terminal.checks.lists import Subject as Searched
from terminal.checks.lists import subject_of as searched_of
from terminal.checks.online import OnlineChecks, OnlineResult, Seen, code_of, finding_of, seen_of
from terminal.decide import age
from terminal.holder.values import HolderCheck
from terminal.photos import HolderPhoto
from terminal.rules.business import StepName
from terminal.rules.plan import CASE, Required
from terminal.rules.situation import PartyFacts, Phone, Risk

DOCUMENTS = {
    CardKind.RESIDENT: DocumentKind.RESIDENT,
    CardKind.RESIDENCE_PERMIT: DocumentKind.RESIDENCE_PERMIT,
    CardKind.FOREIGNER_2017: DocumentKind.FOREIGNER,
    CardKind.FOREIGNER_2023: DocumentKind.FOREIGNER,
}
NOT_TRIED = frozenset({"case.cancelled", "case.interrupted"})
"""Somebody ended the check before it came to anything: it is tried again, and speaks against nobody."""
HARD = "stop"
"""Part of a list's finding when the rules refuse; staff read the same words either way (T05)."""


class Counterpart(Protocol):
    """Whoever works on the case, for what no device tells."""

    def operator(self) -> str:
        """Who acts: staff number, for events and questions."""

    def check(self, party: PartyFacts) -> HolderCheck:
        """Have this person's document read and their face compared; the check when it is over."""

    def stranger(self, case: Case, party: str) -> Subject:
        """Name and number of somebody whose document nobody asks for."""

    def phone(self, subject: Subject) -> str | None:
        """The phone number this person gives; None where it is asked for only when rules ask."""

    def lists(self, subject: Subject) -> WatchLists:
        """The lists to search for this person."""

    def hit(self, case: Case, verdict: Verdict) -> None:
        """Lists brought something up: tell those who examine it, and nobody else (T02)."""


@dataclass(slots=True)
class Person:
    """Somebody who was checked in this case. Lives in memory alone."""

    holder: HolderCheck
    subject: Subject = field(repr=False)
    online: OnlineResult | None = None
    counted: bool = False
    """The check counts in the case: identified anew, the person is checked anew."""


class CaseChecks:
    """Everything that is found out in one case."""

    def __init__(self, docket: Docket, centre: Centre, counterpart: Counterpart) -> None:
        self._docket = docket
        self._centre = centre
        self._counterpart = counterpart
        self._checks = OnlineChecks(centre, docket.rules.online)
        self._people: dict[str, Person] = {}
        self._online: OnlineResult | None = None
        self.unasked: dict[str, tuple[Precondition, tuple[str, ...]]] = {}
        """Questions the case went on without, by step, with the answers it needs: to be asked later (E02)."""

    def photos(self, card: IdCard) -> tuple[HolderPhoto, ...]:
        """The photo that the online check returns, asked for as soon as a card was read."""
        situation = self._docket.case.situation
        if situation is None:
            return ()
        self._online = self._asked(subject_of(card), situation.on)
        photo = self._online.photo
        try:
            return (HolderPhoto(PhotoKind.RETURNED, decode_picture(photo), photo),) if photo else ()
        except PictureError:
            return ()  # not compared, which the online check's finding says

    def ask(self, case: Case, required: Required) -> StepEvents:
        """Ask the centre about whoever's document was read."""
        demand, situation = required.demand, case.situation
        question = Precondition(
            operator_id=self._counterpart.operator(),
            case_id=case.case_id,
            name=demand.question or "",
            business=situation.business if situation else "",
            subject=self.subject(case, required.party),
        )
        heard = self._centre.ask(question)
        word = heard.answer.word if heard.answer is not None else UNAVAILABLE
        if heard.answer is None and UNAVAILABLE in demand.answers:
            self.unasked[required.key] = (question, demand.answers)
        found = () if word in demand.answers else (f"precondition.{demand.question}",)
        return (Did(at=self._docket.at(), by="terminal", key=required.key, answer=word, findings=found),)

    def read(self, case: Case, required: Required) -> StepEvents:
        """Have the person's document read and their face compared in one go."""
        party = case.situation.party(required.party) if case.situation else None
        if party is None or case.situation is None:
            return ()
        before = self._people.get(party.id)
        if before is not None and before.counted:
            before = None
        # What was learned from a check may have put another step first; then it did not count yet.
        holder = before.holder if before else self._checked(party)
        by = self._counterpart.operator()
        if NOT_TRIED & set(_codes(holder, "case.")):
            return (Failed(at=self._docket.at(), by=by, key=required.key, code="card.not_presented"),)
        if holder.card is None:
            codes = _codes(holder, "card.") or ("card.not_presented",)
            return (Did(at=self._docket.at(), by=by, key=required.key, findings=codes),)
        person = before or Person(holder, subject_of(holder.card), self._online)
        self._people[party.id] = person
        found = _codes(holder, "card.")
        if case.plan is not None and not any(
            each.step is StepName.HOLDER_CHECK and each.party == party.id for each in case.plan.required
        ):
            found = (*found, *_of_the_person(holder))  # nobody asks for it, and it was seen all the same
        read = Did(
            at=self._docket.at(),
            by=by,
            key=required.key,
            method=None if _codes(holder, "card.") else "chip_read",
            evidence=(holder.record_id,),
            findings=found,
        )
        return (self._learned(case, party, person), read)

    def compare(self, case: Case, required: Required) -> StepEvents:
        """What the comparison gave when the document was read."""
        holder = self.person(case, required.party).holder
        found = _of_the_person(holder)
        done = Did(
            at=self._docket.at(),
            by=self._counterpart.operator(),
            key=required.key,
            method=None if found else "face_match",
            evidence=(holder.record_id,),
            findings=found,
        )
        return (done,)

    def look_up(self, case: Case, required: Required) -> StepEvents:
        """What the online check said, and the comparison with the photo it returned."""
        person = self.person(case, required.party)
        by, result = self._counterpart.operator(), person.online
        if result is None:
            return (Failed(at=self._docket.at(), by=by, key=required.key, code="online.unavailable"),)
        matches = [
            each for each in person.holder.matches if PhotoKind.RETURNED in (each.photo_kind, each.other_kind)
        ]
        seen = seen_of(*(each.decision for each in matches)) if result.photo else Seen.NOT_COMPARED
        finding = finding_of(result, seen)
        done = Did(
            at=self._docket.at(),
            by=by,
            key=required.key,
            method="online_agrees" if finding is None else None,
            evidence=(result.request_id,),
            findings=(code_of(finding, result),) if finding else (),
        )
        return (done,)

    def search(self, case: Case, required: Required) -> StepEvents:
        """Whether the person is on a watch list; only the finding's words are seen by anybody."""
        person = self.person(case, required.party)
        subject, card = person.subject, person.holder.card
        searched = searched_of(card) if card else Searched((subject.name,), (subject.number,), None)
        found = judge(self._counterpart.lists(subject).check(searched), self._docket.rules.lists)
        codes: tuple[str, ...] = ()
        if found.action is not Action.GO_ON:
            self._counterpart.hit(case, found)
            codes = (f"{found.finding}.{HARD}" if found.action is Action.REFUSE else found.finding,)
        return (Did(at=self._docket.at(), by="terminal", key=required.key, findings=codes),)

    def owns_phone(self, subject: Subject, phone: str) -> Phone:
        """Whether the number is this person's own (D04)."""
        question = PhoneOwner(operator_id=self._counterpart.operator(), subject=subject, phone=phone)
        return Phone.PROVEN if proof_finding(self._centre.ask(question)) is None else Phone.UNPROVEN

    def owns_account(self, subject: Subject, account: str) -> str | None:
        """None when the account is this person's own, else why that cannot be said."""
        question = AccountOwner(operator_id=self._counterpart.operator(), subject=subject, account=account)
        return proof_finding(self._centre.ask(question))

    def code_is_right(self, sent: str, subject: Subject, phone: str, code: str) -> str | None:
        """None when `code` is what was sent to the phone by the question `sent`, else why not."""
        operator = self._counterpart.operator()
        check = CodeCheck(operator_id=operator, about=sent, subject=subject, phone=phone, code=code)
        return proof_finding(self._centre.ask(check))

    def holder(self, party: str) -> HolderCheck | None:
        """The check of this person; of whoever came first for the whole case."""
        person = self._people.get(party if party != CASE else first_party(self._docket.case))
        return person.holder if person else None

    def subject(self, case: Case, party: str) -> Subject:
        """Whom questions about this person are about."""
        return self.person(case, party).subject

    def person(self, case: Case, party: str) -> Person:
        """Who was checked; somebody whose document nobody asked for gives name and number."""
        who = party if party != CASE else first_party(case)
        if who not in self._people:
            subject = self._counterpart.stranger(case, who)
            on = case.situation.on if case.situation else date.today()
            self._people[who] = Person(HolderCheck(), subject, self._asked(subject, on))
        self._people[who].counted = True
        return self._people[who]

    def _asked(self, subject: Subject, on: date) -> OnlineResult:
        return self._checks.check(subject, self._counterpart.operator(), on, self._docket.case.case_id)

    def _checked(self, party: PartyFacts) -> HolderCheck:
        self._online = None
        return self._counterpart.check(party)

    def _learned(self, case: Case, party: PartyFacts, person: Person) -> Learned:
        """What the document told of the person, and the centre of the customer's risk."""
        card, situation = person.holder.card, case.situation
        if card is None or situation is None:
            raise ValueError("nothing was read")
        phone = self._counterpart.phone(person.subject)
        known = replace(
            party,
            age=age(card.birth, situation.on) if card.birth else None,
            document=card.kind.value,
            phone=self.owns_phone(person.subject, phone) if phone else party.phone,
        )
        facts = replace(situation.with_party(known), risk=situation.risk or self._risk(person.subject))
        return Learned(at=self._docket.at(), by="terminal", situation=facts)

    def _risk(self, subject: Subject) -> Risk | None:
        question = RiskOf(operator_id=self._counterpart.operator(), subject=subject)
        answer = self._centre.ask(question).answer
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
