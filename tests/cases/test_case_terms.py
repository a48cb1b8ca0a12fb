"""Everybody of a joint case is identified within one window, measured by the times of the events (E11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from players import AT

from terminal.case.terms import IDENTIFYING, within_window
from terminal.case.values import Case, Done
from terminal.rules.business import StepName
from terminal.rules.reading import rules_of
from terminal.rules.situation import Channel, PartyFacts, Role, Situation
from terminal.rules.today import shipped

RULES = rules_of(shipped(), datetime.fromisoformat(AT).date())
WINDOW = RULES.businesses["open_joint"].window_minutes or 0
PARTIES = (
    PartyFacts(id="customer", role=Role.CUSTOMER),
    PartyFacts(id="joint_holder", role=Role.JOINT_HOLDER),
)


def after(minutes: float) -> str:
    return (datetime.fromisoformat(AT) + timedelta(minutes=minutes)).isoformat()


def case(business: str, *minutes: float) -> Case:
    """The people were identified one after the other, so many minutes after the beginning."""
    day = datetime.fromisoformat(AT).date()
    situation = Situation(business=business, channel=Channel.COUNTER, on=day, parties=PARTIES)
    done = [Done("case/told", StepName.NOTICE, "case", "t", AT)]
    for party, late in zip(PARTIES, minutes, strict=True):
        done += [
            Done(f"{party.id}/{step.value}", step, party.id, "t", after(late)) for step in sorted(IDENTIFYING)
        ]
    proved = tuple(
        (party.id, method) for party in PARTIES for method in ("chip_read", "face_match", "sms_code")
    )
    return Case(situation=situation, done=tuple(done), proved=proved)


def identified(case: Case) -> set[str]:
    return {each.party for each in case.done if each.step in IDENTIFYING}


def test_there_is_a_window_to_keep() -> None:
    assert WINDOW == 30


@pytest.mark.parametrize("minutes", [0, 1, 29.9, 30])
def test_within_the_window_everybody_stays_identified(minutes: float) -> None:
    before = case("open_joint", 0, minutes)
    assert within_window(before, RULES) == before


@pytest.mark.parametrize("minutes", [30.1, 600, -30.1, -600])
def test_whoever_was_identified_too_far_from_the_last_must_be_anew(minutes: float) -> None:
    now = within_window(case("open_joint", 0, minutes), RULES)
    assert identified(now) == {"joint_holder"}, "a clock that jumped back prolongs nothing"
    assert now.done[0].key == "case/told"
    assert [method for who, method in now.proved if who == "customer"] == ["sms_code"]
    assert len([1 for who, _ in now.proved if who == "joint_holder"]) == 3


def test_a_business_without_a_window_keeps_everybody() -> None:
    before = case("close_account", 0, 900)
    assert within_window(before, RULES) == before
