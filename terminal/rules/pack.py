"""A rule pack: what each business demands and what each finding leads to, by dated clauses.

What decides a case is a `RulePack` put together from every pack in force on the business date
(`terminal.rules.reading`): regulation, bank, branch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from terminal.rules.business import (
    Business,
    Demand,
    DemandSet,
    Family,
    Flag,
    Retention,
    StepName,
    Stop,
    Threshold,
)
from terminal.rules.dataset import DatasetRules
from terminal.rules.disclosure import DisclosureRules
from terminal.rules.handling import HandlingRules
from terminal.rules.lines import Place
from terminal.rules.lists import ListRules
from terminal.rules.online import OnlineRules
from terminal.rules.part import Part, Tighter, tighter
from terminal.rules.people import PeopleRules
from terminal.rules.sections import (
    CardRules,
    ConsentRules,
    FaceRules,
    LivenessRules,
    MatchRules,
    OutcomeRule,
    StaffRules,
    nearest,
)
from terminal.rules.tasks import TaskRules
from terminal.view import Decision

AUTHORITIES = ("regulation", "bank", "branch")
"""From high to low."""
WRONG_CHANNEL = "business.not_here"
"""Finding of a business that its pack does not offer in this channel."""


class Header(Part):
    """Who says so, and from when to when."""

    pack: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")
    authority: Literal["regulation", "bank", "branch"]
    effective_from: date
    effective_until: date | None
    """The last day, included; null: until another one follows."""
    extends: str | None = None
    """``pack version`` of the earlier pack of the same authority that this one changes."""
    title: dict[str, str]
    basis: tuple[str, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError("effective_until lies before effective_from")
        return self

    @property
    def name(self) -> str:
        """``pack version``, as decisions cite it."""
        return f"{self.pack} {self.version}"

    def in_force(self, on: date) -> bool:
        """True when the pack applies to the business date `on`."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)


class PackRef(Part):
    """One of the packs a rule pack was put together from; recorded with every decision."""

    name: str
    authority: str
    files: tuple[str, ...]
    """SHA-256 of its file, then of the one it extends, and so on."""

    @property
    def sha256(self) -> str:
        """Of its files, joined by ``:``."""
        return ":".join(self.files)


class RulePack(Part):
    """The rules in force on one business date."""

    flags: dict[str, Flag] = tighter(Tighter.MORE, "Facts that rules may ask for")
    thresholds: dict[str, Threshold] = tighter(Tighter.MORE, "Amounts from which on more is demanded")
    families: dict[str, Family] = Field(description="Families of methods, each counted once (A06)")
    order: tuple[StepName, ...] = Field(description="The order in which steps are done (E12, S09)")
    sets: dict[str, DemandSet] = tighter(Tighter.MORE, "Demands that businesses share")
    businesses: dict[str, Business] = tighter(Tighter.MORE, "What can be begun")
    retention: dict[str, Retention] = tighter(Tighter.MORE, "How long things are kept")
    handling: HandlingRules
    consent: ConsentRules
    card: CardRules
    face: FaceRules
    liveness: LivenessRules
    match: MatchRules
    staff: StaffRules
    online: OnlineRules
    people: PeopleRules
    tasks: TaskRules
    lists: ListRules
    dataset: DatasetRules
    disclosure: DisclosureRules
    outcomes: dict[str, OutcomeRule] = tighter(Tighter.MORE, "What each finding leads to")
    packs: tuple[PackRef, ...] = Field(min_length=1, description="What it was put together from")
    _origins: Mapping[Place, str] = PrivateAttr(default_factory=dict)

    @property
    def name(self) -> str:
        """``pack version`` of every pack in it, the highest authority first."""
        return " + ".join(each.name for each in self.packs)

    @property
    def sha256(self) -> str:
        """Of the packs it was put together from, joined by ``+``: no byte of them can change without it."""
        return "+".join(each.sha256 for each in self.packs)

    @cached_property
    def families_by_method(self) -> dict[str, str]:
        """Which family each method belongs to."""
        return {method: name for name, family in self.families.items() for method in family.methods}

    def with_origins(self, origins: Mapping[Place, str]) -> RulePack:
        """The same, knowing which pack each changed or added value comes from."""
        self._origins = dict(origins)
        return self

    def origin(self, place: Place) -> str:
        """The pack that has the last word on the value at `place`."""
        for length in range(len(place), 0, -1):
            name = self._origins.get(place[:length])
            if name is not None:
                return name
        return self.packs[0].name

    def demands_of(self, business: str) -> Iterator[tuple[str, Place, Demand]]:
        """Name, place in the pack and demand, of the business and of the sets it uses."""
        asked = self.businesses[business]
        for id_, demand in asked.demands.items():
            yield id_, ("businesses", business, "demands", id_), demand
        for name in asked.uses:
            for id_, demand in self.sets[name].demands.items():
                yield id_, ("sets", name, "demands", id_), demand

    def stops_of(self, business: str) -> Iterator[tuple[str, Stop]]:
        """Name and stop, of the business and of the sets it uses."""
        asked = self.businesses[business]
        yield from asked.stops.items()
        for name in asked.uses:
            yield from self.sets[name].stops.items()

    def outcome(self, finding: str) -> OutcomeRule:
        """The rule for `finding`, or for its family (``card.doubt.sex`` → ``card.doubt``).

        A finding no rule speaks of goes to a person: accepting needs an empty list of findings.
        """
        found = nearest(self.outcomes, finding)
        return found or OutcomeRule(clause="A08", decision=Decision.REFER.value)

    def wrong_channel(self, business: Business) -> Stop:
        """The stop of a business begun where it is not done."""
        channels = tuple(channel.value for channel in business.channels)
        return Stop.model_validate(
            {
                "clause": business.clause,
                "when": ({},),
                "finding": WRONG_CHANNEL,
                "decision": "offer",
                "offer": channels,
            }
        )


SECTIONS = tuple(name for name in RulePack.model_fields if name != "packs")
"""What a pack may say beyond its header."""
