"""The rule section of the online check: complete, lawful, and refused by place when it is not."""

from __future__ import annotations

from typing import Any

import pytest
from online_rules import rules, section
from pydantic import ValidationError

from terminal.rules.online import OnlineFinding, OnlineRules, Way
from terminal.rules.precedence import lay_over


def test_the_section_reads_with_a_rule_for_every_finding() -> None:
    made = rules()
    assert set(made.findings) == set(OnlineFinding)
    assert (made.follow_up_working_days, made.police_answer_working_days) == (3, 2)


@pytest.mark.parametrize("finding", [each for each in OnlineFinding if each.value != "card_lost_or_void"])
def test_no_pack_may_refuse_for_what_the_check_says(finding: OnlineFinding) -> None:
    raw = section()
    raw["findings"][finding.value]["way"] = "refuse"
    with pytest.raises(ValidationError, match=rf"{finding.value} may not refuse"):
        OnlineRules.model_validate(raw)


def test_a_lost_card_may_refuse_or_be_handed_to_a_person() -> None:
    raw = section()
    for way in (Way.REFUSE, Way.SECOND_PERSON):
        raw["findings"]["card_lost_or_void"]["way"] = way.value
        assert OnlineRules.model_validate(raw).findings[OnlineFinding.CARD_LOST_OR_VOID].way is way


@pytest.mark.parametrize("finding", list(OnlineFinding))
def test_who_goes_on_without_evidence_is_followed_up(finding: OnlineFinding) -> None:
    raw = section()
    raw["findings"][finding.value].update(way="continue", follow_up=False)
    with pytest.raises(ValidationError, match="followed up"):
        OnlineRules.model_validate(raw)
    raw["findings"][finding.value].update(follow_up=True)
    assert OnlineRules.model_validate(raw).findings[finding].way is Way.CONTINUE


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda raw: raw["findings"].pop("timed_out"), "no rule for timed_out"),
        (lambda raw: raw.update(wait_seconds=0), "wait_seconds"),
        (lambda raw: raw.update(supplementary=[]), "supplementary"),
        (lambda raw: raw.update(supplementary=["library_card"]), "supplementary"),
        (lambda raw: raw["findings"]["timed_out"].update(way="accept"), "way"),
        (lambda raw: raw["findings"].update(bad_mood={}), "bad_mood"),
        (lambda raw: raw.update(unheard_of=1), "unheard_of"),
    ],
)
def test_a_wrong_section_is_refused_by_place(change: Any, place: str) -> None:
    raw = section()
    change(raw)
    with pytest.raises(ValidationError, match=place):
        OnlineRules.model_validate(raw)


@pytest.mark.parametrize(
    ("asked", "tighter"),
    [
        ({"findings": {"name_differs": {"way": "second_person"}}}, True),
        ({"findings": {"photo_unclear": {"way": "supplementary"}}}, False),
        ({"findings": {"card_lost_or_void": {"way": "second_person"}}}, False),
        ({"findings": {"name_differs": {"follow_up": False}}}, False),
        ({"fresh_each_time": True}, True),
        ({"wait_seconds": 10}, True),
        ({"wait_seconds": 30}, False),
        ({"follow_up_working_days": 2}, True),
        ({"follow_up_working_days": 4}, False),
        ({"supplementary": ["household_book", "passport"]}, True),
    ],
)
def test_a_lower_pack_may_only_tighten(asked: dict[str, Any], tighter: bool) -> None:
    layered = lay_over(section(), asked, OnlineRules, "branch")
    assert (not layered.loosenings) is tighter
    made = OnlineRules.model_validate(layered.data)
    assert (made == rules()) is not tighter
