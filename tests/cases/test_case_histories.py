"""A case under any history: what is never accepted, what is never lost, and that there is a way out."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from everything import EVERYTHING
from players import AT, Hand, opened, settled, situation

from terminal.case.events import Did, Ended, Ending, Event, Learned, Proved, as_json, from_json
from terminal.case.replay import replay
from terminal.case.session import NotNow, step
from terminal.case.values import BY_STEP, CHECKING, DERIVED, Case, State
from terminal.case.verdict import verdict
from terminal.rules.business import StepName
from terminal.rules.pack import RulePack
from terminal.rules.reading import read_pack, rules_of
from terminal.rules.situation import Phone, Risk, Role
from terminal.rules.today import shipped

EVERY_DAY, THOROUGH = 6_000, 100_000
"""Events over both days."""
ACCEPTING = (Ending.ACCEPTED, Ending.PROVISIONAL)
DAYS = (date(2025, 12, 31), date(2026, 2, 3))


@pytest.fixture(scope="module", params=DAYS, ids=str)
def rules(request: pytest.FixtureRequest) -> RulePack:
    return rules_of((*shipped(), read_pack(EVERYTHING, "everything.yaml")), request.param)


@pytest.mark.parametrize("events", [EVERY_DAY, pytest.param(THOROUGH, marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_no_history_makes_the_rules_lie(rules: RulePack, events: int) -> None:
    endings: Counter[Ending | None] = Counter()
    happened = 0
    seed = 0
    while happened < events // len(DAYS):
        hand = played(rules, seed)
        happened += len(hand.events) + hand.refused
        endings[hand.case.ending] += 1
        seed += 1
    assert set(endings) >= {Ending.ACCEPTED, Ending.REFUSED, Ending.REFERRED, Ending.WITHDRAWN}, endings
    assert endings[Ending.ACCEPTED] > sum(endings.values()) / 20, "too few accepted to show anything"


def played(rules: RulePack, seed: int) -> Hand:
    """One history; every state of it is looked at."""
    chance = random.Random(seed)
    asked = situation(chance, rules, "everything" if seed % 2 else None)
    hand = Hand(rules, chance)
    hand.play(opened(rules, settled(chance, asked) if chance.random() < 0.7 else asked))
    for _ in range(chance.choice([2, 10, 60])):
        before = hand.case
        hand.try_anything()
        sound(hand, before)
        if hand.case.state is State.ENDED:
            break
    if hand.case.state is State.OPEN and not hand.case.findings:
        hand.do_all()
        if hand.case.ending in ACCEPTING:
            accepted_rightly(hand.case, rules)
    assert replay([from_json(as_json(event)) for event in hand.events], lambda _: rules) == hand.case
    return hand


def sound(hand: Hand, before: Case) -> None:
    """What must hold of every state."""
    case, rules = hand.case, hand.rules
    assert before.state is not State.ENDED or case == before, "an ended case does not move"
    if case.state is not State.ENDED:
        leaves(case, rules)
    if len(case.done) > len(before.done) and before.plan is not None:
        in_turn(before, case.done[-1].key, rules)
    for key, times in Counter(done.key for done in case.done).items():
        people = {done.by for done in case.times_done(key)}
        assert len(people) == times or case.times_done(key)[0].step not in CHECKING, "nobody checks twice"
    for done in case.done:
        assert done.step not in CHECKING or done.by not in case.makers, "nobody checks their own work"
    if case.ending in ACCEPTING and before.state is not State.ENDED:
        accepted_rightly(before, rules)


def in_turn(before: Case, key: str, rules: RulePack) -> None:
    """Nothing that had to come first was missing, and it had not been done already."""
    required = before.plan.find(key) if before.plan else None
    assert required is not None
    for other in before.missing_steps(rules.families_by_method):
        concerns = "case" in (other.party, required.party) or other.party == required.party
        assert not (concerns and other.rank < required.rank), f"{key} before {other.key}"
    assert required in before.missing_steps(rules.families_by_method), f"{key} twice"


def leaves(case: Case, rules: RulePack) -> None:
    """From here somebody can leave, and two people can refuse."""
    assert step(case, Ended(at=AT, by="customer", ending=Ending.WITHDRAWN), rules).state is State.ENDED
    handling = rules.handling
    refusal = Ended(
        at=AT,
        by="op-1",
        ending=Ending.REFUSED,
        ground=handling.refusal_grounds[0],
        second="op-2",
        second_role=handling.refusers[0],
    )
    assert step(case, refusal, rules).ending is Ending.REFUSED


def accepted_rightly(case: Case, rules: RulePack) -> None:
    """Document, comparison, families, approvals by others; nothing refuses, is missing or unknown."""
    plan = case.plan
    assert plan is not None and not plan.stops and not plan.unknown and not plan.seats
    done = {(each.party, each.step) for each in case.done}
    identified = [
        each for each in plan.required if each.step in (StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK)
    ]
    assert identified and all((each.party, each.step) in done for each in identified)
    for each in plan.required:
        demand = each.demand
        times = case.times_done(each.key)
        if demand.step is StepName.METHODS:
            families = rules.families_by_method
            proved = {families.get(m, m) for who, m in case.proved if each.party in (who, "case")}
            proved &= set(families.values())
            assert len(proved) >= (demand.count or 1)
        elif demand.step in CHECKING:
            people = {one.by for one in times}
            assert len(people) >= (demand.count or 1) and not people & set(case.makers)
            assert all(not demand.approvers or one.role in demand.approvers for one in times)
        elif demand.step not in DERIVED:
            assert times, each.key
    for finding in case.findings:
        assert not finding.refuses and finding.resolved_by not in (None, *case.makers), finding


def test_good_people_come_to_an_end_in_every_business(rules: RulePack) -> None:
    for name in sorted(rules.businesses):
        ends = (good(rules, name, seed).ending for seed in range(900))
        demands = [demand.step for _, _, demand in rules.demands_of(name)]
        wanted = ACCEPTING if StepName.HOLDER_CHECK in demands else (Ending.NOT_NEEDED,)
        assert any(end in wanted for end in ends), f"{name} never comes to {wanted}"


def good(rules: RulePack, business: str, seed: int) -> Case:
    """Everything done right, over many situations."""
    chance = random.Random(seed)
    asked = settled(chance, situation(chance, rules, business))
    if seed % 3 == 0:
        channels = rules.businesses[business].channels
        asked = replace(asked, flags=frozenset(), risk=Risk.LOW, channel=channels[0])
        people = tuple(
            replace(each, age=12 if business == "open_minor" and each.role is Role.CUSTOMER else 40)
            for each in asked.parties
        )
        people = tuple(replace(each, document="resident", phone=Phone.PROVEN) for each in people)
        asked = replace(asked, parties=people)
    hand = Hand(rules, chance)
    hand.play(opened(rules, asked))
    hand.do_all()
    missing = hand.case.missing_steps(rules.families_by_method)
    plan = hand.case.plan
    assert plan is not None
    stuck = hand.case.state is not State.ENDED and not plan.stops and not plan.seats
    assert not stuck, f"{business}: stuck with {[each.key for each in missing]}, {plan.unknown}"
    return hand.case


def test_a_fact_learned_late_voids_what_people_had_confirmed(rules: RulePack) -> None:
    checked = 0
    for name in sorted(rules.businesses):
        case = good_until_checked(rules, name)
        if case is None or case.situation is None:
            continue
        checked += 1
        now = replace(case.situation, flags=case.situation.flags ^ {next(iter(rules.flags))})
        after = step(case, Learned(at=AT, by="op-1", situation=now), rules)
        assert not [done for done in after.done if done.step in CHECKING]
        assert verdict(after, rules).accepts is None
    assert checked or not any(
        demand.step in CHECKING for name in rules.businesses for _, _, demand in rules.demands_of(name)
    )


def good_until_checked(rules: RulePack, business: str) -> Case | None:
    """A case of which everything is done and checked, but not ended."""
    chance = random.Random(business)
    hand = Hand(rules, chance)
    hand.play(opened(rules, settled(chance, situation(chance, rules, business))))
    while (event := next(hand._good(), None)) is not None:
        hand.play(event)
    return hand.case if any(done.step in CHECKING for done in hand.case.done) else None


def test_who_made_part_of_a_case_after_checking_it_has_not_checked_it(rules: RulePack) -> None:
    for name in sorted(rules.businesses):
        case = good_until_checked(rules, name)
        if case is None:
            continue
        checker = next(done.by for done in case.done if done.step in CHECKING)
        now = case.situation
        assert now is not None
        method = next(each for each in rules.families_by_method if each not in BY_STEP)
        after = step(case, Proved(at=AT, by=checker, party=now.parties[0].id, method=method), rules)
        assert not [done for done in after.done if done.step in CHECKING and done.by == checker]


def test_an_event_of_other_rules_or_for_no_case_does_not_fit(rules: RulePack) -> None:
    begin = opened(rules, situation(random.Random(1), rules))
    with pytest.raises(NotNow, match=r"case\.other_rules"):
        step(Case(), replace(begin, packs_sha256="0" * 64), rules)
    event: Event = Did(at=AT, by="op-1", key="customer/card")
    with pytest.raises(NotNow, match=r"case\.not_open"):
        step(Case(), event, rules)
    with pytest.raises(NotNow, match=r"case\.another_open"):
        step(step(Case(), begin, rules), begin, rules)
