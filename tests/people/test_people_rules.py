"""The section of a pack: what a branch may tighten in it, and what it may not loosen (A12)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from terminal.rules.people import LevelRule, PeopleRules
from terminal.rules.precedence import lay_over
from terminal.rules.situation import Risk

SECTION = yaml.safe_load((Path(__file__).parent / "people.yaml").read_text("utf-8"))
OVERRIDE = ("approvals", "ladders", "override")
STEP = (*OVERRIDE, "levels", "branch", "steps", "own")


def nested(place, value):
    for key in reversed(place):
        value = {key: value}
    return value


def laid(place, value):
    return lay_over(SECTION, nested(place, value), PeopleRules, "branch pack")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("lock", "tries"), 3),
        (("lock", "minutes"), 60),
        (("session", "idle_lock_seconds"), 60),
        (("password", "least_length"), 14),
        (("password", "common"), [*SECTION["password"]["common"], "shengxian"]),
        (("two_persons_seconds",), 60),
        (("administrators",), ["operations"]),
        (("apart", "teller"), ["reviewer"]),
        (("overrides", "findings"), ["card.doubt"]),
        ((*OVERRIDE, "high_value"), True),
        ((*STEP, "seconds"), 60),
        ((*OVERRIDE, "levels", "second"), {"steps": {"own": SECTION["approvals"]["ladders"]["refusal"]
            ["levels"]["branch"]["steps"]["centre"]}}),
        (("approvals", "ladders", "amount", "levels", "second", "amount_from"), 200_000),
    ],
)  # fmt: skip
def test_a_branch_may_tighten(place, value):
    layered = laid(place, value)
    assert layered.loosenings == []
    found = PeopleRules.model_validate(layered.data).model_dump(mode="json")
    for key in place:
        found = found[key]
    assert found == value or "steps" in found


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("lock", "tries"), 10),
        (("session", "longest_hours"), 24),
        (("password", "memory_kib"), 1024),
        (("password", "common"), []),
        (("administrators",), ["operations", "teller"]),
        (("apart", "inspector"), ["teller"]),
        (("overrides", "findings"), ["card.not_genuine"]),
        (("overrides", "reasons"), ["photo_old", "a favour"]),
        (("approvals", "ladders", "favour"), SECTION["approvals"]["ladders"]["refusal"]),
        ((*STEP, "roles"), ["supervisor", "teller"]),
        ((*STEP, "scope"), "other_branch"),
        ((*OVERRIDE, "levels", "branch", "steps", "later"), SECTION["approvals"]["ladders"]["refusal"]
            ["levels"]["branch"]["steps"]["centre"]),
        ((*OVERRIDE, "levels", "branch", "amount_from"), 1_000_000),
        (("approvals", "ladders", "amount", "high_value"), False),
    ],
)  # fmt: skip
def test_a_branch_may_not_loosen(place, value):
    assert [each.place for each in laid(place, value).loosenings]


@pytest.mark.parametrize("missing", sorted(SECTION))
def test_nothing_of_the_section_may_be_left_out(missing):
    with pytest.raises(ValueError):
        PeopleRules.model_validate({key: value for key, value in SECTION.items() if key != missing})


def test_a_session_locks_before_it_ends():
    session = {**SECTION["session"], "idle_end_seconds": 10}
    with pytest.raises(ValueError, match="idle_end_seconds"):
        PeopleRules.model_validate({**SECTION, "session": session})


def test_an_unknown_amount_counts_as_any():
    steps = {"own": {"roles": ["supervisor"], "scope": "branch", "seconds": 1}}
    level = LevelRule.model_validate({"amount_from": 1000, "steps": steps})
    assert [level.asked(each, Risk.HIGH) for each in (None, Decimal(999), Decimal(1000))] == [
        True,
        False,
        True,
    ]
