"""The desk holds demands, notes both sides of every answer, and hands out each end once (B08, B12, Q05)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from staffed_branch import CENTRE, HERE, MONDAY_TEN, person, proof_of

from terminal.people.approvals import Standing, Word, standing
from terminal.people.desk import Desk
from terminal.people.errors import PeopleError
from terminal.people.operator import Entitlement, WorkChannel
from terminal.people.proof import Way
from terminal.people.roles import Role
from terminal.people.session import Session


@pytest.fixture
def desk(branch):
    branch.enter(person("S-1", Role.TELLER, Role.SUPERVISOR))
    branch.enter(person("S-11", Role.SUPERVISOR))
    remote = (Entitlement(Role.OPERATIONS, (WorkChannel.REMOTE,), None),)
    branch.enter(person("S-14", entitlements=remote))
    return Desk(branch.roll, branch.rules.approvals)


def maker(number="S-1", *, duress=False):
    return Session(number, number, Role.TELLER, HERE, Way.FACE, MONDAY_TEN, MONDAY_TEN, duress=duress)


def after(seconds):
    return MONDAY_TEN + timedelta(seconds=seconds)


def test_a_demand_is_answered_by_somebody_else_and_both_are_noted(desk, branch):
    asked = desk.ask("override", "case-1 card.doubt", (maker(),), MONDAY_TEN)
    assert desk.waiting("S-1", HERE, after(1)) == ()
    (waiting,) = desk.waiting("S-11", HERE, after(1))
    assert (waiting.approval, waiting.role) == (asked, Role.SUPERVISOR)
    with pytest.raises(PeopleError, match=r"approval\.maker"):
        desk.answer(asked.id, proof_of("S-1", after(1)), HERE, Word.GRANT, "rule_met", after(1))
    desk.answer(asked.id, proof_of("S-11", after(2)), HERE, Word.GRANT, "rule_met", after(2))
    (ended,) = desk.ended(after(3))
    assert standing(ended, after(3)) is Standing.GRANTED
    assert desk.ended(after(4)) == ()
    lines = [(kind, body["makers"]) for kind, body in branch.log() if kind.startswith("approval.")]
    assert lines == [(f"approval.{each}", ["S-1"]) for each in ("asked", "answered", "ended")]
    assert branch.log()[-1][1]["granted_by"] == ["S-11"]
    with pytest.raises(PeopleError, match=r"approval\.over"):
        desk.answer(asked.id, proof_of("S-14", after(5)), CENTRE, Word.REFUSE, "suspicion", after(5))


def test_the_centre_takes_over_when_nobody_answers_and_then_it_expires(desk):
    desk.ask("override", "case-1 card.doubt", (maker(),), MONDAY_TEN)
    assert desk.waiting("S-14", CENTRE, after(299)) == ()
    assert [each.is_escalated for each in desk.waiting("S-14", CENTRE, after(300))] == [True]
    assert desk.ended(after(899)) == ()
    (ended,) = desk.ended(after(900))
    assert standing(ended, after(900)) is Standing.EXPIRED


def test_whoever_was_taken_off_the_roll_meanwhile_does_not_answer(desk, branch):
    from terminal.people.changes import Departure

    asked = desk.ask("override", "case-1 card.doubt", (maker(),), MONDAY_TEN)
    branch.changes.revoke("S-11", Departure.SUSPENDED, branch.two(), MONDAY_TEN)
    assert desk.waiting("S-11", HERE, MONDAY_TEN) == ()
    with pytest.raises(PeopleError, match=r"people\.revoked"):
        desk.answer(asked.id, proof_of("S-11"), HERE, Word.GRANT, "rule_met", MONDAY_TEN)


def test_high_value_asked_for_under_duress_is_never_granted_and_looks_the_same(desk, branch):
    logs = []
    for forced in (False, True):
        before = len(branch.log())
        asked = desk.ask("amount", "case-1", (maker(duress=forced),), MONDAY_TEN, amount=Decimal(1))
        given = desk.answer(asked.id, proof_of("S-11"), HERE, Word.GRANT, "rule_met", MONDAY_TEN)
        assert standing(given, MONDAY_TEN) is (Standing.PENDING if forced else Standing.GRANTED)
        logs.append([(kind, sorted(body)) for kind, body in branch.log()[before:]])
    assert logs[0] == logs[1]


def test_nobody_asks_in_nobodys_name(desk):
    with pytest.raises(PeopleError, match=r"approval\.no_maker"):
        desk.ask("override", "case-1", (), MONDAY_TEN)
