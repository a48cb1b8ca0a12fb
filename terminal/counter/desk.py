"""Runs whole cases at the counter: opens them or goes on, keeps their records, shows how they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Protocol

import structlog

from drivers.api import IdCard
from models.api import Image
from sync.errors import StoreError
from sync.questions import Subject
from sync.store import stamp
from terminal.asking import Ask, Label, Rank
from terminal.calendar import Calendar
from terminal.case.docket import Docket, unfinished
from terminal.case.events import INTERRUPTED, Ended, Ending, Parked, Unparked
from terminal.case.session import NotNow
from terminal.case.values import Case, State
from terminal.case.verdict import UNAVAILABLE
from terminal.caseview import CaseEnd, CaseView, ParkedCase
from terminal.casework import CaseWork, Stuck
from terminal.checks.centre import Centre
from terminal.checks.lists import Verdict, WatchLists
from terminal.checks.silent import report_hits
from terminal.control import Interrupted
from terminal.counter.asker import Asker, Staff
from terminal.counter.consents import DECLINES_FACE
from terminal.counter.hands import CounterHands
from terminal.counter.opening import opened_as
from terminal.counter.owed import KIND as OFFLINE
from terminal.counter.owed import Owed, OwedQuestion, owed_of, settle
from terminal.counter.passing import Passing
from terminal.counter.people import CounterPeople
from terminal.counter.questions import Questions, option
from terminal.counter.screen import end_of, parked, view
from terminal.flow import Within
from terminal.handover.errors import HandoverError
from terminal.handover.held import HeldData
from terminal.handover.station import Station
from terminal.holder.values import HolderCheck
from terminal.ledger import Book
from terminal.photos import HolderPhoto
from terminal.rules.business import StepName
from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel, PartyFacts

log = structlog.get_logger(__name__)
SYNC_SECONDS = 3.0


class Guests(Protocol):
    """Who comes to the counter: real people, or those of the virtual branch."""

    def come(self, party: PartyFacts, case: Case) -> None:
        """This person is about to be checked."""

    def says(self, party: str, field: str) -> str:
        """What somebody who is simulated says; empty for real people."""

    def lists(self, subject: Subject, rules: RulePack, on: date) -> WatchLists:
        """The watch lists to search for this person."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a case is worked on with."""

    book: Book
    centre: Centre
    check: Callable[[str, Within], HolderCheck]
    """Has one person checked before reader and camera, for the business of that name."""
    rules: Callable[[date], RulePack]
    rules_named: Callable[[str], RulePack]
    staff: Staff
    guests: Guests
    owed: Owed
    """Keeps what a case accepted offline still owes the centre."""
    held: HeldData
    """Keeps what was entered while the case is open."""
    station: Station
    """What giving cases to other terminals and taking them over needs."""
    look: Callable[[], Image | None]
    """What the camera sees now."""
    channel: Channel
    simulated: bool


