"""Approvals: escalation, who may answer, two levels by two people, duress (B02, B03, B05, B08, M07, P05)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from staffed_branch import CENTRE, HERE, MONDAY_TEN, person, proof_of

from terminal.messages import LANGUAGES, texts
from terminal.people.approvals import (
    Approver,
    Standing,
    Word,
    answer,
    answered_line,
    ask,
    asked_line,
    eligible,
    ended_line,
    last_end,
    stage,
    standing,
)
from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Allowed, Denied, Entitlement, Hours, WorkChannel, Workplace
from terminal.people.queue import waiting_for
from terminal.people.roles import Role
from terminal.rules.people import LadderRule
from terminal.rules.situation import Risk

ELSEWHERE = Workplace("B-2", "T-9", WorkChannel.COUNTER)
ANYWHERE = (WorkChannel.COUNTER, WorkChannel.REMOTE)


def staff(number, *roles, **more):
    held = tuple(Entitlement(role, ANYWHERE, None) for role in roles)
    return person(number, entitlements=held, **more)


def after(seconds):
    return MONDAY_TEN + timedelta(seconds=seconds)


def demand(section, kind="override", **more):
    return ask("A-1", kind, "case-1 card.doubt", ("S-1", "S-2"), HERE, section.approvals, MONDAY_TEN, **more)


def said(approval, who, section, *, word=Word.GRANT, place=HERE, seconds=0.0, ground=None, duress=False):
    now = after(seconds)
    given = ground or ("rule_met" if word is Word.GRANT else "doubt_remains")
    by = Approver(who, place, proof_of(who.number, now, duress=duress))
    return answer(approval, by, word, given, section.approvals, now)


def refused(call, *arguments, **more):
    with pytest.raises(PeopleError) as caught:
        call(*arguments, **more)
    return caught.value.code


SUPERVISOR = staff("S-11", Role.SUPERVISOR)
OTHER_SUPERVISOR = staff("S-12", Role.SUPERVISOR)
HEAD = staff("S-13", Role.BRANCH_HEAD)
OPERATIONS = staff("S-14", Role.OPERATIONS)
SENIOR = staff("S-15", Role.SENIOR_MANAGEMENT)


def test_a_supervisor_at_lunch_blocks_nobody(section):
    """The circle widens: own supervisor, then other branches, then the centre; then it ends."""
    asked = demand(section)
    reach = [
        (0, {"S-11"}),
        (119, {"S-11"}),
        (120, {"S-11", "S-12", "S-13"}),
        (299, {"S-11", "S-12", "S-13"}),
        (300, {"S-11", "S-12", "S-13", "S-14"}),
        (899, {"S-11", "S-12", "S-13", "S-14"}),
        (900, set()),
    ]
    people = [(SUPERVISOR, HERE), (OTHER_SUPERVISOR, ELSEWHERE), (HEAD, ELSEWHERE), (OPERATIONS, CENTRE)]
    for seconds, numbers in reach:
        able = {who.number for who, place in people
                if isinstance(eligible(asked, who, place, after(seconds)), Allowed)}  # fmt: skip
        assert able == numbers, seconds
    assert standing(asked, after(899)) is Standing.PENDING
    assert standing(asked, after(900)) is Standing.EXPIRED
    assert last_end(asked) == after(900)


def test_a_grant_and_a_refusal_end_it(section):
    asked = demand(section)
    granted = said(asked, SUPERVISOR, section, seconds=30)
    assert standing(granted, after(10_000)) is Standing.GRANTED
    denied = said(asked, SUPERVISOR, section, word=Word.REFUSE, seconds=30)
    assert standing(denied, after(10_000)) is Standing.REFUSED
    for over in (granted, denied):
        assert eligible(over, OTHER_SUPERVISOR, HERE, after(31)) == Denied("approval.over")


@pytest.mark.parametrize(
    ("who", "place", "code"),
    [
        (staff("S-1", Role.SUPERVISOR), HERE, "approval.maker"),
        (staff("S-2", Role.SUPERVISOR, Role.OPERATIONS), HERE, "approval.maker"),
        (staff("S-20", Role.TELLER), HERE, "approval.not_asked"),
        (OTHER_SUPERVISOR, ELSEWHERE, "approval.not_asked"),
        (replace(SUPERVISOR, revoked=True), HERE, "people.revoked"),
        (replace(SUPERVISOR, valid_until=date(2026, 3, 1)), HERE, "people.expired"),
        (SUPERVISOR, replace(HERE, channel=WorkChannel.KIOSK), "people.wrong_channel"),
    ],
)
def test_whoever_is_not_entitled_does_not_answer(section, who, place, code):
    assert eligible(demand(section), who, place, MONDAY_TEN) == Denied(code)
    assert refused(said, demand(section), who, section, place=place) == code


def test_nobody_answers_out_of_hours(section):
    hours = (Hours((1,), time(13), time(18)),)
    held = (Entitlement(Role.SUPERVISOR, ANYWHERE, None, None, hours),)
    denied = eligible(demand(section), person("S-11", entitlements=held), HERE, MONDAY_TEN)
    assert isinstance(denied, Denied) and denied.is_alarm


def test_a_proof_must_be_the_approvers_own_and_fresh(section):
    asked, now = demand(section), after(61)
    for proof in (proof_of("S-12", now), proof_of("S-11", MONDAY_TEN), proof_of("S-11", after(62))):
        by = Approver(SUPERVISOR, HERE, proof)
        assert refused(answer, asked, by, Word.GRANT, "rule_met", section.approvals, now) == "approval.proof"


@pytest.mark.parametrize(
    ("word", "ground"), [(Word.GRANT, "doubt_remains"), (Word.REFUSE, "rule_met"), (Word.REFUSE, "a favour")]
)
def test_grounds_come_from_the_list(section, word, ground):
    assert refused(said, demand(section), SUPERVISOR, section, word=word, ground=ground) == "approval.ground"


def test_the_whitelist_takes_two_levels_by_two_people(section):
    """P05: the branch head first, the operations department last, in this order."""
    asked = demand(section, "whitelist")
    both = staff("S-30", Role.BRANCH_HEAD, Role.OPERATIONS)
    assert eligible(asked, OPERATIONS, CENTRE, MONDAY_TEN) == Denied("approval.not_asked")
    first = said(asked, both, section, seconds=100)
    assert standing(first, after(100)) is Standing.PENDING
    assert eligible(first, both, CENTRE, after(101)) == Denied("approval.same_person")
    second = said(first, OPERATIONS, section, place=CENTRE, seconds=5000)
    assert standing(second, after(5000)) is Standing.GRANTED
    assert [each.role for each in second.grants] == [Role.BRANCH_HEAD, Role.OPERATIONS]


def test_the_next_level_has_its_own_time(section):
    first = said(demand(section, "whitelist"), HEAD, section, seconds=86_000)
    reached = stage(first, after(86_001))
    assert reached is not None
    assert (reached.level, reached.ends) == (1, after(86_000 + 172_800))
    assert standing(first, after(86_000 + 172_800)) is Standing.EXPIRED


def test_a_foreign_political_figure_needs_senior_management(section):
    asked = demand(section, "foreign_political_figure")
    first = said(asked, HEAD, section)
    assert eligible(first, OPERATIONS, CENTRE, after(1)) == Denied("approval.not_asked")
    assert standing(said(first, SENIOR, section, place=CENTRE, seconds=1), after(1)) is Standing.GRANTED


@pytest.mark.parametrize(
    ("amount", "risk", "levels"),
    [
        (0, "low", 1),
        ("499999.99", "medium", 1),
        (500_000, "low", 2),
        (0, "high", 2),
        (None, "low", 2),
    ],
)
def test_amount_and_risk_ask_for_more(section, amount, risk, levels):
    exact = None if amount is None else Decimal(amount)
    assert len(demand(section, "amount", amount=exact, risk=Risk(risk)).levels) == levels


def test_a_grant_of_high_value_under_duress_looks_given_and_does_not_count(section):
    asked = demand(section, "amount", amount=Decimal(1), risk=Risk.LOW)
    forced = said(asked, SUPERVISOR, section, duress=True)
    free = said(asked, SUPERVISOR, section)
    assert repr(forced.answers) == repr(free.answers)
    assert (standing(forced, after(1)), standing(free, after(1))) == (Standing.PENDING, Standing.GRANTED)
    assert answered_line(forced).keys() == answered_line(free).keys()
    assert eligible(forced, SUPERVISOR, HERE, after(1)) == Denied("approval.same_person")
    assert standing(forced, last_end(forced)) is Standing.EXPIRED
    no = said(asked, SUPERVISOR, section, word=Word.REFUSE, duress=True)
    assert standing(no, after(1)) is Standing.REFUSED
    small = said(demand(section), SUPERVISOR, section, duress=True)
    assert standing(small, after(1)) is Standing.GRANTED


def test_what_no_rule_speaks_of_cannot_be_approved(section):
    assert refused(demand, section, "favour") == "approval.no_ladder"
    assert (
        refused(ask, "A-1", "override", "x", (), HERE, section.approvals, MONDAY_TEN) == "approval.no_maker"
    )


def test_maker_and_approver_stand_in_every_line(section):
    given = said(demand(section), SUPERVISOR, section, seconds=5)
    assert asked_line(given)["makers"] == ["S-1", "S-2"]
    line = answered_line(given)
    assert (line["makers"], line["person"], line["ground"], line["way"]) == (
        ["S-1", "S-2"], "S-11", "rule_met", "face",
    )  # fmt: skip
    end = ended_line(given, after(6))
    assert (end["makers"], end["granted_by"], end["standing"]) == (["S-1", "S-2"], ["S-11"], "granted")


def test_the_queue_of_an_approver_holds_what_they_may_answer_most_urgent_first(section):
    rules = section.approvals
    early, late = (
        ask(name, "override", "x", ("S-1",), HERE, rules, after(at)) for name, at in (("A-1", 0), ("A-2", 60))
    )
    own = ask("A-3", "override", "x", ("S-11",), HERE, rules, MONDAY_TEN)
    done = said(ask("A-4", "override", "x", ("S-1",), HERE, rules, MONDAY_TEN), OTHER_SUPERVISOR, section)
    found = waiting_for((late, early, own, done), SUPERVISOR, HERE, after(70))
    assert [(each.approval.id, each.ends, each.is_escalated) for each in found] == [
        ("A-1", after(120), False),
        ("A-2", after(180), False),
    ]
    assert waiting_for((early,), SUPERVISOR, HERE, after(121))[0].is_escalated


def test_a_ladder_always_asks_somebody(section):
    ladder = section.approvals.ladders["amount"].model_dump()
    del ladder["levels"]["branch"]
    with pytest.raises(ValueError, match="always"):
        LadderRule.model_validate(ladder)
    ladder["levels"]["second"] |= {"amount_from": None, "risk_from": None}
    with pytest.raises(ValueError, match="asks for it"):
        LadderRule.model_validate(ladder)


def test_grounds_and_reasons_of_the_section_have_texts(section):
    rules = section.approvals
    for language in LANGUAGES:
        table = texts(language)
        assert all(table.knows(f"ground.{each}") for each in (*rules.grant_grounds, *rules.refuse_grounds))
        assert all(table.knows(f"override_reason.{each}") for each in section.overrides.reasons)
        assert all(table.knows(f"approval.{each.value}") for each in Standing)
    assert issubclass(Refused, PeopleError)
