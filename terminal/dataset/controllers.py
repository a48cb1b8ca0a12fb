"""The natural persons who control a firm or benefit from it, each verified for themselves (D07)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.dataset.fields import Profile, Value, complete
from terminal.dataset.validators import amount_of
from terminal.rules.dataset import ControllerRules


class Checked(enum.StrEnum):
    """How far one person's identity is verified."""

    NOT_YET = "not_yet"
    PAPERS = "papers"
    """By copies of documents; the person was not there."""
    IN_PERSON = "in_person"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Controller:
    """One person. `repr` hides who it is."""

    id: str
    values: Mapping[str, Value] = field(repr=False)
    checked: Checked = Checked.NOT_YET


@dataclass(frozen=True, slots=True)
class ControllerGap:
    """What is missing of one person, or of all together (`id` empty)."""

    id: str
    code: str
    """``controller.none``, ``controller.incomplete``, ``controller.not_verified``, ``controller.failed``,
    ``controller.too_many_shares``, ``controller.below_share``."""
    what: str = ""
    """The demand that is not met."""


def controller_gaps(
    persons: Iterable[Controller], profile: Profile, rules: ControllerRules
) -> tuple[ControllerGap, ...]:
    """Everything missing; empty when at least one person is named, complete and verified."""
    held = tuple(persons)
    if not held:
        return (ControllerGap("", "controller.none"),)
    found = [gap for person in held for gap in _of(person, profile, rules)]
    shares = (_share(person) for person in held)
    if sum((share for share in shares if share is not None), Decimal(0)) > 100:
        found.append(ControllerGap("", "controller.too_many_shares"))
    return tuple(found)


def _of(person: Controller, profile: Profile, rules: ControllerRules) -> list[ControllerGap]:
    missing = complete(profile, person.values).missing
    found = [ControllerGap(person.id, "controller.incomplete", demand.text) for demand in missing]
    codes = {Checked.NOT_YET: "controller.not_verified", Checked.FAILED: "controller.failed"}
    if person.checked in codes:
        found.append(ControllerGap(person.id, codes[person.checked]))
    kind, share = person.values.get("controller_kind"), _share(person)
    by_shares = kind is not None and kind.text == "shares" and share is not None
    if by_shares and share is not None and share < Decimal(str(rules.share_percent)):
        found.append(ControllerGap(person.id, "controller.below_share"))
    return found


def _share(person: Controller) -> Decimal | None:
    value = person.values.get("share_percent")
    return amount_of(value.text) if value is not None else None
