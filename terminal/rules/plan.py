"""What a rule pack demands in one situation: each step, of whom, by which clause; what stops it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terminal.rules.business import STAGE_OF, Business, Demand, Stage, StepName, Stop
from terminal.rules.condition import Asked
from terminal.rules.situation import PartyFacts, Role, Situation

if TYPE_CHECKING:
    from terminal.rules.pack import RulePack

CASE = "case"
"""Stands where a party's id would, for what is demanded once for the whole case."""


@dataclass(frozen=True, slots=True)
class Required:
    """One step that must be done."""

    id: str
    """Name of the demand in the pack."""
    party: str
    """Id of the party, or `CASE`."""
    demand: Demand
    rank: int
    """Place of its step in the pack's order; none is done before those of a lower rank."""
    pack: str
    """The pack that demands it."""

    @property
    def key(self) -> str:
        """Names it within the case: ``customer/online``."""
        return f"{self.party}/{self.id}"

    @property
    def step(self) -> StepName:
        """What is to be done."""
        return self.demand.step

    @property
    def stage(self) -> Stage:
        """Which of the four stages it belongs to."""
        return STAGE_OF[self.demand.step]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why the business is not done here."""

    id: str
    party: str
    rule: Stop


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything demanded of a case as it stands."""

    business: str
    packs: str
    required: tuple[Required, ...]
    """In the order they are done."""
    stops: tuple[Stopped, ...]
    unknown: tuple[str, ...]
    """Facts the rules ask for and nobody has given: ``amount``, ``customer.age``."""
    assumed: tuple[str, ...]
    """Facts that were taken to be the strictest: ``risk``."""
    seats: tuple[str, ...]
    """Parties that are missing or too many: ``customer.missing``, ``agent.too_many``."""
    reached: tuple[str, ...]
    """Thresholds the amount reaches."""
    retention: str

    def find(self, key: str) -> Required | None:
        """The step with that key."""
        return next((each for each in self.required if each.key == key), None)

    def as_json(self) -> dict[str, Any]:
        """For golden files and ``renzheng rules explain --json``."""
        return {
            "business": self.business,
            "packs": self.packs,
            "steps": [_row(each) for each in self.required],
            "stops": [_stop_row(each) for each in self.stops],
            "unknown": list(self.unknown),
            "assumed": list(self.assumed),
            "parties": list(self.seats),
            "thresholds_reached": list(self.reached),
            "retention": self.retention,
        }


def plan(pack: RulePack, situation: Situation) -> Plan:
    """What `pack` demands in `situation`. KeyError when it knows no such business."""
    business = pack.businesses[situation.business]
    asked = Asked(situation, pack.thresholds)
    required = sorted(_required(pack, business, asked), key=lambda each: each.rank)
    stops = tuple(_stops(pack, business, asked))
    reached = tuple(name for name in pack.thresholds if situation.amount is not None and asked.reaches(name))
    return Plan(
        situation.business,
        pack.name,
        tuple(required),
        stops,
        tuple(asked.unknown),
        tuple(asked.assumed),
        tuple(_seats(business, situation)),
        reached,
        business.retention,
    )


HOLDER_STEPS = frozenset({StepName.CONSENT, StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK})
"""The steps that the check of one person consists of."""


def only_a_holder_check(pack: RulePack, business: str) -> bool:
    """True when the check of one person is all that `business` ever demands."""
    return all(demand.step in HOLDER_STEPS for _, _, demand in pack.demands_of(business))


def _required(pack: RulePack, business: Business, asked: Asked) -> Iterator[Required]:
    for id_, place, demand in pack.demands_of(asked.situation.business):
        for party in _parties(demand.of, asked.situation):
            if asked.any_holds(demand.when, party):
                name = party.id if party else CASE
                yield Required(id_, name, demand, pack.order.index(demand.step), pack.origin(place))


def _parties(roles: tuple[Role, ...], situation: Situation) -> tuple[PartyFacts | None, ...]:
    return situation.of(*roles) if roles else (None,)


def _stops(pack: RulePack, business: Business, asked: Asked) -> Iterator[Stopped]:
    if asked.situation.channel not in business.channels:
        yield Stopped("channel", CASE, pack.wrong_channel(business))
    for id_, stop in pack.stops_of(asked.situation.business):
        for party in _parties(stop.of, asked.situation):
            if asked.any_holds(stop.when, party):
                yield Stopped(id_, party.id if party else CASE, stop)


def _seats(business: Business, situation: Situation) -> Iterator[str]:
    for role, seats in business.parties.items():
        present = len(situation.of(role))
        if present < seats.least:
            yield f"{role.value}.missing"
        if present > seats.most:
            yield f"{role.value}.too_many"
    for party in situation.parties:
        if party.role not in business.parties:
            yield f"{party.role.value}.not_in_this_business"


def _row(each: Required) -> dict[str, Any]:
    said = each.demand.model_dump(
        mode="json", exclude={"step", "of", "when", "clause"}, exclude_defaults=True
    )
    return {
        "step": each.step.value,
        "of": each.party,
        "id": each.id,
        "stage": each.stage.value,
        "clause": each.demand.clause,
        "pack": each.pack,
        **said,
    }


def _stop_row(each: Stopped) -> dict[str, Any]:
    rule = each.rule
    said = {
        "finding": rule.finding,
        "decision": rule.decision,
        "offer": list(rule.offer),
        "clause": rule.clause,
    }
    return {"id": each.id, "of": each.party, **said}
