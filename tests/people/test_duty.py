"""Who is on duty at a terminal: signing in, locking, second persons; real book, real Argon2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from sync.staff_roll import StaffRoll
from sync.store import Store
from terminal.duty import NOBODY, Duty
from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Hours, WorkChannel, Workplace
from terminal.people.passwords import Passwords
from terminal.people.proof import Proving
from terminal.people.roles import Role
from terminal.people.roll import Roll
from terminal.people.session import SessionState
from terminal.people.signin import SignIn
from terminal.rules.people import PeopleRules
from terminal.rules.reading import rules_of
from terminal.rules.today import rules_today, shipped
from terminal.virtual.staff import ADMINISTRATORS, OTHERS, PASSWORD, found_staff

PLACE = Workplace("virtual", "terminal-1", WorkChannel.COUNTER)
CHEAP = {"memory_kib": 64, "passes": 1, "lanes": 1}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def rules() -> PeopleRules:
    people = rules_today().people
    return people.model_copy(update={"password": people.password.model_copy(update=CHEAP)})


@pytest.fixture
def roll(tmp_path: Path, rules: PeopleRules) -> Iterator[Roll]:
    with Store.open(tmp_path / "book.db", bytes(32)) as store:
        yield Roll(StaffRoll(store, bytes(32)), rules.lock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def on_duty(roll: Roll, rules: PeopleRules, clock: Clock, *, needed: bool = False) -> Duty:
    proving = Proving(roll, Passwords(rules.password))
    return Duty(roll, proving, SignIn(roll, rules), lambda: rules, PLACE, clock, roll_needed=needed)


@pytest.fixture
def duty(roll: Roll, rules: PeopleRules, clock: Clock) -> Duty:
    found_staff(roll, Passwords(rules.password), rules, PLACE, clock())
    return on_duty(roll, rules, clock)


def test_without_a_roll_nobody_signs_in_and_production_lets_nobody_work(
    roll: Roll, rules: PeopleRules, clock: Clock
) -> None:
    free = on_duty(roll, rules, clock)
    assert not free.required and free.number == NOBODY and free.shown == ""
    needed = on_duty(roll, rules, clock, needed=True)
    assert needed.required
    with pytest.raises(PeopleError, match=r"people\.no_roll"):
        free.second("s01", PASSWORD, ("supervisor",), ())
    with pytest.raises(PeopleError, match=r"people\.no_roll"):
        needed.enter("t01", PASSWORD)


def test_a_teller_signs_in_works_and_leaves(duty: Duty) -> None:
    assert duty.required and duty.session is None
    duty.enter("t01", PASSWORD)
    assert duty.session is not None
    assert (duty.number, duty.session.role, duty.shown) == ("t01", Role.TELLER, "白小禾 t01")
    assert PASSWORD not in repr(duty.session)
    duty.leave()
    assert duty.session is None and duty.shown == ""
    duty.leave()


@pytest.mark.parametrize(("number", "password"), [("t01", "wrong"), ("x99", PASSWORD), ("", ""), ("t01", "")])
def test_a_wrong_password_and_an_unknown_number_are_refused_alike(
    duty: Duty, number: str, password: str
) -> None:
    with pytest.raises(Refused, match=r"people\.refused"):
        duty.enter(number, password)
    assert duty.session is None


def test_who_only_reviews_cannot_make_cases(duty: Duty) -> None:
    with pytest.raises(Refused):
        duty.enter("r01", PASSWORD)
    assert duty.session is None


def test_an_idle_terminal_locks_and_only_the_same_person_opens_it(
    duty: Duty, rules: PeopleRules, clock: Clock
) -> None:
    duty.enter("t01", PASSWORD)
    clock.later(rules.session.idle_lock_seconds - 1)
    duty.touch()
    clock.later(rules.session.idle_lock_seconds - 1)
    assert duty.standing() is SessionState.OPEN
    clock.later(2)
    assert duty.standing() is SessionState.LOCKED
    duty.touch()
    assert duty.standing() is SessionState.LOCKED, "pressing keys opens nothing"
    with pytest.raises(Refused):
        duty.unlock("wrong")
    duty.unlock(PASSWORD)
    assert duty.standing() is SessionState.OPEN
    duty.lock()
    assert duty.standing() is SessionState.LOCKED
    clock.later(rules.session.idle_end_seconds)
    assert duty.standing() is None and duty.session is None


def test_a_second_person_is_another_one_with_the_role_and_does_not_take_over(duty: Duty) -> None:
    duty.enter("t01", PASSWORD)
    second = duty.second("r01", PASSWORD, ("reviewer", "supervisor"), ("t01",))
    assert (second.number, second.role) == ("r01", "reviewer")
    assert duty.number == "t01"
    for number, roles, makers, code in (
        ("t01", ("teller",), (), "people.same_person"),
        ("s01", ("supervisor",), ("t01", "s01"), "people.same_person"),
        ("r01", ("supervisor", "branch_head"), ("t01",), "people.no_role"),
    ):
        with pytest.raises(Refused, match=code):
            duty.second(number, PASSWORD, roles, makers)
    with pytest.raises(Refused, match=r"people\.refused"):
        duty.second("s01", "wrong", ("supervisor",), ())


def test_a_second_person_out_of_hours_is_refused_and_an_alarm(duty: Duty, roll: Roll) -> None:
    held = roll.find("s01")
    assert held is not None
    hours = (Hours((1, 2, 3, 4, 5), time(14), time(15)),)
    limited = replace(held, entitlements=tuple(replace(each, hours=hours) for each in held.entitlements))
    roll.put(limited, ("b01", "o01"), {"change": "changed"})
    with pytest.raises(Refused, match=r"people\.out_of_hours"):
        duty.second("s01", PASSWORD, ("supervisor",), ())


def test_a_forced_second_person_looks_like_any_other(
    duty: Duty, roll: Roll, rules: PeopleRules, clock: Clock
) -> None:
    held = Passwords(rules.password).hold(PASSWORD, "Beiwei-Anhao-77", clock())
    roll.keep("s01", held, {"why": "changed"})
    duty.enter("t01", PASSWORD)
    free = duty.second("s01", PASSWORD, ("supervisor",), ())
    forced = duty.second("s01", "Beiwei-Anhao-77", ("supervisor",), ())
    assert repr(free) == repr(forced)
    assert (free.duress, forced.duress) == (False, True)


def test_every_role_that_a_pack_names_is_one_somebody_can_hold() -> None:
    for day in ("2025-12-31", "2026-01-01"):
        pack = rules_of(shipped(), datetime.fromisoformat(day).date())
        handling = pack.handling
        named = {*handling.resolvers, *handling.refusers}
        named |= {role for each in handling.stand_ins.values() for role in each.approvers}
        named |= {
            role
            for business in pack.businesses
            for _, _, demand in pack.demands_of(business)
            for role in demand.approvers
        }
        assert named <= {role.value for role in Role}
        here = {role.value for each in (*ADMINISTRATORS, *OTHERS) for role in each.roles}
        assert named <= here, "the virtual branch has somebody for each"


def test_the_virtual_staff_is_entered_once(duty: Duty, roll: Roll, rules: PeopleRules, clock: Clock) -> None:
    before = {each.number for each in roll.people()}
    found_staff(roll, Passwords(rules.password), rules, PLACE, clock())
    assert {each.number for each in roll.people()} == before == {"b01", "o01", "t01", "r01", "s01"}
