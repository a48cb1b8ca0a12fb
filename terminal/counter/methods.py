"""One more method of knowing a customer, of another family than those that succeeded (A06, E03, E04, F14)."""

from __future__ import annotations

from dataclasses import replace

from sync.questions import SendCode, Subject
from terminal.asking import Ask, Entry, EntryKind, Label, Option, Rank
from terminal.case.docket import Docket
from terminal.case.events import Learned, Proved
from terminal.case.values import Case
from terminal.casechecks import CaseChecks, first_party
from terminal.casework import StepEvents
from terminal.checks.centre import Centre
from terminal.counter.asker import BACK, Asker
from terminal.counter.questions import again, option
from terminal.counter.register import Says
from terminal.rules.plan import CASE, Required
from terminal.rules.situation import Phone

OFFERED = ("sms_code", "class_1_account")
"""Methods that can be tried at the counter, beside those that are steps of their own."""


class Methods:
    """Lets the customer prove more than the document and the face do."""

    def __init__(self, docket: Docket, asker: Asker, checks: CaseChecks, centre: Centre, says: Says) -> None:
        self._docket = docket
        self._asker = asker
        self._checks = checks
        self._centre = centre
        self._says = says

    def prove(self, case: Case, required: Required) -> StepEvents:
        """Choose a method and try it, until one succeeds or somebody leaves."""
        party = required.party if required.party != CASE else first_party(case)
        families = self._docket.rules.families_by_method
        used = case.families_of(required.party, families)
        open_ = [each for each in OFFERED if families.get(each) not in {*used, None}]
        trouble: Label | None = None if open_ else Label("ask.methods.none")
        while True:
            ask = Ask(
                0,
                Label("ask.methods.title"),
                party,
                lines=(Label("ask.methods.line"),),
                options=tuple(option(each) for each in open_),
                trouble=trouble,
                clause=required.demand.clause,
            )
            method = self._asker.ask(ask).option
            subject = self._checks.subject(case, party)
            tried = self._code(subject, party) if method == "sms_code" else self._account(subject, party)
            if tried == "":
                at = self._docket.at()
                return (Proved(at=at, by="terminal", party=party, method=method),)
            trouble = Label(tried) if tried != BACK else None

    def phone(self, case: Case, party: str) -> StepEvents:
        """Ask for the phone and whether it is the customer's own, where rules ask (D04)."""
        situation = case.situation
        known = situation.party(party) if situation else None
        if situation is None or known is None:
            return ()
        ask = self._one("phone", party, more=(option("none", takes_entries=False),))
        reply = self._asker.ask(ask)
        if reply.option == "none":
            state = Phone.NONE
        else:
            state = self._checks.owns_phone(self._checks.subject(case, party), reply.values["phone"].strip())
        facts = situation.with_party(replace(known, phone=state))
        return (Learned(at=self._docket.at(), by="terminal", situation=facts),)

    def own_phone(self, case: Case, party: str, number: str) -> StepEvents:
        """Whether a number that was given is the person's own, where rules ask for it; else nothing."""
        situation = case.situation
        known = situation.party(party) if situation else None
        asked = case.plan is not None and f"{party}.phone" in case.plan.unknown
        if situation is None or known is None or not asked or not number:
            return ()
        state = self._checks.owns_phone(self._checks.subject(case, party), number)
        facts = situation.with_party(replace(known, phone=state))
        return (Learned(at=self._docket.at(), by="terminal", situation=facts),)

    def _code(self, subject: Subject, party: str) -> str:
        """Empty when the customer read the code that was sent to their phone; else why not."""
        reply = self._asker.ask(self._one("phone", party, more=(option(BACK, takes_entries=False),)))
        if reply.option == BACK:
            return BACK
        phone = reply.values["phone"].strip()
        question = SendCode(operator_id=self._asker.staff.number, subject=subject, phone=phone)
        heard = self._centre.ask(question)
        if heard.answer is None:
            return "ask.methods.unavailable"
        if not heard.answer.sent:
            return "ask.methods.no_such_phone"
        asked = self._one("code", party, says=phone, more=(option(BACK, takes_entries=False),))
        while True:
            given = self._asker.ask(asked)
            if given.option == BACK:
                return BACK
            wrong = self._checks.code_is_right(question.id, subject, phone, given.values["code"].strip())
            if wrong is None:
                return ""
            asked = again(asked, given, {"code": Label(wrong)})

    def _account(self, subject: Subject, party: str) -> str:
        """Empty when the account is the customer's own; else why that cannot be said."""
        reply = self._asker.ask(self._one("account", party, more=(option(BACK, takes_entries=False),)))
        if reply.option == BACK:
            return BACK
        return self._checks.owns_account(subject, reply.values["account"].strip()) or ""

    def _one(self, name: str, party: str, *, says: str = "", more: tuple[Option, ...] = ()) -> Ask:
        """A question with one entry."""
        value = self._says(party, f"{name}:{says}" if says else name)
        return Ask(
            0,
            Label(f"ask.{name}.title"),
            party,
            entries=(Entry(name, EntryKind.TEXT, Label(f"ask.{name}"), value=value),),
            options=(option("entered", rank=Rank.PRIMARY), *more),
        )
