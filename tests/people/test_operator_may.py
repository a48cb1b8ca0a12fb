"""Who may act: by role, channel, branch, terminal, day and hour (B01, B07, B14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffed_branch import HERE, MONDAY_TEN, person

from terminal.messages import LANGUAGES, texts
from terminal.people.operator import (
    BANK_TIME,
    Allowed,
    Denied,
    Entitlement,
    Hours,
    Operator,
    WorkChannel,
    Workplace,
    from_json,
    may,
    to_json,
)
from terminal.people.roles import Role
from terminal.rules.situation import Channel

WEEK = Hours((1, 2, 3, 4, 5), time(8, 30), time(17, 30))
BOUND = Entitlement(
    Role.TELLER, (WorkChannel.COUNTER,), ("B-1",), ("T-1",), (WEEK,), valid_until=date(2026, 6, 30)
)
TELLER = person("S-1", entitlements=(BOUND,), valid_until=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("operator", "role", "at", "place", "code"),
    [
        (replace(TELLER, revoked=True), Role.TELLER, MONDAY_TEN, HERE, "people.revoked"),
        (replace(TELLER, valid_from=date(2026, 3, 3)), Role.TELLER, MONDAY_TEN, HERE, "people.not_yet_valid"),
        (replace(TELLER, valid_until=date(2026, 3, 1)), Role.TELLER, MONDAY_TEN, HERE, "people.expired"),
        (TELLER, Role.SUPERVISOR, MONDAY_TEN, HERE, "people.no_role"),
        (TELLER, Role.TELLER, datetime(2026, 7, 1, 2, tzinfo=UTC), HERE, "people.entitlement_expired"),
        (TELLER, Role.TELLER, MONDAY_TEN, replace(HERE, channel=WorkChannel.VISIT), "people.wrong_channel"),
        (TELLER, Role.TELLER, MONDAY_TEN, replace(HERE, branch="B-2"), "people.wrong_branch"),
        (TELLER, Role.TELLER, MONDAY_TEN, replace(HERE, terminal="T-2"), "people.wrong_terminal"),
        (TELLER, Role.TELLER, MONDAY_TEN - timedelta(days=1), HERE, "people.out_of_hours"),
        (TELLER, Role.TELLER, MONDAY_TEN + timedelta(hours=7, minutes=30), HERE, "people.out_of_hours"),
    ],
)
def test_each_bound_is_told_by_its_own_code(operator, role, at, place, code):
    assert isinstance(may(TELLER, Role.TELLER, MONDAY_TEN, HERE), Allowed)
    denied = may(operator, role, at, place)
    assert denied == Denied(code)
    assert denied.is_alarm == (code == "people.out_of_hours")
    for language in LANGUAGES:
        assert texts(language).knows(code)


def test_hours_begin_at_their_first_minute_and_end_before_their_last():
    opens = datetime(2026, 3, 2, 8, 30, tzinfo=BANK_TIME)
    tick = timedelta(microseconds=1)
    ends = opens + timedelta(hours=9)
    allowed = [isinstance(may(TELLER, Role.TELLER, at, HERE), Allowed) for at in
               (opens - tick, opens, ends - tick, ends)]  # fmt: skip
    assert allowed == [False, True, True, False]


def test_the_last_day_is_a_day_of_the_bank():
    """At half past midnight of the first of July in the bank it is still June in Greenwich."""
    held = replace(BOUND, hours=None)
    operator = replace(TELLER, entitlements=(held,))
    late = datetime(2026, 6, 30, 23, 59, tzinfo=BANK_TIME)
    assert isinstance(may(operator, Role.TELLER, late, HERE), Allowed)
    assert may(operator, Role.TELLER, late + timedelta(minutes=1), HERE) == Denied(
        "people.entitlement_expired"
    )


def test_the_entitlement_that_came_nearest_says_why():
    other = Entitlement(Role.TELLER, (WorkChannel.VISIT,), None)
    operator = replace(TELLER, entitlements=(other, BOUND))
    assert may(operator, Role.TELLER, MONDAY_TEN - timedelta(days=1), HERE) == Denied("people.out_of_hours")


def test_a_moment_without_a_zone_says_nothing():
    with pytest.raises(ValueError, match="zone"):
        may(TELLER, Role.TELLER, datetime(2026, 3, 2, 10, 0), HERE)


@settings(deadline=None)
@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    offset=st.integers(-12, 14),
    terminal=st.sampled_from(["T-1", "T-2"]),
    channel=st.sampled_from(list(WorkChannel)),
    role=st.sampled_from(list(Role)),
)
def test_nobody_is_allowed_outside_any_of_their_bounds(at, offset, terminal, channel, role):
    moment = at.replace(tzinfo=timezone(timedelta(hours=offset)))
    local = moment.astimezone(BANK_TIME)
    within = (
        role is Role.TELLER
        and (terminal, channel) == ("T-1", WorkChannel.COUNTER)
        and local.isoweekday() < 6
        and time(8, 30) <= local.time() < time(17, 30)
        and local.date() <= date(2026, 6, 30)
    )
    answer = may(TELLER, role, moment, Workplace("B-1", terminal, channel))
    assert isinstance(answer, Allowed) == within


def test_the_book_gives_back_the_same_operator():
    assert from_json(to_json(TELLER)) == TELLER


@pytest.mark.parametrize(
    "change",
    [
        {"number": "no number!"},
        {"name": " "},
        {"stranger": 1},
        {"entitlements": [{"role": "director", "channels": [], "branches": None}]},
    ],
)
def test_what_is_no_operator_is_not_read(change):
    with pytest.raises(ValueError):
        from_json({**to_json(TELLER), **change})


@pytest.mark.parametrize(("days", "begins", "ends"), [((), 8, 9), ((0,), 8, 9), ((8,), 8, 9), ((1,), 9, 9)])
def test_hours_that_never_hold_are_refused(days, begins, ends):
    with pytest.raises(ValueError):
        Hours(days, time(begins), time(ends))


def test_the_account_of_a_machine_is_no_person():
    assert person("K-1", Role.KIOSK).is_service
    with pytest.raises(ValueError):
        person("K-1", Role.KIOSK, Role.TELLER)


def test_every_channel_of_cases_has_somebody_who_works_in_it():
    assert {each.value for each in Channel} < {each.value for each in WorkChannel}


def test_every_role_has_its_name_in_every_language():
    for language in LANGUAGES:
        table = texts(language)
        assert all(table.knows(role.text) for role in Role)
    assert isinstance(TELLER, Operator)
