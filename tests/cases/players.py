"""Players of cases: one who does everything right, and one who tries anything at all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from terminal.case.events import (
    Did,
    Ended,
    Ending,
    Event,
    Excepted,
    Failed,
    Joined,
    Learned,
    Moved,
    Opened,
    Parked,
    Proved,
    Resolved,
    Unparked,
)
from terminal.case.session import NotNow, step
from terminal.case.values import BY_STEP, CHECKING, DERIVED, Case, State
from terminal.case.verdict import verdict
from terminal.rules.business import StepName
from terminal.rules.pack import RulePack
from terminal.rules.plan import CASE
from terminal.rules.situation import Channel, PartyFacts, Phone, Risk, Role, Situation

AT = "2026-02-03T04:05:06.000Z"
MAKERS = ("op-1", "op-2", "customer", "terminal")
CHECKERS = ("op-7", "op-8", "op-9")
AMOUNTS = tuple(map(Decimal, ("0.01", "999.99", "1000", "9999.99", "10000", "49999.99", "50000", "250000")))
METHODS_PER_STEP = {
    StepName.IDENTITY_DOCUMENT: "chip_read",
    StepName.HOLDER_CHECK: "face_match",
    StepName.ONLINE_CHECK: "online_agrees",
}


def party(chance: random.Random, role: Role, number: int) -> PartyFacts:
    """Somebody, of whom more or less is known."""
    return PartyFacts(
        id=role.value if number == 1 else f"{role.value}_{number}",
        role=role,
        age=chance.choice([None, 8, 15, 16, 40, 71]),
        document=chance.choice([None, "resident", "passport", "residence_permit"]),
        phone=chance.choice([None, *Phone]),
    )


def situation(chance: random.Random, rules: RulePack, business: str | None = None) -> Situation:
    """Something somebody may come with."""
    name = business or chance.choice(sorted(rules.businesses))
    roles = [
        role for role, seats in rules.businesses[name].parties.items() for _ in range(max(1, seats.least))
    ]
    flags = [flag for flag, about in rules.flags.items() if about.of == "case" and chance.random() < 0.05]
    present = [role for role in roles if chance.random() < 0.9]
    return Situation(
        business=name,
        channel=chance.choice(list(Channel)),
        on=date(2026, 2, 3),
        risk=chance.choice([None, *Risk]),
        amount=chance.choice([None, *AMOUNTS]),
        currency=chance.choice(["CNY", "CNY", "USD", "EUR"]),
        rates={"EUR": Decimal("1.1")},
        parties=tuple(
            party(chance, role, present[: place + 1].count(role)) for place, role in enumerate(present)
        ),
        flags=frozenset(flags),
    )


def opened(rules: RulePack, asked: Situation) -> Opened:
    """The event that begins a case."""
    return Opened(
        at=AT, by="op-1", case_id="c-1", situation=asked, packs=rules.name, packs_sha256=rules.sha256
    )


def settled(chance: random.Random, asked: Situation) -> Situation:
    """The same with everything about people known."""
    people = tuple(
        replace(
            each,
            age=40 if each.age is None else each.age,
            document=each.document or "resident",
            phone=each.phone or Phone.PROVEN,
        )
        for each in asked.parties
    )
    return replace(asked, parties=people, risk=asked.risk or Risk.LOW, amount=asked.amount or Decimal("1"))


@dataclass(slots=True)
class Hand:
    """Plays a case to its end and keeps what happened."""

    rules: RulePack
    chance: random.Random
    case: Case = field(default_factory=Case)
    events: list[Event] = field(default_factory=list)
    refused: int = 0
    """Events that did not fit."""

    def play(self, event: Event) -> bool:
        """True when the event fitted."""
        try:
            self.case = step(self.case, event, self.rules)
        except NotNow:
            self.refused += 1
            return False
        self.events.append(event)
        return True

    def do_all(self) -> None:
        """Do everything that is demanded, as good people would, and end the case."""
        for _ in range(400):
            event = next(self._good(), None)
            if event is None:
                break
            if not self.play(event):
                raise AssertionError(f"{event} does not fit {self.case}")
        accepts = verdict(self.case, self.rules).accepts
        if accepts is not None:
            assert self.play(Ended(at=AT, by="op-1", ending=accepts))

    def _good(self) -> Iterator[Event]:
        """The next thing to do, if there is one."""
        now = self.case.situation
        plan = self.case.plan
        if plan is None or now is None or plan.stops:
            return
        families = self.rules.families_by_method
        for missing in self.case.missing_steps(families):
            if missing.step is StepName.PARTY:
                yield Joined(
                    at=AT,
                    by="op-1",
                    party=PartyFacts(
                        id=missing.demand.roles[0].value,
                        role=missing.demand.roles[0],
                        age=40,
                        document="resident",
                        phone=Phone.PROVEN,
                    ),
                )
        for open_ in self.case.open_steps(families):
            yield self._doing(open_.key, open_.step)
        for missing in self.case.missing_steps(families):
            if missing.step is StepName.METHODS:
                used = self.case.families_of(missing.party, families)
                method = next(m for m, family in families.items() if family not in used and m not in BY_STEP)
                yield Proved(at=AT, by="op-1", party=self._somebody(missing.party), method=method)

    def _somebody(self, party_: str) -> str:
        now = self.case.situation
        return party_ if party_ != CASE or now is None else now.parties[0].id

    def _doing(self, key: str, what: StepName) -> Did:
        required = self.case.plan.find(key) if self.case.plan else None
        assert required is not None
        demand, times = required.demand, self.case.times_done(key)
        level = 2 if what is StepName.APPROVAL else 1
        by = f"op-{level}{len(times)}" if what in CHECKING else "op-1"
        role = demand.approvers[0] if demand.approvers else "reviewer"
        answer = demand.answers[0] if demand.answers else None
        return Did(at=AT, by=by, key=key, method=METHODS_PER_STEP.get(what), role=role, answer=answer)

    def try_anything(self) -> None:
        """One event drawn from all that can be thought of, sensible or not."""
        self.play(self.chance.choice(_TRIES)(self))

    def any_key(self) -> str:
        """A step of the plan, mostly one that can be done, or none at all."""
        required = self.case.plan.required if self.case.plan else ()
        near = self.case.open_steps(self.rules.families_by_method)
        if near and self.chance.random() < 0.7:
            return self.chance.choice(near).key
        return self.chance.choice([*(each.key for each in required), "customer/nothing"])

    def anybody(self) -> str:
        """A member of staff, the customer or the program."""
        return self.chance.choice([*MAKERS, *CHECKERS])


def _did(hand: Hand) -> Event:
    key = hand.any_key()
    required = hand.case.plan.find(key) if hand.case.plan else None
    demand = required.demand if required else None
    bad = ["match.no_match", "card.expired", "list.hit", "online.name_differs", "never.heard"]
    found = hand.chance.choice(bad) if hand.chance.random() < 0.1 else ""
    return Did(
        at=AT,
        by=hand.anybody(),
        key=key,
        method=hand.chance.choice([None, *hand.rules.families_by_method]),
        answer=hand.chance.choice([None, *(demand.answers if demand else ()), "odd"]),
        role=hand.chance.choice([None, "teller", *(demand.approvers if demand else ()), "reviewer"]),
        findings=(found,) if found else (),
    )


def _learned(hand: Hand) -> Event:
    now = hand.case.situation or situation(hand.chance, hand.rules)
    if hand.chance.random() < 0.5:
        now = settled(hand.chance, now)
    changed = hand.chance.choice(
        [
            now,
            replace(now, amount=hand.chance.choice(AMOUNTS)),
            replace(now, risk=hand.chance.choice(list(Risk))),
            replace(now, flags=now.flags ^ {hand.chance.choice(sorted(hand.rules.flags))}),
            replace(now, business=hand.chance.choice(sorted(hand.rules.businesses))),
            replace(now, parties=now.parties[1:]),
        ]
    )
    return Learned(at=AT, by=hand.anybody(), situation=changed)


def _ended(hand: Hand) -> Event:
    return Ended(
        at=AT,
        by=hand.anybody(),
        ending=hand.chance.choice(list(Ending)),
        ground=hand.chance.choice(["", "mood", *hand.rules.handling.refusal_grounds]),
        second=hand.chance.choice([None, *CHECKERS, *MAKERS]),
        second_role=hand.chance.choice([None, "teller", *hand.rules.handling.refusers]),
    )


def _resolved(hand: Hand) -> Event:
    found = hand.chance.choice([*hand.case.findings]) if hand.case.findings else None
    return Resolved(
        at=AT,
        by=hand.anybody(),
        finding=found.code if found else "none",
        party=found.party if found else CASE,
        ground=hand.chance.choice(["mood", *hand.rules.handling.resolution_grounds]),
        role=hand.chance.choice(["teller", *hand.rules.handling.resolvers]),
    )


def _excepted(hand: Hand) -> Event:
    reason = hand.chance.choice(["mood", *hand.rules.handling.stand_ins])
    rule = hand.rules.handling.stand_ins.get(reason)
    return Excepted(
        at=AT,
        by=hand.anybody(),
        key=hand.any_key(),
        reason=reason,
        second=hand.anybody(),
        second_role=hand.chance.choice(["teller", *(rule.approvers if rule else ())]),
    )


def _joined(hand: Hand) -> Event:
    return Joined(at=AT, by=hand.anybody(), party=party(hand.chance, hand.chance.choice(list(Role)), 2))


def _proved(hand: Hand) -> Event:
    now = hand.case.situation
    who = hand.chance.choice([*(each.id for each in now.parties), "nobody"]) if now else "nobody"
    method = hand.chance.choice([*hand.rules.families_by_method, "coin"])
    return Proved(at=AT, by=hand.anybody(), party=who, method=method)


_TRIES = (
    *[_did] * 12,
    *[_learned] * 2,
    *[_resolved] * 2,
    _excepted,
    _joined,
    _proved,
    lambda hand: Failed(at=AT, by=hand.anybody(), key=hand.any_key(), code="guide.too_dark"),
    lambda hand: Parked(at=AT, by=hand.anybody(), missing=("household_register",), until="2026-02-10"),
    lambda hand: Unparked(at=AT, by=hand.anybody()),
    lambda hand: Moved(at=AT, by=hand.anybody(), channel=hand.chance.choice(list(Channel)), terminal="t-2"),
    _ended,
)

__all__ = ["AT", "DERIVED", "Hand", "State", "opened", "settled", "situation"]
