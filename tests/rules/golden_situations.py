"""The situations every business is planned in for its golden file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from terminal.rules.business import Business
from terminal.rules.pack import RulePack
from terminal.rules.reading import rules_of
from terminal.rules.situation import PartyFacts, Phone, Risk, Role, Situation
from terminal.rules.today import shipped

DAYS = (date(2025, 12, 31), date(2026, 1, 1))
"""The last day of the old regulation, the first of the new."""
RATES = {"EUR": Decimal("1.25")}
"""Of an invented day, in USD."""
SIDES = (
    ("CNY", "4999.99"),
    ("CNY", "5000"),
    ("CNY", "9999.99"),
    ("CNY", "10000"),
    ("CNY", "49999.99"),
    ("CNY", "50000"),
    ("CNY", "500000"),
    ("USD", "999.99"),
    ("USD", "1000"),
    ("USD", "9999.99"),
    ("USD", "10000"),
    ("EUR", "799.99"),
    ("EUR", "800"),
    ("EUR", "7999.99"),
    ("EUR", "8000"),
)
"""Both sides of every line; euros reach it converted."""
WITH_AMOUNT = ("cash_in", "cash_out", "one_off")
FEWEST = {
    "cash_in": (Role.CUSTOMER,),
    "close_account": (Role.CUSTOMER,),
    "request_visit": (Role.CUSTOMER,),
    "visit_check": (Role.CUSTOMER,),
}
"""Who comes where the rules fix no one role."""


def rules() -> dict[date, RulePack]:
    """The rules of both days."""
    return {day: rules_of(shipped(), day) for day in DAYS}


def situations(name: str, business: Business, pack: RulePack, day: date) -> Iterator[tuple[str, Situation]]:
    """Every situation of `name` with the words for it."""
    base = plain(name, business, day)
    for channel in business.channels:
        for risk in Risk:
            words = f"{channel.value}, {risk.value} risk"
            yield words, replace(base, channel=channel, risk=risk)
    for words, changed in _people(business, base):
        yield words, changed
    for words, changed in _facts(pack, base):
        yield words, changed
    if name in WITH_AMOUNT:
        yield from _amounts(name, business, base)


def plain(name: str, business: Business, day: date) -> Situation:
    """The plainest situation: those who must come, grown up, with a resident's card, at low risk."""
    seated = [role for role, seats in business.parties.items() for _ in range(seats.least)]
    roles = seated or list(FEWEST[name])
    people = tuple(_somebody(role, place) for place, role in enumerate(roles))
    if name == "open_minor":
        unread = frozenset({"chip_not_read"})
        people = (replace(people[0], age=10, document="household_register", flags=unread), *people[1:])
    return Situation(
        business=name,
        channel=business.channels[0],
        on=day,
        risk=Risk.LOW,
        amount=Decimal(100_000) if name in (*WITH_AMOUNT, "raise_limit") else None,
        rates=RATES,
        parties=people,
    )


def _somebody(role: Role, place: int = 0) -> PartyFacts:
    name = role.value if role is not Role.JOINT_HOLDER else f"{role.value}_{place}"
    return PartyFacts(id=name, role=role, age=40, document="resident", phone=Phone.PROVEN)


def _people(business: Business, base: Situation) -> Iterator[tuple[str, Situation]]:
    """Further people, ages, documents and phones, one change at a time."""
    for role, seats in business.parties.items():
        if seats.least == 0 and not base.of(role):
            yield f"with {role.value}", base.with_party(_somebody(role))
    first = base.parties[0]
    for role in (Role.DEPOSITOR, Role.HEIR, Role.LEGAL_REPRESENTATIVE):
        if role in business.parties and first.role is Role.CUSTOMER:
            yield f"{role.value} alone", replace(base, parties=(_somebody(role),))
    for age in (15, 16, 60):
        yield f"{first.id} aged {age}", base.with_party(replace(first, age=age))
    for document in ("passport", "residence_permit", "household_register"):
        yield f"{first.id} with {document}", base.with_party(replace(first, document=document))
    for phone in (Phone.UNPROVEN, Phone.NONE):
        yield f"{first.id} with phone {phone.value}", base.with_party(replace(first, phone=phone))
    unread = replace(first, age=None, document=None, phone=None)
    yield f"{first.id} not read yet", base.with_party(unread)


def _facts(pack: RulePack, base: Situation) -> Iterator[tuple[str, Situation]]:
    """Every fact the rules may ask for, one at a time; and nothing known of risk and amount."""
    first = base.parties[0]
    for name, flag in pack.flags.items():
        if flag.of == "case":
            yield f"fact {name}", replace(base, flags=frozenset({name}))
        elif name not in first.flags:
            yield f"{first.id} {name}", base.with_party(replace(first, flags=first.flags | {name}))
    yield "risk not known", replace(base, risk=None)
    if base.amount is not None:
        yield "amount not known", replace(base, amount=None)


def _amounts(name: str, business: Business, base: Situation) -> Iterator[tuple[str, Situation]]:
    abroad = frozenset({"remittance", "cross_border"})
    for currency, amount in SIDES:
        paid = replace(base, currency=currency, amount=Decimal(amount))
        yield f"{currency} {amount}", paid
        if Role.AGENT in business.parties:
            yield f"{currency} {amount}, with agent", paid.with_party(_somebody(Role.AGENT))
        if Role.DEPOSITOR in business.parties:
            owner_away = replace(paid, parties=(_somebody(Role.DEPOSITOR),))
            yield f"{currency} {amount}, depositor alone", owner_away
        if name == "one_off":
            yield f"{currency} {amount}, remittance abroad", replace(paid, flags=abroad)
    yield "EUR 8000, no rate", replace(base, currency="EUR", amount=Decimal(8000), rates={})
    small = replace(base, amount=Decimal(100), flags=frozenset({"abnormal"}))
    yield "CNY 100, abnormal", small
    if Role.AGENT in business.parties:
        yield "CNY 100, abnormal, with agent", small.with_party(_somebody(Role.AGENT))
