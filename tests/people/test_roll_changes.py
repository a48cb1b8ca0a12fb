"""The roll is changed by two administrators, never by whom it is about, and says so (B02, B06, B12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffed_branch import GOOD, MONDAY_TEN, person, proof_of

from sync.errors import Damaged
from terminal.people.changes import Departure
from terminal.people.errors import PeopleError, Refused
from terminal.people.pair import paired
from terminal.people.roles import Role

NEW = "seven foxes swim"


def code_of(call, *arguments):
    with pytest.raises(PeopleError) as caught:
        call(*arguments)
    return caught.value.code


def test_the_first_two_enter_together_and_once(empty):
    assert not empty.roll.has_begun()
    empty.begin()
    assert [each.number for each in empty.roll.people()] == list(GOOD)
    third, fourth = person("S-3", Role.OPERATIONS), person("S-4", Role.OPERATIONS)
    assert code_of(empty.changes.found, ((third, NEW), (fourth, NEW)), empty.clock()) == "people.begun"
    assert empty.store.verify().sound, str(empty.store.verify())


def test_a_founding_that_was_cut_off_can_be_done_again(empty):
    """The power goes after the first password was kept."""
    first, second = (person(number, Role.OPERATIONS) for number in GOOD)
    by = (first.number, second.number)
    empty.roll.put(first, by, {})
    empty.roll.put(second, by, {})
    empty.roll.keep(first.number, empty.passwords.hold(GOOD["S-9001"], None, MONDAY_TEN), {})
    empty.begin()
    assert empty.roll.has_begun()
    assert empty.proving.by_password("S-9002", GOOD["S-9002"], MONDAY_TEN).person == "S-9002"


@pytest.mark.parametrize(
    ("numbers", "role", "password", "code"),
    [
        (("S-1", "S-1"), Role.OPERATIONS, NEW, "people.same_person"),
        (("S-1", "S-2"), Role.TELLER, NEW, "people.not_administrator"),
        (("S-1", "S-2"), Role.OPERATIONS, "short", "people.password_short"),
    ],
)
def test_a_founding_is_whole_or_nothing(empty, numbers, role, password, code):
    people = tuple((person(number, role), password) for number in numbers)
    assert code_of(empty.changes.found, people, empty.clock()) == code
    assert empty.roll.people() == ()


def test_every_change_names_maker_and_checker(branch):
    teller = branch.enter(person("S-1", Role.TELLER, name="王小明"), NEW)
    branch.changes.change(replace(teller, branch="B-2"), branch.two(), branch.clock())
    branch.changes.unlock("S-1", branch.two("S-9002", "S-9001"), branch.clock())
    branch.changes.revoke("S-1", Departure.LEFT, branch.two(), branch.clock())
    told = [body for _, body in branch.log() if body.get("person") == "S-1"]
    assert [each.get("change") for each in told] == ["added", None, "changed", None, "revoked"]
    assert all({each["maker"], each["checker"]} == set(GOOD) for each in told)
    assert told[-1]["why"] == "left"
    assert "王小明" not in str(branch.log())
    assert NEW not in str(branch.log())
    assert branch.store.verify().sound, str(branch.store.verify())


def test_nobody_changes_their_own_entry(branch):
    own = branch.roll.find("S-9001")
    assert own is not None
    richer = replace(own, entitlements=(*own.entitlements, *person("x", Role.BRANCH_HEAD).entitlements))
    assert code_of(branch.changes.change, richer, branch.two(), branch.clock()) == "people.own_entry"
    assert code_of(branch.changes.unlock, "S-9002", branch.two(), branch.clock()) == "people.own_entry"


def test_only_administrators_change_and_only_within_their_time(branch):
    branch.enter(person("S-1", Role.TELLER))
    add = branch.changes.add
    assert code_of(add, person("S-2"), branch.two("S-1", "S-9002"), branch.clock()) == (
        "people.not_administrator"
    )
    two = branch.two()
    branch.clock.pass_(seconds=branch.rules.two_persons_seconds + 1)
    assert code_of(add, person("S-2"), two, branch.clock()) == "people.pair_too_late"


def test_a_person_taken_off_the_roll_proves_nothing_and_the_number_is_spent(branch):
    branch.enter(person("S-1", Role.TELLER), NEW)
    assert branch.proving.by_password("S-1", NEW, branch.clock()).person == "S-1"
    branch.changes.revoke("S-1", Departure.SUSPENDED, branch.two(), branch.clock())
    assert branch.roll.held("S-1") is None
    assert code_of(branch.proving.by_password, "S-1", NEW, branch.clock()) == "people.refused"
    again = person("S-1", Role.TELLER)
    assert code_of(branch.changes.add, again, branch.two(), branch.clock()) == "people.number_used"
    assert code_of(branch.changes.change, again, branch.two(), branch.clock()) == "people.revoked"
    assert code_of(branch.changes.unlock, "S-404", branch.two(), branch.clock()) == "people.unknown"


def test_two_administrators_with_a_password_remain(branch):
    head = branch.enter(person("S-3", Role.BRANCH_HEAD), NEW)
    branch.enter(person("S-5", Role.OPERATIONS))
    now, leave = branch.clock(), branch.changes.revoke
    leave("S-9001", Departure.MOVED, branch.two("S-3", "S-9002"), now)
    branch.changes.add(person("S-4", Role.BRANCH_HEAD), branch.two("S-3", "S-9002"), now)
    for by, gone in ((("S-3", "S-4"), "S-9002"), (("S-9002", "S-4"), "S-3")):
        assert code_of(leave, gone, Departure.LEFT, branch.two(*by), now) == "people.last_administrators"
    for less in (
        replace(head, valid_until=date(2026, 3, 1)),
        replace(head, entitlements=person("x", Role.TELLER).entitlements),
        replace(head, entitlements=(replace(head.entitlements[0], valid_until=date(2026, 3, 1)),)),
    ):
        two = branch.two("S-9002", "S-4")
        assert code_of(branch.changes.change, less, two, now) == "people.last_administrators"
    branch.changes.set_password("S-4", NEW + "!", branch.two("S-3", "S-9002"), now)
    leave("S-9002", Departure.LEFT, branch.two("S-3", "S-4"), now)


def test_roles_that_must_be_apart_stay_apart(branch):
    both = person("S-1", Role.INSPECTOR, Role.TELLER)
    assert code_of(branch.changes.add, both, branch.two(), branch.clock()) == "people.roles_apart"


def test_a_machine_gets_no_password(branch):
    branch.enter(person("K-1", Role.KIOSK))
    call = branch.changes.set_password
    assert code_of(call, "K-1", NEW, branch.two(), branch.clock()) == "people.service_account"


def test_an_own_new_password_keeps_the_duress_password_unless_told(branch):
    branch.enter(person("S-1", Role.TELLER), NEW)
    now, own = branch.clock(), branch.changes.change_own
    own(proof_of("S-1"), "nine herons fly by", "old green lantern", now)
    own(proof_of("S-1"), "ten otters dive in", None, now)
    assert branch.proving.by_password("S-1", "old green lantern", now).duress
    assert not branch.proving.by_password("S-1", "ten otters dive in", now).duress
    for used in ("ten otters dive in", "old green lantern"):
        assert code_of(own, proof_of("S-1"), used, None, now) == "people.password_used"
    assert code_of(own, proof_of("S-1"), "five geese walk", "five geese wall", now) == "people.password_near"
    assert code_of(own, proof_of("S-1"), "five geese walk", "short", now) == "people.password_short"
    late = now + timedelta(seconds=branch.rules.two_persons_seconds + 1)
    assert code_of(own, proof_of("S-1"), "five geese walk", None, late) == "people.proof_too_old"
    branch.changes.set_password("S-1", "six wolves rest", branch.two(), now)
    assert code_of(branch.proving.by_password, "S-1", "old green lantern", now) == "people.refused"


def test_whoever_is_forced_changes_nothing_and_is_not_told_why(branch):
    forced = branch.two(duress=True)
    assert code_of(branch.changes.add, person("S-1"), forced, branch.clock()) == "people.later"
    assert branch.roll.find("S-1") is None
    own = proof_of("S-9001", duress=True)
    assert code_of(branch.changes.change_own, own, NEW, None, branch.clock()) == "people.later"
    kind, body = branch.log()[-1]
    assert (kind, body) == ("operator.put_off", {"people": ["S-9001"]})


def test_a_row_of_the_roll_that_is_no_operator_is_damage(branch):
    branch.kept.put("S-1", {"name": "王小明"}, ("S-9001", "S-9002"), {})
    with pytest.raises(Damaged) as caught:
        branch.roll.find("S-1")
    assert (caught.value.code, "王小明" in str(caught.value)) == ("operator.unreadable", False)


@settings(deadline=None)
@given(
    first=st.sampled_from(["S-1", "S-2"]),
    second=st.sampled_from(["S-1", "S-2"]),
    seconds=st.tuples(st.floats(-100, 300), st.floats(-100, 300)),
)
def test_a_pair_is_two_people_in_time_or_nothing(first, second, seconds):
    ago = [MONDAY_TEN - timedelta(seconds=each) for each in seconds]
    good = first != second and all(0 <= (MONDAY_TEN - each).total_seconds() <= 120 for each in ago)
    proofs = [proof_of(number, at) for number, at in zip((first, second), ago, strict=True)]
    if good:
        pair = paired(*proofs, 120, MONDAY_TEN)
        assert pair.numbers == (first, second)
        assert not pair.duress
    else:
        with pytest.raises(Refused):
            paired(*proofs, 120, MONDAY_TEN)
