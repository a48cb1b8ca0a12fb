"""A counter for tests: a real book, a real centre, real rules; the check before devices comes as it would."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answering import Teller, answered_by
from test_every_business import PHOTOS, checked

from models.api import Image
from sync.centre.desk import Desk, open_desk
from sync.engine import SyncEngine
from sync.keys import Keys, open_keys
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.records import Enrolment
from sync.store import Store
from sync.transports.loopback import LoopbackTransport
from terminal.case.docket import EVENT, told
from terminal.case.values import Case
from terminal.checks.centre import Centre
from terminal.counter.desk import CaseDesk, Room
from terminal.counter.owed import Owed
from terminal.counter.questions import Questions
from terminal.flow import Within
from terminal.handover.held import HeldData
from terminal.handover.station import Station
from terminal.holder.values import HolderCheck
from terminal.ledger import Book
from terminal.report import Place
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel
from terminal.virtual.guests import VirtualGuests
from terminal.virtual.population import populate
from terminal.virtual.scripts import Script
from terminal.virtual.ways import Conduct

TERMINAL = "T-1"
UNSIGNED: Any = None
"""In the place of a signer where no case leaves the terminal."""


@dataclass(frozen=True)
class Colleague:
    number: str
    role: str


class Crew:
    """Everybody has a role and the number that says so; wrong passwords are refused elsewhere."""

    number = "teller-1"

    def second(
        self, number: str, password: str, roles: tuple[str, ...], makers: tuple[str, ...]
    ) -> Colleague:
        role = number.rpartition("-")[0]
        assert role in roles, (number, roles)
        assert number not in makers
        return Colleague(number, role)


class Counter:
    """Runs cases, with `Teller` replying."""

    def __init__(
        self,
        book: Book,
        store: Store,
        centre: Centre,
        rules: RulePack,
        conduct: Conduct,
        held: HeldData | None = None,
        owed: Owed | None = None,
        station: Station | None = None,
        look: Callable[[], Image | None] = lambda: None,
    ) -> None:
        self.store = store
        self.rules = rules
        self.conduct = conduct
        self.called = ""
        self.within: list[Within] = []
        self.questions = Questions(lambda: None)
        guests = VirtualGuests(conduct, self._call)
        held = held or HeldData(Path(tempfile.mkdtemp()), bytes(32), lambda: 30)
        room = Room(
            book,
            centre,
            self._check,
            lambda _: rules,
            lambda _: rules,
            Crew(),
            guests,
            owed or Owed(Path(tempfile.mkdtemp()), bytes(32)),
            held,
            station or Station(TERMINAL, store, UNSIGNED, lambda _: rules, held, centre),
            look,
            Channel.COUNTER,
            simulated=True,
        )
        self.desk = CaseDesk(room, self.questions, lambda: None)
        roles = (*rules.handling.refusers, *rules.handling.resolvers, "senior_management", "operations")
        self.teller = Teller(conduct, colleagues={role: f"{role}-1" for role in roles})

    def run(self, business: str) -> None:
        with self._answered():
            self.desk.run(business)

    def resume(self, case_id: str) -> None:
        with self._answered():
            self.desk.resume(case_id)

    def hand_over(self, case_id: str) -> None:
        with self._answered():
            self.desk.hand_over(case_id)

    def take_over(self) -> None:
        with self._answered():
            self.desk.take_over()

    def last(self) -> Case:
        """The newest case as the log tells it."""
        lines = self.store.bodies(EVENT)
        return [each.case for each in told(str(lines[-1]["case_id"]), lines, lambda _: self.rules)][-1]

    @contextmanager
    def _answered(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=answered_by, args=(self.questions, self.teller.answer, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _call(self, name: str) -> None:
        self.called = name

    def _check(self, business: str, within: Within) -> HolderCheck:
        first = self.conduct.first if not self.within else Script.GENUINE
        self.within.append(within)
        holder = checked(self.called, first)
        if holder.card is not None:
            within.further_photos(holder.card)
        return holder


@contextmanager
def open_counter(base: Path) -> Iterator[tuple[Book, Store, Centre]]:
    """A book and a centre that knows the virtual people."""
    with open_centre(base / "centre") as desk, open_terminal(base, desk, TERMINAL) as opened:
        yield opened[:3]


@contextmanager
def open_centre(folder: Path) -> Iterator[Desk]:
    """A centre that knows the virtual people."""
    populate(folder, PHOTOS)
    desk = open_desk(folder, "test")
    try:
        yield desk
    finally:
        desk.close()


@contextmanager
def open_terminal(base: Path, desk: Desk, terminal: str) -> Iterator[tuple[Book, Store, Centre, Keys]]:
    """A terminal of that centre with a book of its own."""
    keys = open_keys(base / "keys", "file")
    identity = desk.enrol(
        Enrolment(terminal_id=terminal, branch="B-1", public_key=keys.public_der(), token=desk.token())
    )
    line = LoopbackTransport(desk, identity, terminal, keys)
    store = Store.open(base / "book.db", keys.database_key())
    outbox = Outbox(store, Backoff(0.05, 0.5))
    engine = SyncEngine(TerminalBook(store), outbox, line, keys, terminal, every_seconds=0.05)
    place = Place(terminal, "B-1", "renzheng test", {})
    book = Book(store, outbox, keys, identity, engine, terminal, lambda: place)
    book.start()
    try:
        yield book, store, Centre(line, 5.0), keys
    finally:
        book.close()
