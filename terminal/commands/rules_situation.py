"""The situation that options of ``renzheng rules explain`` describe; a name nobody knows is an error."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from terminal.commands.output import EX_USAGE, Failure
from terminal.commands.rules_told import say
from terminal.rules.business import When
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel, PartyFacts, Phone, Risk, Role, Situation

OLDEST = 150
"""Years; nobody is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options as they were typed."""

    business: str
    channel: str
    risk: str | None
    amount: str | None
    currency: str
    rates: tuple[str, ...]
    parties: tuple[str, ...]
    flags: tuple[str, ...]


def situation_of(pack: RulePack, asked: Asked, on: date) -> Situation:
    """The situation on `on`. Without parties, the least that the business needs, of whom nothing is known.

    Raises Failure ``rules.unknown_business``, ``rules.unknown_flag``, ``rules.unknown_role``,
    ``rules.unknown_document``, ``rules.flag_of_party``, ``rules.flag_of_case``, ``rules.wrong_party`` and
    ``rules.wrong_amount``, all of them wrong usage.
    """
    known("rules.unknown_business", asked.business, pack.businesses)
    return Situation(
        business=asked.business,
        channel=Channel(asked.channel),
        on=on,
        risk=Risk(asked.risk) if asked.risk else None,
        amount=None if asked.amount is None else _number(asked.amount),
        currency=asked.currency.upper(),
        rates=dict(_rate(each) for each in asked.rates),
        parties=tuple(_parties(pack, asked)),
        flags=frozenset(_flag(pack, name, "case") for name in asked.flags),
    )


def known(code: str, name: str, names: Iterable[str]) -> str:
    """`name`, when it is one of `names`; else Failure `code`, with the nearest and all of them."""
    every = sorted(names)
    if name in every:
        return name
    near = difflib.get_close_matches(name, every, n=1)
    asked = say("rules.did_you_mean", near=near[0]) if near else ""
    raise _wrong(code, name=name, near=asked, known=", ".join(every))


def _parties(pack: RulePack, asked: Asked) -> Iterator[PartyFacts]:
    seats = pack.businesses[asked.business].parties
    told = asked.parties or tuple(role.value for role, each in seats.items() for _ in range(each.least))
    counted: dict[Role, int] = {}
    for said in told:
        name, _, facts = said.partition(":")
        role = Role(known("rules.unknown_role", name.strip(), [each.value for each in seats]))
        counted[role] = counted.get(role, 0) + 1
        id_ = role.value if counted[role] == 1 else f"{role.value}_{counted[role]}"
        yield _party(pack, id_, role, said, [each.strip() for each in facts.split(",") if each.strip()])


def _party(pack: RulePack, id_: str, role: Role, said: str, facts: Sequence[str]) -> PartyFacts:
    found: dict[str, str] = {}
    flags = set()
    for fact in facts:
        name, is_, value = fact.partition("=")
        if name == "flag" and value:
            flags.add(_flag(pack, value, "party"))
        elif name in ("age", "document", "phone") and is_ and value and name not in found:
            found[name] = value
        else:
            raise _wrong("rules.wrong_party", said=said)
    document = found.get("document")
    if document is not None:
        known("rules.unknown_document", document, _documents(pack))
    return PartyFacts(
        id=id_,
        role=role,
        age=_age(found.get("age"), said),
        document=document,
        phone=_phone(found.get("phone"), said),
        flags=frozenset(flags),
    )


def _flag(pack: RulePack, name: str, of: str) -> str:
    known("rules.unknown_flag", name, pack.flags)
    if pack.flags[name].of != of:
        raise _wrong(f"rules.flag_of_{pack.flags[name].of}", name=name)
    return name


def _age(said: str | None, party: str) -> int | None:
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and int(said[:4]) <= OLDEST):
        raise _wrong("rules.wrong_party", said=party)
    return int(said)


def _phone(said: str | None, party: str) -> Phone | None:
    if said is None:
        return None
    try:
        return Phone(said)
    except ValueError as error:
        raise _wrong("rules.wrong_party", said=party) from error


def _documents(pack: RulePack) -> set[str]:
    """Every kind of document that the rules name anywhere."""
    demands = [
        *(demand for each in pack.sets.values() for demand in each.demands.values()),
        *(demand for each in pack.businesses.values() for demand in each.demands.values()),
    ]
    whens: list[When] = [when for demand in demands for when in demand.when]
    whens += [when for name in pack.businesses for _, stop in pack.stops_of(name) for when in stop.when]
    named = {kind for demand in demands for kind in demand.kinds}
    named |= {kind for when in whens for kind in (*when.document, *when.not_document)}
    return named | set(pack.card.kinds)


def _rate(said: str) -> tuple[str, Decimal]:
    currency, _, value = said.partition("=")
    if len(currency) != 3 or not currency.isalpha():
        raise _wrong("rules.wrong_amount", said=said)
    return currency.upper(), _number(value)


def _number(said: str) -> Decimal:
    try:
        number = Decimal(said)
    except InvalidOperation as error:
        raise _wrong("rules.wrong_amount", said=said) from error
    if not number.is_finite() or number < 0:
        raise _wrong("rules.wrong_amount", said=said)
    return number


def _wrong(code: str, **facts: object) -> Failure:
    return Failure(code, say(code, **facts), exit_code=EX_USAGE)
