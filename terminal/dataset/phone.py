"""Whether a phone is the customer's own, and which account classes that leaves open (D04)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from terminal.dataset.fields import Value
from terminal.dataset.validators import phone_of, same
from terminal.rules.dataset import PhoneRules
from terminal.rules.situation import Phone


class ProofAnswer(enum.StrEnum):
    """What the network operator's real-name check said, through the centre."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """Not asked, or no answer: never taken for yes."""


@dataclass(frozen=True, slots=True)
class PhoneProof:
    """One answer, about one number and one name on one day."""

    answer: ProofAnswer
    on: date


@dataclass(frozen=True, slots=True)
class PhoneStanding:
    """Status, the classes left open, and why."""

    status: Phone
    classes: tuple[int, ...]
    code: str
    """A message key: ``phone.proven``, ``phone.none``, ``phone.other_owner``, ``phone.not_checked``,
    ``phone.proof_old``."""

    def lowers(self, wanted: int) -> bool:
        """True when an account of class `wanted` (1, 2, 3) is not open to this customer."""
        return wanted not in self.classes


def phone_standing(phone: str, proof: PhoneProof | None, on: date, rules: PhoneRules) -> PhoneStanding:
    """How it stands with `phone` (empty for none) on the day `on`."""
    if not phone.strip():
        return PhoneStanding(Phone.NONE, rules.none, "phone.none")
    if proof is None or proof.answer is ProofAnswer.UNKNOWN:
        return PhoneStanding(Phone.UNPROVEN, rules.unproven, "phone.not_checked")
    if proof.answer is ProofAnswer.DIFFERS:
        return PhoneStanding(Phone.UNPROVEN, rules.unproven, "phone.other_owner")
    if not proof.on <= on <= proof.on + timedelta(days=rules.proof_days):
        return PhoneStanding(Phone.UNPROVEN, rules.unproven, "phone.proof_old")
    return PhoneStanding(Phone.PROVEN, rules.proven, "phone.proven")


def emergency_doubts(values: Mapping[str, Value]) -> tuple[str, ...]:
    """Message keys against an emergency contact: it must be another person, on another phone (D12)."""
    texts = {name: value.text for name, value in values.items()}
    own, other = texts.get("phone", ""), texts.get("emergency_phone", "")
    found = []
    if own and other and phone_of(own) == phone_of(other):
        found.append("emergency.own_phone")
    own, other = texts.get("name", ""), texts.get("emergency_name", "")
    if own and other and same("name", own, other):
        found.append("emergency.own_name")
    return tuple(found)
