"""Signing in: the lock holds, strangers learn nothing, alarms, duress, one session each (B04–B07, Q05)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffed_branch import GOOD, HERE, MONDAY_TEN, person, proof_of

from models.api import Answer
from sync.staff_row import Try, TryOutcome
from terminal.people.changes import Departure
from terminal.people.errors import PeopleError, Refused
from terminal.people.lock import locked_until
from terminal.people.operator import Entitlement, Hours, WorkChannel, Workplace
from terminal.people.proof import Fallback, Way
from terminal.people.roles import Role
from terminal.people.session import Session, Sessions, SessionState, locked, state, unlocked, used
from terminal.rules.people import LockRules, SessionRules
from terminal.staff import Identified

PASSWORD, FORCED = "nine herons fly by", "old green lantern"
RULES = SessionRules(
    idle_lock_seconds=180, idle_end_seconds=1800, longest_hours=12, elsewhere="refuse"
)  # fmt: skip


@pytest.fixture
def teller(branch):
    branch.enter(person("S-1", Role.TELLER, name="王小明"), PASSWORD)
    branch.changes.change_own(proof_of("S-1"), PASSWORD + "!", FORCED, branch.clock())
    return "S-1"


def refused(call, *arguments):
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value.code


def found(number):
    answer = Answer.MATCH if number else Answer.NO_MATCH
    return Identified(answer, number, 0.7, 0.5, 3, 0.001)


def test_the_lock_holds_against_the_right_password_and_over_a_restart(branch, teller):
    tries, now = branch.rules.lock.tries, branch.clock
    for _ in range(tries - 1):
        assert refused(branch.proving.by_password, teller, "wrong", now()) == "people.refused"
    with pytest.raises(Refused, match=r"people\.locked") as caught:
        branch.proving.by_password(teller, "wrong", now())
    assert caught.value.facts == {"until": "2026-03-02 10:30"}
    fresh = type(branch)(branch.store, branch.kept, branch.rules, branch.clock)
    now.pass_(minutes=branch.rules.lock.minutes - 1)
    for password in (PASSWORD + "!", FORCED, "wrong"):
        assert refused(fresh.proving.by_password, teller, password, now()) == "people.locked"
    assert refused(fresh.proving.by_body, found(teller), Way.FACE, now()) == "people.locked"
    now.pass_(minutes=1)
    assert refused(fresh.proving.by_password, teller, "wrong", now()) == "people.locked"
    now.pass_(minutes=branch.rules.lock.minutes)
    assert fresh.proving.by_password(teller, PASSWORD + "!", now()).person == teller
    assert refused(fresh.proving.by_password, teller, "wrong", now()) == "people.refused"
    assert branch.store.verify().sound, str(branch.store.verify())


def test_two_administrators_lift_a_lock(branch, teller):
    for _ in range(branch.rules.lock.tries):
        refused(branch.proving.by_password, teller, "wrong", branch.clock())
    branch.changes.unlock(teller, branch.two(), branch.clock())
    assert branch.proving.by_password(teller, PASSWORD + "!", branch.clock()).way is Way.PASSWORD


@settings(deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=12), st.integers(1, 8), st.integers(0, 5000))
def test_so_many_wrong_tries_lock_for_so_long(seconds, tries, now):
    rules = LockRules(tries=tries, minutes=10)
    wrong = [Try(TryOutcome.REFUSED, MONDAY_TEN + timedelta(seconds=each)) for each in sorted(seconds)]
    until = locked_until(wrong, rules)
    moment = MONDAY_TEN + timedelta(seconds=now)
    is_locked = until is not None and moment < until
    assert is_locked == (len(seconds) >= tries and now < max(seconds, default=0) + 600)


def test_whoever_is_not_known_is_told_the_same_and_what_was_typed_is_kept_nowhere(branch, teller):
    branch.enter(person("K-1", Role.KIOSK))
    for number in ("S-404", "my secret by mistake", "K-1", " "):
        assert refused(branch.proving.by_password, number, PASSWORD, branch.clock()) == "people.refused"
        kind, body = branch.log()[-1]
        assert (kind, body) == ("operator.unknown", {"way": "password"})
    assert "mistake" not in str(branch.log())


def test_a_number_typed_with_blanks_is_the_number(branch, teller):
    assert branch.proving.by_password(f" {teller} ", PASSWORD + "!", branch.clock()).person == teller


def test_signing_in_by_face_asks_the_roll(branch, teller):
    assert branch.proving.by_body(found(teller), Way.FACE, branch.clock()).way is Way.FACE
    for stranger in (None, "S-404"):
        assert refused(branch.proving.by_body, found(stranger), Way.FACE, branch.clock()) == (
            "people.not_recognised"
        )


def test_a_password_in_place_of_the_body_is_noted_with_the_reason(branch, teller):
    branch.proving.by_password(teller, PASSWORD + "!", branch.clock(), Fallback.NOT_RECOGNISED)
    assert branch.log()[-1] == (
        "operator.admitted",
        {"person": teller, "way": "password", "why": "not_recognised", "grade": 1},
    )


def test_under_duress_everything_looks_the_same_but_the_alarm(branch, teller):
    now, logs, shown = branch.clock(), [], []
    for password in (PASSWORD + "!", FORCED):
        before = len(branch.log())
        proof = branch.proving.by_password(teller, password, now)
        session, _ = branch.sign_in.enter(proof, Role.TELLER, HERE, Sessions(), now)
        assert session.duress == (password == FORCED)
        shown.append(repr(replace(session, id="")) + repr(proof))
        logs.append(branch.log()[before:])
    assert shown[0] == shown[1]
    plain, forced = (json.dumps([[kind, sorted(body)] for kind, body in each]) for each in logs)
    assert plain == forced
    assert [[body["grade"] for _, body in each] for each in logs] == [[1, 1], [2, 2]]
    assert "duress" not in str(logs)


def test_out_of_hours_is_refused_and_told(branch):
    hours = (Hours((1, 2, 3, 4, 5), time(8), time(18)),)
    held = (Entitlement(Role.TELLER, (WorkChannel.COUNTER,), None, None, hours),)
    branch.enter(person("S-1", entitlements=held), PASSWORD)
    sunday = branch.clock.pass_(days=6)
    proof = proof_of("S-1", sunday)
    enter = branch.sign_in.enter
    assert refused(enter, proof, Role.TELLER, HERE, Sessions(), sunday) == "people.out_of_hours"
    kind, body = branch.log()[-1]
    assert (kind, body["person"], body["terminal"]) == ("operator.alarm", "S-1", "T-1")
    assert refused(enter, proof, Role.SUPERVISOR, HERE, Sessions(), sunday) == "people.no_role"
    assert branch.log()[-1][0] == "operator.not_entitled"


def test_an_old_proof_opens_nothing(branch, teller):
    late = MONDAY_TEN + timedelta(seconds=branch.rules.approvals.proof_seconds + 1)
    for proof, now in (
        (proof_of(teller), late),
        (proof_of(teller, late), MONDAY_TEN),
        (proof_of("S-404"), MONDAY_TEN),
    ):
        code = refused(branch.sign_in.enter, proof, Role.TELLER, HERE, Sessions(), now)
        assert code == "people.proof_too_old"


def test_signing_out_is_noted(branch, teller):
    now = branch.clock()
    session, held = branch.sign_in.enter(proof_of(teller), Role.TELLER, HERE, Sessions(), now)
    assert held.of(teller) == held.at("T-1") == session
    assert branch.sign_in.leave(session, held).held == ()
    assert [kind for kind, _ in branch.log()[-2:]] == ["operator.signed_in", "operator.signed_out"]
    assert set(GOOD) & {body.get("person") for _, body in branch.log()[-2:]} == set()


def test_whoever_may_no_longer_is_signed_out(branch, teller):
    now = branch.clock()
    _, held = branch.sign_in.enter(proof_of(teller), Role.TELLER, HERE, Sessions(), now)
    assert branch.sign_in.looked_after(held, now) == held
    branch.changes.revoke(teller, Departure.SUSPENDED, branch.two(), now)
    assert branch.sign_in.looked_after(held, now).held == ()
    kind, body = branch.log()[-1]
    assert (kind, body["how"]) == ("operator.signed_out", "people.revoked")


def test_whoever_forgot_to_sign_out_is_signed_out(branch, teller):
    _, held = branch.sign_in.enter(proof_of(teller), Role.TELLER, HERE, Sessions(), branch.clock())
    late = branch.clock.pass_(seconds=branch.rules.session.idle_end_seconds)
    assert branch.sign_in.looked_after(held, late).held == ()
    assert branch.log()[-1][1]["how"] == "people.session_ended"


def session_at(terminal="T-1", number="S-1", began=MONDAY_TEN):
    place = Workplace("B-1", terminal, WorkChannel.COUNTER)
    return Session(f"{number}@{terminal}", number, Role.TELLER, place, Way.FACE, began, began)


@pytest.mark.parametrize(
    ("seconds", "standing"),
    [
        (0, "open"),
        (179, "open"),
        (-179, "open"),
        (180, "locked"),
        (-180, "locked"),
        (1799, "locked"),
        (1800, "ended"),
    ],
)
def test_a_session_locks_then_ends(seconds, standing):
    assert state(session_at(), RULES, MONDAY_TEN + timedelta(seconds=seconds)) == SessionState(standing)


def test_use_prolongs_a_session_but_not_for_ever():
    session, now = session_at(), MONDAY_TEN
    for _ in range(12 * 60 - 1):
        now += timedelta(seconds=60)
        session = used(session, RULES, now)
    assert refused(used, session, RULES, now + timedelta(seconds=60)) == "people.session_ended"


def test_only_the_same_person_opens_a_locked_session():
    session, now = locked(session_at()), MONDAY_TEN + timedelta(seconds=10)
    assert refused(used, session, RULES, now) == "people.session_locked"
    assert refused(unlocked, session, proof_of("S-2", now), RULES, now) == "people.not_yours"
    assert refused(unlocked, session, proof_of("S-1", MONDAY_TEN - timedelta(hours=1)), RULES, now) == (
        "people.proof_too_old"
    )
    opened = unlocked(session, proof_of("S-1", now, duress=True), RULES, now)
    assert (opened.is_locked, opened.duress, opened.used) == (False, True, now)
    late = MONDAY_TEN + timedelta(hours=1)
    assert refused(unlocked, session, proof_of("S-1", late), RULES, late) == "people.session_ended"


def test_a_second_sign_in_elsewhere_is_refused_or_closes_the_first():
    held = Sessions((session_at("T-1"),))
    with pytest.raises(PeopleError) as caught:
        held.admit(session_at("T-2"), RULES, MONDAY_TEN)
    assert caught.value.code == "people.signed_in_elsewhere"
    closing = RULES.model_copy(update={"elsewhere": "close"})
    after = held.admit(session_at("T-2"), closing, MONDAY_TEN)
    assert [each.place.terminal for each in after.held] == ["T-2"]
    assert held.closed_by(after) == held.held


def test_a_terminal_in_use_is_not_taken_and_a_locked_one_is():
    held = Sessions((session_at(number="S-1"),))
    with pytest.raises(PeopleError) as caught:
        held.admit(session_at(number="S-2"), RULES, MONDAY_TEN)
    assert caught.value.code == "people.terminal_taken"
    after = held.put(locked(held.held[0])).admit(session_at(number="S-2"), RULES, MONDAY_TEN)
    assert [each.person for each in after.held] == ["S-2"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("123"), st.integers(0, 900), st.booleans()),
        max_size=15,
    ),
    st.sampled_from(["refuse", "close"]),
)
def test_one_person_one_session_and_one_terminal_one_person(attempts, elsewhere):
    rules = RULES.model_copy(update={"elsewhere": elsewhere})
    held, now = Sessions(), MONDAY_TEN
    for who, where, later, locks in attempts:
        now += timedelta(seconds=later)
        session = session_at(where, who, now)
        try:
            held = held.admit(session, rules, now)
        except PeopleError:
            continue
        if locks:
            held = held.put(locked(session))
        assert len({each.person for each in held.held}) == len(held.held)
        assert len({each.place.terminal for each in held.held}) == len(held.held)
