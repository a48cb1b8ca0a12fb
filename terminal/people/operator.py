"""An operator of the roll, and whether they may act in a role, at a time and in a place (B07).

Hours and days are those of the bank's clock (`BANK_TIME`), whatever zone a moment is given in.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter

from terminal.people.roles import Role

BANK_TIME = timezone(timedelta(hours=8))
"""China has one time zone and no summer time."""
NUMBER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
"""A staff number, as a pattern."""
LONGEST_NAME = 64


class WorkChannel(enum.StrEnum):
    """Where somebody of staff works: in a channel of cases, or at the remote centre."""

    COUNTER = "counter"
    KIOSK = "kiosk"
    VISIT = "visit"
    REMOTE = "remote"
    """From the remote centre."""

    @property
    def is_remote(self) -> bool:
        """True for who is not in the branch."""
        return self is WorkChannel.REMOTE


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where somebody acts."""

    branch: str
    terminal: str
    channel: WorkChannel


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begins` until just before `ends`, on some days of the week; over midnight takes two of them."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")
    days: tuple[int, ...]
    """Monday is 1, Sunday 7 (ISO 8601)."""
    begins: time
    ends: time

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(1, 8)):
            raise ValueError("days are 1 to 7")
        if self.begins >= self.ends:
            raise ValueError("hours end before they begin")

    def hold(self, local: datetime) -> bool:
        """True at this moment of the bank's clock."""
        return local.isoweekday() in self.days and self.begins <= local.time() < self.ends


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One role, and where and when it may be acted in; None means anywhere, always."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")
    role: Role
    channels: tuple[WorkChannel, ...]
    branches: tuple[str, ...] | None
    terminals: tuple[str, ...] | None = None
    hours: tuple[Hours, ...] | None = None
    valid_until: date | None = None
    """The last day; the entitlement must then be given anew (B14)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One member of staff, or the account of a kiosk, as the roll has them."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")
    number: str
    """Staff number: what logs and records say instead of the name."""
    name: str
    """As it is shown to colleagues."""
    branch: str
    entitlements: tuple[Entitlement, ...]
    valid_from: date
    valid_until: date | None = None
    """The last day."""
    revoked: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(NUMBER, self.number) or not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise ValueError("a staff number or name of no use")
        if self.is_service and len(self.roles) > 1:
            raise ValueError("the account of a machine holds no other role")

    @property
    def roles(self) -> frozenset[Role]:
        """All roles, whether or not they may be acted in now."""
        return frozenset(each.role for each in self.entitlements)

    @property
    def is_service(self) -> bool:
        """True for an account that is no person's."""
        return any(role.is_service for role in self.roles)


@dataclass(frozen=True, slots=True)
class Allowed:
    """They may, by this entitlement."""

    entitlement: Entitlement


@dataclass(frozen=True, slots=True)
class Denied:
    """They may not; the code is a message key."""

    code: str

    @property
    def is_alarm(self) -> bool:
        """True when somebody must be told: a person who holds the role, at an hour they do not."""
        return self.code == "people.out_of_hours"


_NEAREST = (
    "people.entitlement_expired",
    "people.wrong_channel",
    "people.wrong_branch",
    "people.wrong_terminal",
    "people.out_of_hours",
)
"""What an entitlement fails at, in the order it is looked at; the later, the nearer it was."""


def may(operator: Operator, role: Role, at: datetime, place: Workplace) -> Allowed | Denied:
    """Whether `operator` may act as `role` at the moment `at` (with a zone) in `place`.

    Where several entitlements to the role fail, the one that came nearest says why.
    """
    local = bank_time(at)
    if code := _not_in_force(operator, local.date()):
        return Denied(code)
    nearest = -1
    for each in operator.entitlements:
        if each.role is not role:
            continue
        failed = _failed(each, local, place)
        if failed is None:
            return Allowed(each)
        nearest = max(nearest, _NEAREST.index(failed))
    return Denied("people.no_role" if nearest < 0 else _NEAREST[nearest])


def bank_time(at: datetime) -> datetime:
    """A moment by the bank's clock; ValueError for one without a zone, which says nothing."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at.astimezone(UTC).astimezone(BANK_TIME)


def to_json(operator: Operator) -> dict[str, object]:
    """As the book keeps it."""
    kept: dict[str, object] = _ADAPTER.dump_python(operator, mode="json")
    return kept


def from_json(kept: object) -> Operator:
    """From what the book keeps; pydantic's ValidationError (a ValueError) when it is none."""
    return _ADAPTER.validate_python(kept)


_ADAPTER = TypeAdapter(Operator)


def _not_in_force(operator: Operator, on: date) -> str:
    if operator.revoked:
        return "people.revoked"
    if on < operator.valid_from:
        return "people.not_yet_valid"
    if operator.valid_until is not None and operator.valid_until < on:
        return "people.expired"
    return ""


def _failed(held: Entitlement, local: datetime, place: Workplace) -> str | None:
    if held.valid_until is not None and held.valid_until < local.date():
        return "people.entitlement_expired"
    if place.channel not in held.channels:
        return "people.wrong_channel"
    if held.branches is not None and place.branch not in held.branches:
        return "people.wrong_branch"
    if held.terminals is not None and place.terminal not in held.terminals:
        return "people.wrong_terminal"
    if held.hours is not None and not any(hours.hold(local) for hours in held.hours):
        return "people.out_of_hours"
    return None
