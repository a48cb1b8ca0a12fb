"""The invented staff of the virtual branch, for cases of two persons. Never on a real book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal.asking import Label
from terminal.people.changes import Changes
from terminal.people.operator import Entitlement, Operator, WorkChannel, Workplace
from terminal.people.pair import paired
from terminal.people.passwords import Passwords
from terminal.people.proof import Proving
from terminal.people.roles import Role
from terminal.people.roll import Roll
from terminal.rules.people import PeopleRules

PASSWORD = "Xuni-Wangdian-88"
"""Of everybody here; for training, and told on the screen."""
CHANNELS = (WorkChannel.COUNTER, WorkChannel.VISIT)


@dataclass(frozen=True, slots=True)
class Invented:
    """One of them."""

    number: str
    name: str
    roles: tuple[Role, ...]


ADMINISTRATORS = (
    Invented("b01", "郑行舟", (Role.BRANCH_HEAD,)),
    Invented("o01", "陆一白", (Role.OPERATIONS, Role.SENIOR_MANAGEMENT)),
)
OTHERS = (
    Invented("t01", "白小禾", (Role.TELLER, Role.VISIT_MEMBER)),
    Invented("r01", "方知秋", (Role.REVIEWER,)),
    Invented("s01", "秦望山", (Role.SUPERVISOR, Role.VISIT_LEADER, Role.LOBBY_MANAGER)),
)


def found_staff(
    roll: Roll, passwords: Passwords, rules: PeopleRules, place: Workplace, now: datetime
) -> None:
    """Enter them, once. Only for the book of the virtual branch."""
    if roll.has_begun():
        return
    changes = Changes(roll, passwords, rules, place)
    first, second = (_operator(each, place, now) for each in ADMINISTRATORS)
    changes.found(((first, PASSWORD), (second, PASSWORD)), now)
    proving = Proving(roll, passwords)
    maker, checker = (proving.by_password(each.number, PASSWORD, now) for each in ADMINISTRATORS)
    by = paired(maker, checker, rules.two_persons_seconds, now)
    for each in OTHERS:
        changes.add(_operator(each, place, now), by, now)
        changes.set_password(each.number, PASSWORD, by, now)


def training() -> Label:
    """Who they are and their password, for the screen of the virtual branch."""
    zh = "、".join(f"{each.number} {each.name}" for each in (*OTHERS, *ADMINISTRATORS))
    return Label("ask.training", {"people": zh, "password": PASSWORD})


def _operator(each: Invented, place: Workplace, now: datetime) -> Operator:
    held = tuple(Entitlement(role, CHANNELS, None) for role in each.roles)
    return Operator(each.number, each.name, place.branch, held, now.date())
