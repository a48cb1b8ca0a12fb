"""A branch with a real book, a roll in it, and people to be on it. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sync.staff_roll import StaffRoll
from sync.store import Store
from terminal.people.changes import Changes
from terminal.people.operator import Entitlement, Operator, WorkChannel, Workplace
from terminal.people.pair import Pair, paired
from terminal.people.passwords import Passwords
from terminal.people.proof import Proof, Proving, Way
from terminal.people.roles import Role
from terminal.people.roll import Roll
from terminal.people.signin import SignIn
from terminal.rules.people import PeopleRules

MONDAY_TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten o'clock on a Monday morning by the bank's clock."""
HERE = Workplace("B-1", "T-1", WorkChannel.COUNTER)
CENTRE = Workplace("B-0", "T-0", WorkChannel.REMOTE)
GOOD = {"S-9001": "blue kettle rains 7", "S-9002": "quiet pepper moon 3"}


def person(number: str, *roles: Role, name: str = "测试", **more: object) -> Operator:
    held = tuple(Entitlement(role, (WorkChannel.COUNTER,), None) for role in roles)
    return Operator(number, name, "B-1", **{"entitlements": held, "valid_from": date(2026, 1, 1), **more})


def proof_of(number: str, at: datetime = MONDAY_TEN, *, duress: bool = False) -> Proof:
    return Proof(number, Way.FACE, at, duress=duress)


@dataclass
class Clock:
    """A clock that goes when told."""

    now: datetime = MONDAY_TEN

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass
class Branch:
    """A roll with two administrators on it, and all that works with it."""

    store: Store
    kept: StaffRoll
    rules: PeopleRules
    clock: Clock
    roll: Roll = field(init=False)
    passwords: Passwords = field(init=False)
    proving: Proving = field(init=False)
    changes: Changes = field(init=False)
    sign_in: SignIn = field(init=False)

    def __post_init__(self) -> None:
        self.roll = Roll(self.kept, self.rules.lock)
        self.passwords = Passwords(self.rules.password)
        self.proving = Proving(self.roll, self.passwords)
        self.changes = Changes(self.roll, self.passwords, self.rules, HERE)
        self.sign_in = SignIn(self.roll, self.rules)

    def begin(self) -> None:
        first, second = (person(number, Role.OPERATIONS) for number in GOOD)
        self.changes.found(((first, GOOD["S-9001"]), (second, GOOD["S-9002"])), self.clock())

    def two(self, maker: str = "S-9001", checker: str = "S-9002", *, duress: bool = False) -> Pair:
        now = self.clock()
        first, second = proof_of(maker, now), proof_of(checker, now, duress=duress)
        return paired(first, second, self.rules.two_persons_seconds, now)

    def enter(self, operator: Operator, password: str | None = None) -> Operator:
        self.changes.add(operator, self.two(), self.clock())
        if password is not None:
            self.changes.set_password(operator.number, password, self.two(), self.clock())
        return operator

    def log(self) -> list[tuple[str, dict[str, object]]]:
        return [(line.kind, dict(self.store.body(line.seq) or {})) for line in self.store.lines()]
