"""What in a rule pack cannot be: names nothing stands for, conditions that never hold, seats nobody has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terminal.rules.business import Business, Demand, StepName, Stop, When
from terminal.rules.lines import Place
from terminal.rules.situation import Channel

if TYPE_CHECKING:
    from terminal.rules.pack import RulePack


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that cannot be, and where."""

    place: Place
    cause: str
    clause: str = ""


def contradictions(pack: RulePack) -> Iterator[Contradiction]:
    """Everything in `pack` that cannot be, in the order of its sections."""
    yield from _sections(pack)
    for name, demands in pack.sets.items():
        for id_, demand in demands.demands.items():
            yield from _demand(pack, ("sets", name, "demands", id_), demand)
        yield from _stops(pack, ("sets", name), demands.stops)
    for name, business in pack.businesses.items():
        yield from _business(pack, name, business)


def _sections(pack: RulePack) -> Iterator[Contradiction]:
    for name, threshold in pack.thresholds.items():
        if threshold.convert_to not in threshold.amounts:
            cause = f"no amount in {threshold.convert_to}, which others are converted to"
            yield Contradiction(("thresholds", name, "convert_to"), cause, threshold.clause)
    for method, times in Counter(m for family in pack.families.values() for m in family.methods).items():
        if times > 1:
            yield Contradiction(("families",), f"the method {method!r} is in {times} families")
    for step, times in Counter(pack.order).items():
        if times > 1:
            yield Contradiction(("order",), f"the step {step.value!r} is there {times} times")
    if pack.match.target_false_match_rate > pack.match.refer_false_match_rate:
        cause = "accepting asks for less than leaving it to a person"
        yield Contradiction(("match",), cause, pack.match.clause)


def _business(pack: RulePack, name: str, business: Business) -> Iterator[Contradiction]:
    place: Place = ("businesses", name)
    for number, used in enumerate(business.uses):
        if used not in pack.sets:
            yield Contradiction((*place, "uses", number), f"there is no set {used!r}", business.clause)
            return
    if business.retention not in pack.retention:
        cause = f"there is no retention rule {business.retention!r}"
        yield Contradiction((*place, "retention"), cause, business.clause)
    for role, seats in business.parties.items():
        if seats.least > seats.most:
            yield Contradiction(
                (*place, "parties", role.value), "more at least than at most", business.clause
            )
    yield from _own_demands(pack, place, business)
    yield from _stops(pack, place, business.stops)


def _own_demands(pack: RulePack, place: Place, business: Business) -> Iterator[Contradiction]:
    for part, what in (("demands", "demanded"), ("stops", "a stop")):
        own = getattr(business, part)
        names = Counter(id_ for used in business.uses for id_ in getattr(pack.sets[used], part))
        names.update(own.keys())
        for id_ in (id_ for id_, times in names.items() if times > 1):
            cause = f"{id_!r} is {what} already by one of its sets"
            yield Contradiction((*place, part if id_ in own else "uses"), cause, business.clause)
    for id_, demand in business.demands.items():
        yield from _demand(pack, (*place, "demands", id_), demand)
        if demand.of and not set(demand.of) & set(business.parties):
            cause = "it is asked of roles that do not take part"
            yield Contradiction((*place, "demands", id_, "of"), cause, demand.clause)


def _stops(pack: RulePack, place: Place, stops: Mapping[str, Stop]) -> Iterator[Contradiction]:
    for id_, stop in stops.items():
        yield from _conditions(pack, (*place, "stops", id_, "when"), stop.when, stop.clause)
        for offered in stop.offer:
            if offered not in pack.businesses and offered not in {each.value for each in Channel}:
                cause = f"{offered!r} is no business and no channel"
                yield Contradiction((*place, "stops", id_, "offer"), cause, stop.clause)


def _demand(pack: RulePack, place: Place, demand: Demand) -> Iterator[Contradiction]:
    if demand.step not in pack.order:
        cause = f"the step {demand.step.value!r} has no place in the order"
        yield Contradiction((*place, "step"), cause, demand.clause)
    if demand.step is StepName.METHODS and (demand.count or 0) > len(pack.families):
        cause = f"{demand.count} families are asked for, {len(pack.families)} there are"
        yield Contradiction((*place, "count"), cause, demand.clause)
    if demand.ladder is not None and demand.ladder not in pack.people.approvals.ladders:
        yield Contradiction((*place, "ladder"), f"there is no ladder {demand.ladder!r}", demand.clause)
    names = {StepName.DATA: set(pack.dataset.profiles), StepName.TASK: set(pack.tasks.kinds)}
    if demand.step in names and demand.form not in names[demand.step]:
        yield Contradiction((*place, "form"), f"there is no {demand.form!r}", demand.clause)
    yield from _conditions(pack, (*place, "when"), demand.when, demand.clause)


def _conditions(pack: RulePack, place: Place, whens: Sequence[When], clause: str) -> Iterator[Contradiction]:
    for number, when in enumerate(whens):
        here = (*place, number)
        for name in (when.reaches, when.below):
            if name is not None and name not in pack.thresholds:
                yield Contradiction(here, f"there is no threshold {name!r}", clause)
        for flag in (*when.flags, *when.without):
            if flag not in pack.flags:
                yield Contradiction(here, f"there is no fact {flag!r}", clause)
        if _never(when):
            yield Contradiction(here, "this condition never holds", clause)


def _never(when: When) -> bool:
    ages = when.age_below is not None and when.age_from is not None and when.age_below <= when.age_from
    return (
        ages
        or (when.reaches is not None and when.reaches == when.below)
        or bool(set(when.flags) & set(when.without))
        or bool(when.with_role and set(when.with_role) <= set(when.without_role))
        or bool(when.document and set(when.document) <= set(when.not_document))
    )