class CaseDesk:
    """One case at a time, on the session thread; `view` may be read from any."""

    def __init__(self, room: Room, questions: Questions, changed: Callable[[], None]) -> None:
        self._room = room
        self._questions = questions
        self._changed = changed
        self._docket: Docket | None = None
        self._hands: CounterHands | None = None
        self._names: dict[str, str] = {}
        self._view: CaseView | None = None
        self._checking = ""
        self._busy: Label | None = None
        self._said: dict[str, Any] = {}
        self._passing = Passing(room.station, room.staff, questions, room.look)

    @property
    def view(self) -> CaseView | None:
        """The case in hand; None between cases."""
        return self._view

    @property
    def channel(self) -> Channel:
        """Where its cases are run."""
        return self._room.channel

    @property
    def checking(self) -> bool:
        """True while a person is before reader and camera."""
        return bool(self._checking)

    def run(self, business: str) -> None:
        """Open a case of `business` and work through it; nothing when the form was left."""
        today = date.today()
        rules = self._room.rules(today)
        situation = opened_as(rules, business, self._room.channel, today, self._questions)
        if situation is None:
            return
        docket = Docket(self._room.book.note, rules, lambda: stamp(datetime.now(UTC)))
        work = self._work(docket)
        self._through(lambda: work.open(situation, self._room.staff.number))

    def resume(self, case_id: str) -> None:
        """Go on with a case that waits or was interrupted. UnknownCase, RuleError."""
        docket = self._kept(case_id)
        by = self._room.staff.number
        work = self._taken_up(docket)
        if docket.case.state is State.OPEN:  # the power went, or the program was closed
            docket.apply(Parked(at=docket.at(), by="terminal", missing=(INTERRUPTED,), until=""))
        try:
            docket.apply(Unparked(at=docket.at(), by=by))
        except NotNow as refused:
            self._through(partial(self._over, docket, refused.code))
            return
        self._show(docket.case)
        self._through(work.go_on)

    def hand_over(self, case_id: str) -> None:
        """Give a case that waits to another terminal. Errors of the book."""
        self._passing.give(case_id)

    def take_over(self) -> None:
        """Take over a case that another terminal gave, and go on with it. UnknownCase, RuleError."""
        taken = self._passing.take(self._room.channel)
        if taken is not None:
            docket = self._kept(taken.case_id)
            work = self._taken_up(docket)
            self._show(docket.case)
            self._through(work.go_on)

    def doubles(self) -> tuple[tuple[str, str], ...]:
        """Cases taken over here without a line that another terminal had first: see `tell_centre`."""
        return self._passing.tell() if self._room.book.line().online else ()

    def _kept(self, case_id: str) -> Docket:
        """A case as the log left it."""
        room = self._room
        noted, handed = room.book.open_events(), room.book.handed_over()
        return Docket.resume(
            case_id, noted, room.rules_named, room.book.note, lambda: stamp(datetime.now(UTC)), handed
        )

    def _taken_up(self, docket: Docket) -> CaseWork:
        """Ready to go on, with what was entered before."""
        work = self._work(docket)
        self._restore(docket.case)
        return work

    def _over(self, docket: Docket, code: str) -> Case:
        """It waited longer than it may: somebody begins anew."""
        ask = Ask(0, Label(code), options=(option("refer_now", rank=Rank.PRIMARY),), clause="Q04")
        self._questions.put(ask)
        by = self._room.staff.number
        return docket.apply(Ended(at=docket.at(), by=by, ending=Ending.REFERRED, ground=code))

    def waiting(self) -> tuple[ParkedCase, ...]:
        """Cases of this book that can be gone on with."""
        room = self._room
        found = []
        for case in unfinished(room.book.open_events(), room.rules_named, room.book.handed_over()):
            try:
                rules = room.rules_named(case.packs_sha256)
            except RuleError:
                continue  # said by `renzheng case`; it cannot be gone on with
            found.append(parked(case, rules, _local(case.opened_at)))
        return tuple(found)

    def settle(self) -> None:
        """At the start: keep records that a power cut left unkept, remind of follow-ups and escalate them."""
        self._room.book.settle_cases(self._room.rules_named, self._room.simulated)
        self._room.book.task_desk().sweep()

    def forget(self) -> None:
        """Drop the case and everything that was said in it."""
        if self._hands is not None:
            self._hands.forget()
        self._docket = self._hands = None
        self._names.clear()
        self._said = {}
        self._view, self._checking, self._busy = None, "", None
        self._changed()

    def _through(self, work: Callable[[], Case]) -> None:
        """Work until the case has ended or waits; the screen shows the end until it is dismissed."""
        try:
            case = work()
            if case.state is State.ENDED:
                self._keep(case)
                return
        except Interrupted:
            log.info("case.interrupted")  # the log has it: it is gone on with, or kept, at the next start
        except Stuck:
            log.error("case.stuck", case_id=self._case().case_id)
        self.forget()

    def _keep(self, case: Case) -> None:
        docket = self._held()
        self._busy = Label("busy.keeping")
        self._show(case)
        while True:
            try:
                said = self._hands.said() if self._hands else {}
                record = self._room.book.keep_case(case, docket.rules, self._room.simulated, said)
                break
            except StoreError as error:
                log.error("case.not_kept", code=error.code, case_id=case.case_id)
                self._ask_again(error.code)
        self._owe(case)
        synced = self._room.book.wait_synced(record, SYNC_SECONDS)
        self._busy = None
        self._show(case, end_of(case, docket.rules, record, synced))

    def _owe(self, case: Case) -> None:
        """Accepted offline: the centre is asked when the line is back, and somebody answers for it (E02).

        A question of before an interruption is not known any more; then people must ask it themselves.
        """
        if case.ending is not Ending.PROVISIONAL or self._hands is None:
            return
        for key in dict.fromkeys(each.key for each in case.done if each.answer == UNAVAILABLE):
            task = self._open_task(OFFLINE, case)
            unasked = self._hands.checks.unasked.get(key)
            if unasked is not None:
                self._keep_owed(owed_of(case.case_id, key, *unasked, task))

    def _keep_owed(self, question: OwedQuestion) -> None:
        try:
            self._room.owed.keep(question)
        except OSError as error:
            log.error("case.owed_not_kept", case_id=question.case_id, reason=error.strerror)

    def settle_owed(self) -> None:
        """Ask what is owed, when the line is there. Errors as `Store.note`; OSError."""
        room = self._room
        if room.book.line().online and room.owed.all():
            settle(room.owed, room.centre, room.book.note, room.book.task_desk())

    def _ask_again(self, code: str) -> None:
        """The record could not be kept: somebody must see to it; else it is kept at the next start."""
        ask = Ask(
            0,
            Label("ask.not_kept.title"),
            lines=(Label(code),),
            options=(option("again", rank=Rank.PRIMARY),),
        )
        self._questions.put(ask)

    def _work(self, docket: Docket) -> CaseWork:
        room = self._room
        self.forget()
        asker = Asker(docket, self._questions, room.staff)
        counterpart = CounterPeople(
            asker,
            self._check,
            lambda subject: room.guests.lists(subject, docket.rules, _on(docket.case)),
            self._hit,
            room.guests.says,
        )
        self._docket = docket
        self._hands = CounterHands(
            docket, room.centre, asker, counterpart, self._open_task, room.guests.says, self._while
        )
        return CaseWork(docket, self._hands, self._show)

    def _check(self, party: PartyFacts) -> HolderCheck:
        """One person before reader and camera, as the case's rules and their consent allow."""
        case, docket = self._case(), self._held()
        if case.situation is not None and len(case.situation.parties) > 1:
            self._call(party)
        consented = any(
            done.step is StepName.CONSENT and done.party in (party.id, "case") for done in case.done
        )
        within = Within(
            docket.rules, consented, face=DECLINES_FACE not in party.flags, further_photos=self._photos
        )
        self._checking = party.id
        self._show(case)
        try:
            self._room.guests.come(party, case)
            holder = self._room.check(case.situation.business if case.situation else "", within)
        finally:
            self._checking = ""
        if holder.card is not None:
            self._names[party.id] = holder.card.name
        self._show(case)
        return holder

    def _call(self, party: PartyFacts) -> None:
        """Several take part: say whose turn it is."""
        ask = Ask(
            0,
            Label("ask.next_person.title"),
            party.id,
            lines=(Label("ask.next_person.line"),),
            options=(option("begin", rank=Rank.PRIMARY),),
        )
        if self._hands is not None:
            self._hands.asker.ask(ask)

    def _photos(self, card: IdCard) -> tuple[HolderPhoto, ...]:
        return self._hands.checks.photos(card) if self._hands else ()

    def _open_task(self, kind: str, case: Case) -> str:
        desk, rules = self._room.book.task_desk(), self._held().rules
        return desk.open(kind, rules.tasks, Calendar.load(), case.case_id, given=_on(case)).id

    def _hit(self, case: Case, verdict: Verdict) -> None:
        desk, rules = self._room.book.task_desk(), self._held().rules
        report_hits(desk, rules.tasks, Calendar.load(), case.case_id, verdict)

    @contextmanager
    def _while(self, busy: Label) -> Iterator[None]:
        self._busy = busy
        self._show(self._case())
        try:
            yield
        finally:
            self._busy = None

    def _show(self, case: Case, end: CaseEnd | None = None) -> None:
        self._view = view(case, self._held().rules, self._names, self._checking, self._busy, end)
        self._keep_entered(case)
        self._changed()

    def _restore(self, case: Case) -> None:
        """What was entered before; what cannot be opened is asked again."""
        try:
            entered = self._room.held.of(case.case_id)
        except HandoverError as error:
            log.warning("case.entered_unreadable", case_id=case.case_id, code=error.code)
            return
        if entered and self._hands is not None:
            self._hands.restore(entered)
            self._said = self._hands.said()

    def _keep_entered(self, case: Case) -> None:
        """Keep what was entered, whenever there is more of it; a full disk costs entering it again."""
        said = self._hands.said() if self._hands else {}
        if self._hands is None or not said or said == self._said or case.state is State.ENDED:
            return
        self._said = said
        try:
            self._room.held.keep(case.case_id, self._hands.entered())
        except OSError as error:
            log.warning("case.entered_not_kept", case_id=case.case_id, reason=error.strerror)

    def _held(self) -> Docket:
        if self._docket is None:
            raise ValueError("no case in hand")
        return self._docket

    def _case(self) -> Case:
        return self._held().case


def _on(case: Case) -> date:
    return case.situation.on if case.situation else date.today()


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
