"""Overrides: never of a hard rule, never alone, counted for every operator (A09, A10, B09)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from staffed_branch import HERE, MONDAY_TEN, person, proof_of

from terminal.people.approvals import Approver, Word, answer, ask
from terminal.people.errors import PeopleError
from terminal.people.overrides import (
    LADDER,
    Override,
    Refusal,
    Served,
    about,
    conspicuous,
    may_override,
    override,
    tally,
)
from terminal.people.roles import Role

SUPERVISOR = person("S-11", Role.SUPERVISOR)


def demand(section, case="case-1", finding="card.doubt.sex", kind=LADDER):
    return ask("A-1", kind, about(case, finding), ("S-1",), HERE, section.approvals, MONDAY_TEN)


def granted(section, **more):
    by = Approver(SUPERVISOR, HERE, proof_of("S-11"))
    return answer(demand(section, **more), by, Word.GRANT, "original_seen", section.approvals, MONDAY_TEN)


def test_a_granted_override_names_who_and_why(section):
    made = override("case-1", "card.doubt.sex", "photo_old", granted(section), section.overrides, MONDAY_TEN)
    assert made.line() == {
        "case_id": "case-1",
        "finding": "card.doubt.sex",
        "reason": "photo_old",
        "operator": "S-1",
        "approvers": ["S-11"],
    }


def test_what_cannot_be_overridden_is_refused(section):
    def code(finding="card.doubt.sex", reason="photo_old", approval=None, case="case-1"):
        with pytest.raises(PeopleError) as caught:
            override(case, finding, reason, approval or granted(section), section.overrides, MONDAY_TEN)
        return caught.value.code

    assert code(finding="card.not_genuine") == "override.hard"
    assert code(reason="the manager said so") == "override.reason"
    assert code(approval=demand(section)) == "override.not_granted"
    assert code(approval=granted(section, kind="refusal")) == "override.not_granted"
    assert code(case="case-2") == "override.other_case"
    assert code(finding="card.doubt.name") == "override.other_case"


@pytest.mark.parametrize(
    ("finding", "soft"),
    [
        ("card.doubt", True),
        ("card.doubt.sex", True),
        ("card.doubtful", False),
        ("card", False),
        ("match.no_match", False),
    ],
)
def test_only_listed_findings_are_soft(section, finding, soft):
    assert may_override(finding, section.overrides) == soft


def event(days, operator="S-1", reason="photo_old", approvers=("S-11",)):
    at = MONDAY_TEN + timedelta(days=days)
    return Override("case", "card.doubt", operator, approvers, reason, at)


def test_a_period_is_tallied_by_operator():
    until = MONDAY_TEN + timedelta(days=7)
    events = [
        event(-1),
        event(0),
        event(3, reason="injury"),
        event(6, operator="S-2"),
        event(7),
        Refusal("S-1", "doubt_remains", MONDAY_TEN),
        *(Served("S-1", MONDAY_TEN + timedelta(hours=each)) for each in range(10)),
    ]
    found = {each.operator: each for each in tally(events, MONDAY_TEN, until)}
    assert list(found) == ["S-1", "S-11", "S-2"]
    one = found["S-1"]
    assert (one.cases, one.overrides, one.refusals) == (10, 2, 1)
    assert (one.override_rate, one.refusal_rate) == (0.2, 0.1)
    assert one.reasons == {"doubt_remains": 1, "injury": 1, "photo_old": 1}
    assert (found["S-11"].approved, found["S-11"].override_rate) == (3, None)


def test_many_overrides_of_one_operator_are_told(section):
    rules = section.overrides
    many = [event(-each) for each in range(rules.alarm_count)]
    assert conspicuous(many, rules, MONDAY_TEN) == ("S-1",)
    assert conspicuous(many[1:], rules, MONDAY_TEN) == ()
    assert conspicuous(many, rules, MONDAY_TEN + timedelta(days=rules.alarm_days)) == ()
