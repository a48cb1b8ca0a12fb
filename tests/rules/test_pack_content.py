"""What the shipped packs say apart from lines and directions: people, papers, words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from golden_situations import DAYS, plain, rules

from terminal.messages import LANGUAGES, Audience, texts
from terminal.rules.business import Demand, StepName, When
from terminal.rules.handling import NEVER_EXCEPTED
from terminal.rules.plan import Plan, plan
from terminal.rules.situation import Channel, PartyFacts, Phone, Risk, Role, Situation
from terminal.rules.today import load_all

OLD, NEW = DAYS
RULES = rules()[NEW]
PLAN_MS, LOADING_MS = 5, 200
"""Bars of processor time: the plan of the biggest business; all packs read and put together for both days."""


def asked(name: str, **changes: Any) -> Situation:
    return replace(plain(name, RULES.businesses[name], NEW), **changes)


def planned(situation: Situation) -> Plan:
    return plan(RULES, situation)


def ids(situation: Situation) -> set[str]:
    return {each.id for each in planned(situation).required}


def first_with(name: str, **facts: Any) -> Situation:
    base = asked(name)
    return base.with_party(replace(base.parties[0], **facts))


def of(role: Role) -> PartyFacts:
    return PartyFacts(id=role.value, role=role, age=40, document="resident", phone=Phone.PROVEN)


def demands() -> Iterator[Demand]:
    for each in (*RULES.sets.values(), *RULES.businesses.values()):
        yield from each.demands.values()


def whens() -> Iterator[When]:
    for demand in demands():
        yield from demand.when
    for each in (*RULES.sets.values(), *RULES.businesses.values()):
        for stop in each.stops.values():
            yield from stop.when


def test_every_fact_is_asked_for_somewhere_and_every_set_is_used() -> None:
    used = {flag for when in whens() for flag in (*when.flags, *when.without)}
    assert set(RULES.flags) == used
    assert set(RULES.sets) == {name for each in RULES.businesses.values() for name in each.uses}
    assert set(RULES.thresholds) == {name for when in whens() for name in (when.reaches, when.below) if name}


def test_every_role_has_a_business() -> None:
    assert {role for each in RULES.businesses.values() for role in each.parties} == set(Role)


def test_every_follow_up_that_is_opened_is_a_kind_of_its_own() -> None:
    opened = {each.form for each in demands() if each.step is StepName.TASK}
    opened |= {each.opens_task for each in RULES.handling.stand_ins.values() if each.opens_task}
    wanted = {"online_followup", "image_owed", "risk_class_due", "guardian_handover", "visit_request"}
    assert opened == wanted | {"certificate_followup", "whitelist_review"}


def test_what_changed_on_the_first_of_january_2026_is_what_the_order_changed() -> None:
    old, new = (rules()[day].model_dump(mode="json", exclude={"packs"}) for day in DAYS)
    assert sorted(differing(old, new)) == [
        "sets.at_cash.demands.customer_data.clause",
        "sets.at_cash.demands.customer_data.form",
        "sets.at_cash.demands.images.clause",
        "sets.at_cash.demands.images.of",
        "thresholds.abroad.amounts.CNY",
        "thresholds.one_off.amounts.CNY",
        "thresholds.one_off.amounts.USD",
    ], "records are kept ten years on both days: the bank keeps the longer term"


def differing(old: Any, new: Any, place: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            yield from differing(old.get(key), new.get(key), f"{place}.{key}" if place else key)
    elif old != new:
        yield place


def test_records_are_kept_for_the_longest_term_anybody_asks_for() -> None:
    for day in DAYS:
        assert {each.centre_years for each in rules()[day].retention.values()} == {10}
    alone = next(p for p in load_all() if p.header.name == "cn-regulation 2016.1")
    assert alone.sections["retention"]["identification"]["centre_years"] == 5


def test_no_first_generation_card_is_taken() -> None:
    assert not [each for each in demands() if "first_generation" in each.kinds]


def test_a_foreigner_shows_a_permit_beside_the_passport() -> None:
    assert "stay_permit" in ids(first_with("open_class_1", document="passport"))
    assert "stay_permit" not in ids(first_with("open_class_1", document="chinese_passport"))


def test_an_address_is_proved_at_high_risk_only() -> None:
    for risk in Risk:
        found = ids(asked("open_class_2", risk=risk))
        extra = {"address_proof", "enhanced", "risk_approval"}
        assert found & extra == (extra if risk is Risk.HIGH else set()), risk


def test_everybody_of_a_firm_is_checked_online_and_who_handles_is_compared() -> None:
    found = planned(asked("corporate_open").with_party(of(Role.INVESTOR)))
    checked = {each.party for each in found.required if each.step is StepName.ONLINE_CHECK}
    assert checked == {"handler", "legal_representative", "controller", "investor"}
    assert {each.party for each in found.required if each.step is StepName.HOLDER_CHECK} == {"handler"}
    assert (
        not planned(asked("corporate_open", parties=())).required
        or "handler.missing" in planned(asked("corporate_open", parties=())).seats
    )


def test_a_small_firm_is_spared_a_paper_only_for_data_and_never_at_high_risk() -> None:
    small = frozenset({"simplified"})
    assert {"premises", "background"} & ids(asked("corporate_open", flags=small)) == {"background"}
    risky = ids(asked("corporate_open", flags=small, risk=Risk.HIGH))
    assert {"premises", "background"} <= risky


def test_a_phone_that_is_not_proven_lowers_the_class() -> None:
    stops = {
        (name, phone): bool(planned(first_with(name, phone=phone)).stops)
        for name in ("open_class_1", "open_class_2", "open_class_3")
        for phone in Phone
    }
    assert {key for key, stopped in stops.items() if stopped} == {
        ("open_class_1", Phone.UNPROVEN),
        ("open_class_1", Phone.NONE),
        ("open_class_2", Phone.NONE),
    }


def test_all_joint_holders_are_identified_within_one_window() -> None:
    assert RULES.businesses["open_joint"].window_minutes == 30
    found = planned(asked("open_joint"))
    for step in (StepName.HOLDER_CHECK, StepName.SIGNATURE, StepName.METHODS):
        assert {each.party for each in found.required if each.step is step} == {"customer", "joint_holder_1"}
    assert "joint_holder.missing" in planned(asked("open_joint", parties=(of(Role.CUSTOMER),))).seats


def test_steps_come_in_the_order_of_an_opening() -> None:
    order = list(dict.fromkeys(each.step for each in planned(asked("open_class_1", risk=Risk.HIGH)).required))
    wanted = ("notice", "identity_document", "precondition", "holder_check", "data", "form", "signature")
    wanted = (*wanted, "review", "approval", "password", "activation", "task")
    assert [step for step in order if step.value in wanted] == [StepName(each) for each in wanted]


def test_a_changed_contact_with_much_money_takes_more() -> None:
    changed = frozenset({"contact_changed"})
    assert {"step_up", "contact_approval"} <= ids(first_with("cash_out", flags=changed))
    counts = [
        each.demand.count
        for each in planned(first_with("raise_limit", flags=changed)).required
        if each.step is StepName.METHODS
    ]
    assert max(count or 0 for count in counts) == 3
    small = first_with("cash_out", flags=changed)
    assert "step_up" not in ids(replace(small, amount=Decimal("49999.99")))


def test_the_elderly_are_asked_about_fraud_and_offered_an_emergency_contact() -> None:
    for age, wanted in ((59, False), (60, True)):
        for name in ("open_class_1", "raise_limit", "hand_over_certificate"):
            assert ({"fraud_awareness", "emergency_contact"} <= ids(first_with(name, age=age))) is wanted
        assert ("fraud_awareness" in ids(first_with("cash_out", age=age))) is wanted
    assert "fraud_awareness" in ids(first_with("open_class_1", flags=frozenset({"speaks_through_helper"})))


def test_whatever_a_person_cannot_do_has_another_way_and_a_second_person() -> None:
    ways = RULES.handling.stand_ins
    wanted = {
        "facial_injury",
        "worn_fingers",
        "missing_eye",
        "bedridden",
        "cannot_sign",
        "biometrics_declined",
    }
    assert wanted <= set(ways)
    assert ways["image_device_down"].opens_task == "image_owed"
    for name, way in ways.items():
        assert "teller" not in way.approvers, name
        assert not set(way.steps) & NEVER_EXCEPTED, name


def test_a_frequent_depositor_s_image_is_not_taken_twice() -> None:
    payer = asked("cash_in", parties=(of(Role.DEPOSITOR),))
    assert "depositor_images" in ids(payer)
    known = replace(of(Role.DEPOSITOR), flags=frozenset({"known_depositor"}))
    assert "depositor_images" not in ids(replace(payer, parties=(known,)))
    assert "depositor_images" in ids(replace(payer, parties=(known,), flags=frozenset({"abnormal"})))


def test_heirs_close_an_account_with_both_papers() -> None:
    found = planned(asked("close_account", parties=(of(Role.HEIR),)))
    kinds = [each.demand.kinds for each in found.required if each.step is StepName.SUPPORTING_DOCUMENT]
    assert kinds == [("death_certificate",), ("inheritance_papers",)]
    assert {each.party for each in found.required if each.step is StepName.HOLDER_CHECK} == {"heir"}
    assert ("branch_head",) in {each.demand.approvers for each in found.required}
    assert "linked" in ids(first_with("close_account", flags=frozenset({"number_changed"})))


def test_limits_and_risks_are_told() -> None:
    told = {
        name: {text for each in planned(asked(name)).required if each.step is StepName.NOTICE
               for text in each.demand.texts}
        for name in ("open_class_2", "open_class_3", "open_joint")
    }  # fmt: skip
    assert "class_2_limits" in told["open_class_2"]
    assert "class_3_limits" in told["open_class_3"]
    assert "joint_risk" in told["open_joint"]
    for texts_ in told.values():
        assert {"service_standard", "negative_list", "supervision_phone", "materials"} <= texts_


def test_each_reason_to_identify_again_asks_for_something() -> None:
    plainest = ids(asked("reidentify"))
    assert "reason" in plainest, "a reason that is not one of the list is said in words"
    for flag in ("reason_changed", "reason_behaviour", "reason_contradiction", "reason_quality"):
        found = ids(asked("reidentify", flags=frozenset({flag})))
        assert found - plainest, flag
        assert "reason" not in found, flag
    for flag in ("measure_visit", "measure_police", "measure_call_back"):
        assert ids(asked("reidentify", flags=frozenset({flag}))) - plainest, flag
    assert "enhanced" in ids(first_with("reidentify", flags=frozenset({"list_possible"})))


def test_an_online_doubt_never_refuses_and_opens_a_follow_up() -> None:
    doubts = ("name_differs", "no_such_number", "no_photo", "photo_not_same", "format_error", "unavailable")
    assert {RULES.outcome(f"online.{each}").decision for each in (*doubts, "never_heard_of")} == {"refer"}
    assert RULES.outcome("online.card_lost_or_void.lost").decision == "refuse"
    assert {"online_told", "online_followup"} <= ids(
        first_with("open_class_2", flags=frozenset({"online_doubtful"}))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_business_and_every_stop_has_its_words(language: str) -> None:
    said = texts(language)
    for name, business in RULES.businesses.items():
        assert said.say(f"business.{name}") == business.title[language], name
        for stop in (
            *business.stops.values(),
            *(s for use in business.uses for s in RULES.sets[use].stops.values()),
        ):
            assert said.knows(stop.finding), stop.finding
            assert said.say(stop.finding, Audience.CUSTOMER) != said.say(stop.finding), stop.finding
    assert said.knows("business.not_here")


def test_a_kiosk_never_ends_without_somebody_of_the_staff() -> None:
    """B01: wherever identity is checked at a kiosk, staff confirm on the spot."""
    for name, business in RULES.businesses.items():
        found = planned(asked(name, channel=Channel.KIOSK))
        if Channel.KIOSK not in business.channels or name == "verify_identity":
            continue
        if any(each.step is StepName.HOLDER_CHECK for each in found.required):
            assert any("lobby_manager" in each.demand.approvers for each in found.required), name
