"""What does not fit a case is refused with its reason and changes nothing, one rule at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from everything import EVERYTHING
from players import AT, Hand, opened

from terminal.case.events import (
    Did,
    Ended,
    Ending,
    Event,
    Excepted,
    Failed,
    Joined,
    Learned,
    Moved,
    Parked,
    Proved,
    Resolved,
    Unparked,
)
from terminal.case.session import NotNow, step
from terminal.case.values import BY_STEP, Case, State
from terminal.case.verdict import verdict
from terminal.rules.business import Stage, StepName
from terminal.rules.pack import RulePack
from terminal.rules.reading import read_pack, rules_of
from terminal.rules.situation import Channel, PartyFacts, Phone, Risk, Role, Situation
from terminal.rules.today import shipped

RULES = rules_of((*shipped(), read_pack(EVERYTHING, "everything.yaml")), date(2026, 2, 3))
CUSTOMER = PartyFacts(id="customer", role=Role.CUSTOMER, age=40, document="resident", phone=Phone.PROVEN)
ASKED = Situation(
    business="everything",
    channel=Channel.COUNTER,
    on=date(2026, 2, 3),
    risk=Risk.LOW,
    amount=Decimal(50_000),
    parties=(CUSTOMER,),
)


def hand(asked: Situation = ASKED, rules: RulePack = RULES) -> Hand:
    """A case just opened."""
    made = Hand(rules, random.Random(1))
    assert made.play(opened(rules, asked))
    return made


def up_to(what: StepName, asked: Situation = ASKED) -> Hand:
    """A case in which everything before the first step `what` is done."""
    made = hand(asked)
    while (event := next(made._good(), None)) is not None:
        plan = made.case.plan
        assert plan is not None
        required = plan.find(event.key) if isinstance(event, Did) else None
        if required is not None and required.step is what:
            return made
        assert made.play(event)
    raise AssertionError(f"{what} never comes")


def complete(asked: Situation = ASKED) -> Hand:
    """A case of which everything is done."""
    made = hand(asked)
    while (event := next(made._good(), None)) is not None:
        assert made.play(event)
    return made


def refused(case: Case, event: Event, code: str) -> None:
    with pytest.raises(NotNow) as caught:
        step(case, event, RULES)
    assert caught.value.code == code


def did(key: str, by: str = "op-1", **more: object) -> Did:
    return Did(at=AT, by=by, key=key, **more)  # type: ignore[arg-type]


def test_two_heads_are_two_people_of_the_roles_asked_for_and_neither_made_the_case() -> None:
    case = up_to(StepName.APPROVAL).case
    key = "case/heads"
    refused(case, did(key, "op-1", role="supervisor"), "case.checker_is_maker")
    refused(case, did(key, "op-8", role="teller"), "case.role_may_not")
    once = step(case, did(key, "op-8", role="supervisor"), RULES)
    assert verdict(once, RULES).accepts is None
    refused(once, did(key, "op-8", role="branch_head"), "case.same_person_twice")
    twice = step(once, did(key, "op-9", role="branch_head"), RULES)
    refused(twice, did(key, "op-7", role="supervisor"), "case.done_already")


def test_the_approval_of_another_amount_is_none() -> None:
    done = complete(replace(ASKED, amount=Decimal(60_000))).case
    assert verdict(done, RULES).accepts is Ending.ACCEPTED
    more = step(done, Learned(at=AT, by="op-1", situation=replace(ASKED, amount=Decimal(900_000))), RULES)
    assert [what for what, _ in verdict(more, RULES).against] == [
        "missing.customer/heard",
        "missing.customer/signed",
        "missing.case/entry",
        "missing.case/heads",
    ]


def test_a_stop_that_turns_up_late_stops_a_case_of_which_all_is_done() -> None:
    case = complete(replace(ASKED, amount=Decimal(100))).case
    agent = PartyFacts(id="agent", role=Role.AGENT, age=30, document="passport", phone=Phone.PROVEN)
    stopped = step(case, Joined(at=AT, by="op-1", party=agent), RULES)
    assert "agent.no" in [what for what, _ in verdict(stopped, RULES).against]
    refused(stopped, Ended(at=AT, by="op-1", ending=Ending.ACCEPTED), "case.not_complete")
    refused(stopped, did("agent/told"), "case.stopped")
    assert step(stopped, Ended(at=AT, by="op-1", ending=Ending.OFFERED), RULES).ending is Ending.OFFERED


def finding(code: str) -> Case:
    """A complete case in which the holder check brought something up."""
    made = up_to(StepName.HOLDER_CHECK)
    assert made.play(did("customer/holder", method="face_match", findings=(code,)))
    while (event := next(made._good(), None)) is not None:
        assert made.play(event)
    return made.case


def test_a_doubt_is_resolved_by_somebody_else_on_a_listed_ground() -> None:
    case = finding("match.cannot_tell")
    ground = RULES.handling.resolution_grounds[0]
    good = Resolved(
        at=AT, by="op-7", finding="match.cannot_tell", party="customer", ground=ground, role="supervisor"
    )
    assert verdict(case, RULES).accepts is None
    refused(case, replace(good, by="op-1"), "case.checker_is_maker")
    refused(case, replace(good, role="teller"), "case.role_may_not")
    refused(case, replace(good, ground="mood"), "case.no_ground")
    refused(case, replace(good, finding="other"), "case.no_such_finding")
    resolved = step(case, good, RULES)
    assert verdict(resolved, RULES).accepts is Ending.ACCEPTED
    refused(resolved, good, "case.no_such_finding")
    meddled = step(resolved, Proved(at=AT, by="op-7", party="customer", method="sms_code"), RULES)
    assert verdict(meddled, RULES).accepts is None, "who makes part of the case has resolved nothing in it"


def test_what_the_rules_refuse_no_person_sets_aside() -> None:
    case = finding("match.no_match")
    good = Resolved(
        at=AT,
        by="op-7",
        finding="match.no_match",
        party="customer",
        ground=RULES.handling.resolution_grounds[0],
        role="supervisor",
    )
    refused(case, good, "case.hard_stop")
    assert verdict(case, RULES).refuses
    refused(case, Ended(at=AT, by="op-1", ending=Ending.ACCEPTED), "case.not_complete")


def test_a_method_that_found_something_against_the_person_proves_nothing() -> None:
    case = up_to(StepName.HOLDER_CHECK).case
    after = step(case, did("customer/holder", method="face_match", findings=("match.no_match",)), RULES)
    assert "face" not in after.families_of("customer", RULES.families_by_method)


@pytest.mark.parametrize("method", sorted(BY_STEP))
def test_nobody_says_that_a_check_of_the_program_succeeded(method: str) -> None:
    refused(hand().case, Proved(at=AT, by="op-1", party="customer", method=method), "case.no_such_method")


def test_two_results_of_one_family_count_once() -> None:
    case = hand().case
    for method in RULES.families["phone"].methods:
        case = step(case, Proved(at=AT, by="op-1", party="customer", method=method), RULES)
    assert case.families_of("customer", RULES.families_by_method) == {"phone"}


def test_a_step_that_failed_too_often_needs_something_else_in_its_place() -> None:
    case = up_to(StepName.HOLDER_CHECK).case
    for _ in range(RULES.handling.max_tries):
        case = step(case, Failed(at=AT, by="op-1", key="customer/holder", code="guide.too_dark"), RULES)
    refused(case, did("customer/holder"), "case.tries_used_up")
    again = Failed(at=AT, by="op-1", key="customer/holder", code="guide.too_dark")
    refused(case, again, "case.tries_used_up")
    stands = Excepted(
        at=AT,
        by="op-1",
        key="customer/holder",
        reason="facial_injury",
        second="op-7",
        second_role="supervisor",
        evidence=("a" * 64,),
    )
    refused(case, replace(stands, second="op-1"), "case.second_person")
    refused(case, replace(stands, second_role="teller"), "case.role_may_not")
    refused(case, replace(stands, reason="mood"), "case.no_exception")
    after = step(case, stands, RULES)
    assert after.times_done("customer/holder")[0].excepted == "facial_injury"


@pytest.mark.parametrize("what", ["card", "list", "face_consent"])
def test_nothing_stands_in_for_document_list_or_consent(what: str) -> None:
    made = hand()
    while (event := next(made._good(), None)) is not None:
        if isinstance(event, Did) and event.key == f"customer/{what}":
            break
        assert made.play(event)
    for reason in RULES.handling.stand_ins:
        stands = Excepted(
            at=AT,
            by="op-1",
            key=f"customer/{what}",
            reason=reason,
            second="op-7",
            second_role=RULES.handling.stand_ins[reason].approvers[0],
        )
        refused(made.case, stands, "case.no_exception")


def test_what_could_not_be_asked_offline_makes_it_provisional() -> None:
    made = up_to(StepName.PRECONDITION)
    assert made.play(did("case/held", answer="unavailable"))
    while (event := next(made._good(), None)) is not None:
        assert made.play(event)
    assert verdict(made.case, RULES).accepts is Ending.PROVISIONAL
    refused(made.case, Ended(at=AT, by="op-1", ending=Ending.ACCEPTED), "case.not_complete")
    refused(up_to(StepName.PRECONDITION).case, did("case/held", answer="two"), "case.answer_not_taken")


def test_who_reviewed_an_entry_does_not_approve_it() -> None:
    made = up_to(StepName.APPROVAL)
    reviewer = next(each.by for each in made.case.done if each.step is StepName.REVIEW)
    again = did("case/heads", by=reviewer, role="supervisor")
    refused(made.case, again, "case.same_person_twice")
    assert made.play(did("case/heads", by="op-8", role="supervisor"))


def test_a_child_needs_its_guardian() -> None:
    child = replace(ASKED, parties=(replace(CUSTOMER, age=15),))
    made = hand(child)
    missing = [each.key for each in made.case.missing_steps(RULES.families_by_method)]
    assert missing[0] == "customer/ward"
    made.do_all()
    assert made.case.situation is not None and made.case.situation.of(Role.GUARDIAN)
    assert "customer/ward" not in [each.key for each in hand().case.missing_steps(RULES.families_by_method)]


def test_a_parked_case_waits_and_goes_on_where_it_was() -> None:
    case = up_to(StepName.DATA).case
    parked = step(case, Parked(at=AT, by="op-1", missing=("register",), until="2026-02-10"), RULES)
    assert parked.state is State.PARKED
    refused(parked, did("customer/basics"), "case.not_open")
    refused(parked, Ended(at=AT, by="op-1", ending=Ending.ACCEPTED), "case.not_complete")
    back = step(parked, Unparked(at=AT, by="op-2"), RULES)
    assert (back.state, back.missing, back.parked_at) == (State.OPEN, (), "")
    anew = {StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK, StepName.ONLINE_CHECK}
    assert {each.step for each in case.done} & anew, "somebody was identified"
    assert back.done == tuple(each for each in case.done if each.step not in anew)
    assert not {method for _, method in back.proved} & BY_STEP


def at(days: float) -> str:
    return (datetime.fromisoformat(AT) + timedelta(days=days)).isoformat()


def test_a_case_waits_no_longer_than_it_may() -> None:
    case, days = up_to(StepName.DATA).case, RULES.handling.parked_days
    for until in (at(days + 1)[:10], at(-2)[:10]):
        refused(case, Parked(at=AT, by="op-1", missing=("register",), until=until), "case.until_too_late")
    parked = step(case, Parked(at=AT, by="op-1", missing=("register",), until=at(days)[:10]), RULES)
    refused(parked, Unparked(at=at(days + 0.01), by="op-2"), "case.parked_too_long")
    refused(parked, Unparked(at=at(-days - 0.01), by="op-2"), "case.parked_too_long")
    assert step(parked, Unparked(at=at(days), by="op-2"), RULES).state is State.OPEN
    ended = step(parked, Ended(at=at(days + 9), by="op-2", ending=Ending.REFERRED), RULES)
    assert ended.ending is Ending.REFERRED


def test_a_case_that_moves_keeps_what_was_done_and_follows_the_rules_of_its_new_channel() -> None:
    case = up_to(StepName.DATA).case
    moved = step(case, Moved(at=AT, by="op-1", channel=Channel.VISIT, terminal="t-9"), RULES)
    assert (moved.done, moved.terminal) == (case.done, "t-9")
    kiosk = step(case, Moved(at=AT, by="op-1", channel=Channel.KIOSK, terminal="k-1"), RULES)
    assert [stop.rule.finding for stop in kiosk.plan.stops] == ["business.not_here"] if kiosk.plan else False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda now: replace(now, business="verify_identity"), "case.another_business"),
        (lambda now: replace(now, on=date(2025, 12, 31)), "case.another_business"),
        (lambda now: replace(now, parties=()), "case.facts_lost"),
        (lambda now: replace(now, channel=Channel.KIOSK), "case.facts_lost"),
    ],
)
def test_facts_may_be_learned_but_the_case_stays_the_same(
    change: Callable[[Situation], Situation], code: str
) -> None:
    refused(hand().case, Learned(at=AT, by="op-1", situation=change(ASKED)), code)


def test_a_refusal_names_a_ground_and_two_people() -> None:
    case = hand().case
    handling = RULES.handling
    good = Ended(
        at=AT,
        by="op-1",
        ending=Ending.REFUSED,
        ground=handling.refusal_grounds[0],
        second="op-2",
        second_role=handling.refusers[0],
    )
    refused(case, replace(good, ground="because"), "case.no_ground")
    refused(case, replace(good, second="op-1"), "case.second_person")
    refused(case, replace(good, second_role="teller"), "case.role_may_not")
    assert step(case, good, RULES).ending is Ending.REFUSED


def test_the_stages_show_how_far_a_case_is() -> None:
    families = RULES.families_by_method
    assert hand().case.stages(families)[Stage.CHECK][0] == 0
    stages = complete().case.stages(families)
    assert all(done == demanded for done, demanded in stages.values())
    assert [stages[stage][1] > 0 for stage in Stage] == [True, False, True, True]
