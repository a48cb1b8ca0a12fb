"""Does at the counter what a case demands: devices and the centre by themselves, everything else is asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Option, Rank
from terminal.case.docket import Docket
from terminal.case.events import Did, Ended, Ending, Excepted, Failed, Joined, Parked, Resolved
from terminal.case.values import CHECKING, Case, Finding
from terminal.casechecks import CaseChecks, Counterpart, first_party
from terminal.casework import StepEvents
from terminal.checks.centre import Centre
from terminal.counter.asker import Aside, Asker
from terminal.counter.confirming import Confirming
from terminal.counter.consents import DECLINES_FACE, Consents
from terminal.counter.interview import Interview
from terminal.counter.methods import Methods
from terminal.counter.questions import again, option
from terminal.counter.register import Register, Says
from terminal.counter.wording import known, paper
from terminal.dataset.documents import document_kinds
from terminal.handover.entered import Entered
from terminal.rules.business import StepName
from terminal.rules.plan import CASE, Required, Stopped
from terminal.rules.situation import PartyFacts

SAID_BY_CUSTOMERS = frozenset({StepName.SIGNATURE, StepName.PASSWORD})
DECLINED = "biometrics_declined"
"""Reason of the packs why something stands in for the comparison by face."""
Busy = Callable[[Label], AbstractContextManager[None]]
"""Says on the screen what the terminal does by itself, as long as it does."""


class CounterHands:
    """The people and devices of one case at the counter."""

    def __init__(
        self,
        docket: Docket,
        centre: Centre,
        asker: Asker,
        counterpart: Counterpart,
        open_task: Callable[[str, Case], str],
        says: Says,
        busy: Busy,
    ) -> None:
        self._docket = docket
        self.asker = self._asker = asker
        self._open_task = open_task
        self._busy = busy
        self.checks = CaseChecks(docket, centre, counterpart)
        self._register = Register(docket, asker, self.checks, says)
        self._consents = Consents(docket, asker)
        self._confirming = Confirming(docket, asker)
        self._methods = Methods(docket, asker, self.checks, centre, says)
        self._interview = Interview(docket, asker, says)
        self._doing: dict[StepName, Callable[[Case, Required], StepEvents]] = {
            StepName.NOTICE: self._consents.notice,
            StepName.CONSENT: self._consents.consent,
            StepName.PRECONDITION: self._by_itself(self.checks.ask),
            StepName.IDENTITY_DOCUMENT: self.checks.read,
            StepName.HOLDER_CHECK: self._compare,
            StepName.ONLINE_CHECK: self._by_itself(self.checks.look_up),
            StepName.WATCH_LIST: self._by_itself(self.checks.search),
            StepName.QUESTIONS: self._interview.ask,
            StepName.DATA: self._take_down,
            StepName.READ_BACK: self._register.read_back,
            StepName.TASK: self._follow_up,
            **dict.fromkeys(CHECKING, self._confirming.check),
        }

    def said(self) -> dict[str, Any]:
        """Everything that was taken down. Personal data: for a seal, never for a log."""
        found = {"data": self._register.as_json(), "answers": self._interview.as_json()}
        return {name: part for name, part in found.items() if part}

    def entered(self) -> Entered:
        """The same as it is kept on this disk and travels to another terminal."""
        answers = self._interview.entered()
        return {**self._register.entered(), **({CASE: answers} if answers else {})}

    def restore(self, entered: Entered) -> None:
        """What `entered` gave, of a case that is gone on with."""
        self._register.restore({party: values for party, values in entered.items() if party != CASE})
        self._interview.restore(entered.get(CASE, ()))

    def forget(self) -> None:
        """Drop everything that was taken down."""
        self._register.forget()
        self._interview.forget()

    def do(self, case: Case, required: Required) -> StepEvents:
        """Do a step whose turn it is."""
        return self._or_aside(lambda: self._doing.get(required.step, self._said)(case, required))

    def give_up(self, case: Case, required: Required) -> Excepted | Parked | Ended:
        """A step failed as often as it may: something stands in for it, or the case waits or ends."""
        try:
            while True:
                why = Label("ask.tries_used_up", {"tries": case.tries(required.key)})
                stands_in = self._confirming.instead(case, required, why)
                if stands_in is not None:
                    return stands_in
                step = Label(f"rules.step.{required.step.value}")
                self._asker.ask(Ask(0, step, _party(required), lines=(why,), clause=required.demand.clause))
        except Aside as aside:
            return _last(aside)

    def bring(self, case: Case, required: Required) -> StepEvents:
        """The missing party comes; a missing method is tried."""
        if required.step is StepName.PARTY:
            return self._or_aside(lambda: self._joins(required))
        return self._or_aside(lambda: self._methods.prove(case, required))

    def settle(self, case: Case, unknown: str) -> StepEvents:
        """Ask for a fact the rules need."""
        party, _, fact = unknown.partition(".")
        if fact == "phone":
            return self._or_aside(lambda: self._methods.phone(case, party))
        return (Ended(at=self._at(), by=self._by(), ending=Ending.REFERRED, ground=f"unknown.{unknown}"),)

    def resolve(self, case: Case, finding: Finding) -> Resolved | Ended | Parked:
        """A doubt: somebody else looks at it, or the case ends or waits."""
        try:
            return self._confirming.resolve(case, finding)
        except Aside as aside:
            return _last(aside)

    def stop(self, case: Case, stopped: tuple[Stopped, ...]) -> Ended:
        """The business is not done here: offer what the rules offer; refer or refuse otherwise."""
        ended = self._confirming.stop(case, stopped)
        if isinstance(ended, Ended):
            return ended
        raise AssertionError("a stopped case does not wait")

    def refuse(self, case: Case, findings: tuple[Finding, ...]) -> Ended:
        """What was found refuses: end the case, with a ground and a second person."""
        ended = self._confirming.refuse(case, findings)
        if isinstance(ended, Ended):
            return ended
        raise AssertionError("a refused case does not wait")

    def _take_down(self, case: Case, required: Required) -> StepEvents:
        """The data set, and whether the phone in it is the person's own."""
        events = self._register.take_down(case, required)
        party = required.party if required.party != CASE else first_party(case)
        return (*self._methods.own_phone(case, party, self._register.given(party, "phone")), *events)

    def _compare(self, case: Case, required: Required) -> StepEvents:
        """The comparison made when the document was read; who declined it is known in another way (K04)."""
        party = case.situation.party(required.party) if case.situation else None
        if party is not None and DECLINES_FACE in party.flags:
            return self._stands_in(case, required)
        return self.checks.compare(case, required)

    def _stands_in(self, case: Case, required: Required) -> StepEvents:
        while True:
            found = self._confirming.instead(case, required, usual=DECLINED)
            if found is not None:
                return (found,)

    def _said(self, case: Case, required: Required) -> StepEvents:
        """Something that people say, sign, show or hand over."""
        options = [option("done", rank=Rank.PRIMARY), option("not_done", takes_entries=False)]
        if self._confirming.may_stand_in(required.step):
            options.append(option("instead", takes_entries=False))
        ask = Ask(
            0,
            Label(f"rules.step.{required.step.value}"),
            _party(required),
            lines=_told(required),
            entries=_kinds(required),
            options=tuple(options),
            clause=required.demand.clause,
        )
        while True:
            reply = self._asker.ask(ask)
            if reply.option == "instead":
                found = self._confirming.instead(case, required)
                if found is not None:
                    return (found,)
                ask = again(ask, reply, {}, Label("ask.look_again"))
                continue
            if reply.option == "not_done":
                return (Failed(at=self._at(), by=self._by(), key=required.key, code="step.not_done"),)
            kinds = tuple(reply.values[each.name] for each in ask.entries)
            if len(set(kinds)) < len(kinds):
                twice = dict.fromkeys((each.name for each in ask.entries), Label("ask.kind_twice"))
                ask = again(ask, reply, twice)
                continue
            by = "customer" if required.step in SAID_BY_CUSTOMERS else self._by()
            return (Did(at=self._at(), by=by, key=required.key, answer=", ".join(kinds) or None),)

    def _joins(self, required: Required) -> StepEvents:
        """One of the people who may fill the place comes."""
        roles = required.demand.roles
        ask = Ask(
            0,
            Label("ask.joins.title"),
            lines=(Label("ask.joins.line"),),
            options=tuple(Option(f"joins_{role.value}", Label(f"rules.role.{role.value}")) for role in roles),
            clause=required.demand.clause,
        )
        chosen = self._asker.ask(ask).option.removeprefix("joins_")
        role = next(each for each in roles if each.value == chosen)
        return (Joined(at=self._at(), by=self._by(), party=PartyFacts(id=role.value, role=role)),)

    def _follow_up(self, case: Case, required: Required) -> StepEvents:
        task = self._open_task(required.demand.form or "", case)
        return (Did(at=self._at(), by="terminal", key=required.key, evidence=(task,)),)

    def _by_itself(
        self, work: Callable[[Case, Required], StepEvents]
    ) -> Callable[[Case, Required], StepEvents]:
        def done(case: Case, required: Required) -> StepEvents:
            with self._busy(Label(f"busy.{required.step.value}")):
                return work(case, required)

        return done

    def _or_aside(self, work: Callable[[], StepEvents]) -> StepEvents:
        try:
            return work()
        except Aside as aside:
            return aside.events

    def _at(self) -> str:
        return self._docket.at()

    def _by(self) -> str:
        return self._asker.staff.number


def _party(required: Required) -> str:
    return "" if required.party == CASE else required.party


def _last(aside: Aside) -> Parked | Ended:
    return next(each for each in aside.events if isinstance(each, Parked | Ended))


def _told(required: Required) -> tuple[Label, ...]:
    """What is to be done, and the papers the step names."""
    todo = f"todo.{required.step.value}"
    return (*((Label(todo),) if known(todo) else ()), *map(paper, required.demand.texts))


def _kinds(required: Required) -> tuple[Entry, ...]:
    """Which of the kinds was shown, where several will do."""
    kinds, listed = required.demand.kinds, document_kinds().kinds
    if not kinds:
        return ()
    labels = {
        name: Label(zh=listed[name].zh, en=listed[name].en) if name in listed else paper(name)
        for name in kinds
    }
    choices = tuple(Choice(name, label) for name, label in labels.items())
    only = kinds[0] if len(kinds) == 1 else ""
    count = required.demand.count or 1
    names = tuple(f"kind_{number + 1}" for number in range(count))
    label = Label("ask.kind") if count == 1 else Label("ask.one_kind", {"count": count})
    return tuple(Entry(name, EntryKind.CHOICE, label, value=only, choices=choices) for name in names)
