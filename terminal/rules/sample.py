"""Situations worth asking rules about: one plain one, each fact changed alone, and one for every condition.

Used to compare rules and to test them: whatever a condition of the business names is made true at least once,
thresholds are asked just below and at their amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from terminal.rules.business import StepName, When
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel, PartyFacts, Phone, Risk, Role, Situation

ADULT = 40
CENT = Decimal("0.01")
PLAIN_AMOUNT = Decimal(1)
RATE = Decimal("0.14")
"""What a unit of a currency without a rate of its own is taken to be worth in the thresholds' one."""
KINDS = "resident"
"""Kind of document where the pack names none."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A situation, and how it differs from the plain one, in words of ``renzheng rules explain``."""

    said: tuple[str, ...]
    situation: Situation


def situations(packs: Iterable[RulePack], business: str, on: date) -> tuple[Sampled, ...]:
    """Situations in which the rules of `business` may differ; the plain one first, none twice."""
    known = [pack for pack in packs if business in pack.businesses]
    plain = Sampled((), _plain(known[0], business, on))
    found = {plain.situation: plain}
    for pack in known:
        for each in (*_alone(pack, plain), *_conditions(pack, plain)):
            found.setdefault(each.situation, each)
    return tuple(found.values())


def _plain(pack: RulePack, business: str, on: date) -> Situation:
    asked = pack.businesses[business]
    parties = tuple(
        _party(pack, business, role, number)
        for role, seats in asked.parties.items()
        for number in range(1, seats.least + 1)
    )
    return Situation(
        business=business,
        channel=(*asked.channels, Channel.COUNTER)[0],
        on=on,
        risk=Risk.LOW,
        amount=PLAIN_AMOUNT,
        rates=_Rates(dict.fromkeys(_currencies(pack), RATE)),
        parties=parties,
    )


class _Rates(dict[str, Decimal]):
    """Rates that can be told apart by value, so that a situation may stand in a table."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def _party(pack: RulePack, business: str, role: Role, number: int) -> PartyFacts:
    kinds = (
        kind
        for _, _, demand in pack.demands_of(business)
        if demand.step is StepName.IDENTITY_DOCUMENT and role in demand.of
        for kind in demand.kinds
    )
    name = role.value if number == 1 else f"{role.value}_{number}"
    return PartyFacts(id=name, role=role, age=ADULT, document=next(kinds, KINDS), phone=Phone.PROVEN)


def _currencies(pack: RulePack) -> list[str]:
    named = {currency for rule in pack.thresholds.values() for currency in rule.amounts}
    return sorted(named | {"CNY", "USD"})


def _alone(pack: RulePack, plain: Sampled) -> Iterator[Sampled]:
    """Each fact changed by itself."""
    for channel in Channel:
        yield _changed(plain, f"--channel {channel.value}", channel=channel)
    for risk in Risk:
        yield _changed(plain, f"--risk {risk.value}", risk=risk)
    yield _changed(plain, "risk not known", risk=None)
    yield _changed(plain, "amount not known", amount=None)
    for rule in pack.thresholds.values():
        for currency, amount in rule.amounts.items():
            for asked in (amount - CENT, amount):
                yield _money(plain, asked, currency)
    for flag, fact in pack.flags.items():
        yield from _flagged(plain, flag, fact.of)
    for role, seats in pack.businesses[plain.situation.business].parties.items():
        if seats.most > seats.least:
            yield _joined(pack, plain, role)


def _conditions(pack: RulePack, plain: Sampled) -> Iterator[Sampled]:
    """For every condition, a situation in which all of it holds, and for ages the ones beside it."""
    business = plain.situation.business
    asked = [(demand.when, demand.of) for _, _, demand in pack.demands_of(business)]
    asked += [(stop.when, stop.of) for _, stop in pack.stops_of(business)]
    for whens, of in asked:
        for when in whens:
            made = _made_true(pack, plain, when, of)
            yield made
            for age in _ages(when):
                yield _everybody(made, f"age={age}", age=age)


def _made_true(pack: RulePack, plain: Sampled, when: When, of: tuple[Role, ...]) -> Sampled:
    made = plain
    for role in (*of[:1], *when.with_role[:1]):
        if not made.situation.of(role):
            made = _joined(pack, made, role)
    if when.channel:
        made = _changed(made, f"--channel {when.channel[0].value}", channel=when.channel[0])
    if when.risk:
        made = _changed(made, f"--risk {when.risk[0].value}", risk=when.risk[0])
    for flag in when.flags:
        if flag in pack.flags:
            made = next(_flagged(made, flag, pack.flags[flag].of), made)
    made = _amount_true(pack, made, when)
    if when.document:
        made = _everybody(made, f"document={when.document[0]}", document=when.document[0])
    if when.phone:
        made = _everybody(made, f"phone={when.phone[0].value}", phone=when.phone[0])
    return made


def _amount_true(pack: RulePack, made: Sampled, when: When) -> Sampled:
    currency = (*when.currency, "USD" if when.foreign else "CNY")[0]
    if when.reaches in pack.thresholds:
        rule = pack.thresholds[when.reaches]
        amount = rule.amounts.get(currency, rule.amounts[rule.convert_to] / RATE)
        return _money(made, amount, currency)
    return _money(made, PLAIN_AMOUNT, currency) if currency != made.situation.currency else made


def _ages(when: When) -> tuple[int, ...]:
    edges = [age for age in (when.age_below, when.age_from) if age is not None]
    return tuple(age for edge in edges for age in (edge - 1, edge) if age >= 0)


def _changed(before: Sampled, said: str, **facts: object) -> Sampled:
    return Sampled((*before.said, said), replace(before.situation, **facts))  # type: ignore[arg-type]


def _money(before: Sampled, amount: Decimal, currency: str) -> Sampled:
    said = f"--amount {amount}" + ("" if currency == "CNY" else f" --currency {currency}")
    return _changed(before, said, amount=amount, currency=currency)


def _flagged(before: Sampled, flag: str, of: str) -> Iterator[Sampled]:
    if of == "case":
        yield _changed(before, f"--flag {flag}", flags=before.situation.flags | {flag})
        return
    for party in before.situation.parties:
        changed = before.situation.with_party(replace(party, flags=party.flags | {flag}))
        yield Sampled((*before.said, f"{party.id}: flag={flag}"), changed)


def _everybody(before: Sampled, said: str, **facts: object) -> Sampled:
    parties = tuple(replace(party, **facts) for party in before.situation.parties)  # type: ignore[arg-type]
    return Sampled((*before.said, f"everybody: {said}"), replace(before.situation, parties=parties))


def _joined(pack: RulePack, before: Sampled, role: Role) -> Sampled:
    number = len(before.situation.of(role)) + 1
    party = _party(pack, before.situation.business, role, number)
    return Sampled((*before.said, f"--party {party.role.value}"), before.situation.with_party(party))
