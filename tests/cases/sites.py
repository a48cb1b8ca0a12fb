"""Terminals with books, keys and clocks of their own, enrolled at one centre: between them cases move."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from players import Hand, settled, situation

from sync.enrol import enrol
from sync.keys import Keys, open_keys
from sync.store import Store, stamp
from sync.transports.http import HttpTransport
from sync.transports.line import Address
from terminal.case.docket import HANDED, Docket
from terminal.case.events import Ended
from terminal.case.values import Case
from terminal.case.verdict import verdict
from terminal.checks.centre import Asking, Centre
from terminal.dataset.fields import Source, Value
from terminal.handover.held import HeldData
from terminal.handover.station import Station
from terminal.rules.situation import Channel, PartyFacts, Role
from terminal.rules.today import rules_named, rules_today

RULES = rules_today()
WHEN = datetime(2026, 2, 3, 4, 0, tzinfo=UTC)
NAME, NUMBER, PHONE, WORK = "苏小兰", "110000198803124413", "13900001111", "钟表匠"
ENTERED = {
    "customer": (
        Value("name", NAME, Source.CHIP, WHEN, "terminal"),
        Value("document_number", NUMBER, Source.CHIP, WHEN, "terminal"),
        Value("phone", PHONE, Source.STATED, WHEN, "customer"),
        Value("occupation", WORK, Source.TYPED, WHEN, "op-1"),
    )
}


@dataclass
class Clock:
    """A clock that can be put on."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Site:
    """One terminal."""

    station: Station
    store: Store
    keys: Keys
    clock: Clock
    close: Callable[[], None]
    hand: Hand = field(default_factory=lambda: Hand(RULES, random.Random(1)))

    def without_line(self) -> Station:
        return replace(self.station, centre=None)

    def resumed(self, case_id: str) -> Docket:
        bodies = self.station.events()
        now = lambda: stamp(self.clock())  # noqa: E731
        return Docket.resume(case_id, bodies, rules_named, self.store.note, now, self.store.bodies(HANDED))


def make_site(folder: Path, terminal_id: str, line: Callable[[Keys], Asking] | None) -> Site:
    """A terminal with its files below `folder`; `line` makes its way to the centre."""
    keys = open_keys(folder / "keys", "file")
    store = Store.open(folder / "book.db", keys.database_key())
    clock = Clock()
    asking = line(keys) if line else None
    station = Station(
        terminal_id=terminal_id,
        book=store,
        signer=keys,
        rules=rules_named,
        held=HeldData(folder / "entered", keys.database_key(), lambda: 30),
        centre=Centre(asking, 10.0, clock) if asking is not None else None,
        clock=clock,
    )

    def close() -> None:
        store.close()
        if isinstance(asking, HttpTransport):
            asking.close()

    return Site(station, store, keys, clock, close)


def http_line(url: str, token: Callable[[], str], terminal_id: str, folder: Path) -> Callable[[Keys], Asking]:
    """A way over HTTP to a running centre, enrolled at first."""

    def line(keys: Keys) -> Asking:
        identity = enrol(Address(url), terminal_id, "B-1", keys, token(), folder / "pinned")
        return HttpTransport(Address(url), identity, terminal_id, keys)

    return line


def begin(
    site: Site, channel: Channel = Channel.KIOSK, steps: int = 4, business: str = "open_class_2"
) -> Case:
    """A case in which something was done and entered, and more is to be done."""
    chance = random.Random(7)
    asked = replace(
        settled(chance, replace(situation(chance, RULES, business), flags=frozenset())),
        channel=channel,
        parties=(PartyFacts(id="customer", role=Role.CUSTOMER, age=40, document="resident"),),
    )
    asked = settled(chance, asked)
    docket = Docket(site.store.note, RULES, lambda: stamp(site.clock()))
    docket.open(asked, "op-1")
    for _ in range(steps):
        docket.apply(next_event(docket.case))
    site.station.held.keep(docket.case.case_id, ENTERED)
    return docket.case


def next_event(case: Case):
    """What a good person would do next."""
    return next(Hand(RULES, random.Random(1), case)._good())


def go_on(docket: Docket, steps: int = 400) -> Case:
    """Do what is demanded; with enough steps until the case ends accepted."""
    for _ in range(steps):
        event = next(Hand(RULES, random.Random(1), docket.case)._good(), None)
        if event is None:
            accepts = verdict(docket.case, RULES).accepts
            assert accepts is not None, verdict(docket.case, RULES)
            return docket.apply(Ended(at=docket.at(), by="op-1", ending=accepts))
        docket.apply(event)
    return docket.case
