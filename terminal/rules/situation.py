"""The facts a rule may ask for: business, channel, day, amount, risk and the parties. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Channel(StrEnum):
    """Where the case is run."""

    COUNTER = "counter"
    KIOSK = "kiosk"
    VISIT = "visit"


class Risk(StrEnum):
    """The risk class the centre gave (M01)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Role(StrEnum):
    """What a person is in a case (I12)."""

    CUSTOMER = "customer"
    AGENT = "agent"
    GUARDIAN = "guardian"
    JOINT_HOLDER = "joint_holder"
    DEPOSITOR = "depositor"
    """Pays in for somebody else without being their agent (H06, H08)."""
    LEGAL_REPRESENTATIVE = "legal_representative"
    HANDLER = "handler"
    INVESTOR = "investor"
    CONTROLLER = "controller"
    HELPER = "helper"
    """Fills in or witnesses for somebody who cannot sign (C22)."""
    HEIR = "heir"


class Phone(StrEnum):
    """Whether the phone number is the person's own (D04)."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """What is known of one person; None is not known yet."""

    id: str
    """Within the case: ``customer``, ``joint_holder_2``."""
    role: Role
    age: int | None = None
    """Full years on the business date."""
    document: str | None = None
    """Kind of the identity document, a key of the document catalogue."""
    phone: Phone | None = None
    flags: frozenset[str] = frozenset()
    """Facts of this person that are yes or no, of the pack's `flags`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the rules are asked about."""

    business: str
    channel: Channel
    on: date
    """The business date."""
    risk: Risk | None = None
    """None: the centre has not said; the strictest is assumed."""
    amount: Decimal | None = None
    currency: str = "CNY"
    """ISO 4217."""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    """What one unit of a currency is worth in the currency thresholds are converted to, of the day (H03)."""
    parties: tuple[PartyFacts, ...] = ()
    flags: frozenset[str] = frozenset()
    """Facts of the case that are yes or no, of the pack's `flags`."""

    def of(self, *roles: Role) -> tuple[PartyFacts, ...]:
        """The parties with one of `roles`, in the order they joined."""
        return tuple(party for party in self.parties if party.role in roles)

    def party(self, id_: str) -> PartyFacts | None:
        """The party called `id_`."""
        return next((party for party in self.parties if party.id == id_), None)

    def with_party(self, party: PartyFacts) -> Situation:
        """The same with `party` added, or in the place of the one with its id."""
        if self.party(party.id) is None:
            return replace(self, parties=(*self.parties, party))
        parties = tuple(party if each.id == party.id else each for each in self.parties)
        return replace(self, parties=parties)
