"""What must be said before a case is opened: amount, who takes part, facts that only staff know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Rank, Reply
from terminal.counter.questions import Questions, again, option
from terminal.rules.business import When
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel, PartyFacts, Role, Situation

BACK = "back"
CENT = Decimal("0.01")
MOST = Decimal(10) ** 15
CURRENCIES = ("CNY", "USD", "EUR", "HKD", "GBP", "JPY")
"""Offered first; rates of others are the centre's."""


def opened_as(
    rules: RulePack, business: str, channel: Channel, on: date, questions: Questions
) -> Situation | None:
    """The situation as staff state it; None when they went back. Nothing is asked where no rule asks."""
    ask = _ask(rules, business)
    if not ask.entries:
        return situation(rules, business, channel, on, {})
    while True:
        reply = questions.put(ask)
        if reply.option == BACK:
            return None
        wrong = _wrong_amount(reply)
        if wrong is None:
            return situation(rules, business, channel, on, reply.values)
        ask = again(ask, reply, {"amount": wrong})


def situation(
    rules: RulePack, business: str, channel: Channel, on: date, said: Mapping[str, str]
) -> Situation:
    """The situation with what was said on the form of `opened_as`."""
    seats = rules.businesses[business].parties
    roles = [role for role, seat in seats.items() for _ in range(seat.least)]
    roles += [role for role in seats if said.get(f"with.{role.value}")]
    parties = parties_of(roles)
    of_party = {name for name, flag in rules.flags.items() if flag.of == "party"}
    ticked = {
        name.removeprefix("flag.") for name, value in said.items() if name.startswith("flag.") and value
    }
    first = ticked & of_party
    return Situation(
        business=business,
        channel=channel,
        on=on,
        amount=Decimal(said["amount"]) if said.get("amount") else None,
        currency=said.get("currency") or "CNY",
        parties=tuple(
            PartyFacts(id=each.id, role=each.role, flags=frozenset(first) if place == 0 else frozenset())
            for place, each in enumerate(parties)
        ),
        flags=frozenset(ticked - of_party),
    )


def parties_of(roles: Sequence[Role]) -> tuple[PartyFacts, ...]:
    """One party for each of `roles`; the second with a role is called ``joint_holder_2``."""
    numbers = [roles[: place + 1].count(role) for place, role in enumerate(roles)]
    names = [role.value if n == 1 else f"{role.value}_{n}" for role, n in zip(roles, numbers, strict=True)]
    return tuple(PartyFacts(id=name, role=role) for name, role in zip(names, roles, strict=True))


def _ask(rules: RulePack, business: str) -> Ask:
    return Ask(
        0,
        Label.titled(rules.businesses[business].title),
        lines=(Label("ask.opening.line"),),
        entries=tuple(_entries(rules, business)),
        options=(option("open", rank=Rank.PRIMARY), option(BACK, takes_entries=False)),
        clause=rules.businesses[business].clause,
    )


def _entries(rules: RulePack, business: str) -> Iterator[Entry]:
    conditions = tuple(_conditions(rules, business))
    if any(each.reaches or each.below or each.foreign is not None for each in conditions):
        yield Entry("amount", EntryKind.AMOUNT, Label("ask.opening.amount"))
        choices = tuple(Choice(name, Label(zh=name, en=name)) for name in CURRENCIES)
        yield Entry("currency", EntryKind.CHOICE, Label("ask.opening.currency"), "CNY", choices)
    for role, seat in rules.businesses[business].parties.items():
        if seat.most > seat.least:
            label = Label(f"rules.role.{role.value}")
            yield Entry(f"with.{role.value}", EntryKind.TICK, label, needed=False)
    asked = {name for each in conditions for name in (*each.flags, *each.without)}
    for name, flag in rules.flags.items():
        if name in asked and flag.source == "staff":
            yield Entry(f"flag.{name}", EntryKind.TICK, Label.titled(flag.title), needed=False)


def _conditions(rules: RulePack, business: str) -> Iterator[When]:
    for _, _, demand in rules.demands_of(business):
        yield from demand.when
    for _, stop in rules.stops_of(business):
        yield from stop.when


def _wrong_amount(reply: Reply) -> Label | None:
    text = reply.values.get("amount", "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return Label("ask.no_amount")
    fits = amount.is_finite() and 0 < amount < MOST and amount == amount.quantize(CENT)
    return None if fits else Label("ask.no_amount")
