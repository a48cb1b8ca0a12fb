"""The sections of the pack that speak of data and disclosure: a lower pack may only tighten them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from terminal.rules.dataset import DatasetRules
from terminal.rules.disclosure import DisclosureRules
from terminal.rules.precedence import lay_over

HERE = Path(__file__).parent
DATASET = yaml.safe_load((HERE / "dataset_rules.yaml").read_text("utf-8"))["dataset"]
DISCLOSURE = yaml.safe_load((HERE.parent / "consent_texts" / "disclosure_rules.yaml").read_text("utf-8"))[
    "disclosure"
]
ONE_OFF = DATASET["profiles"]["one_off"]["demands"]


def at(path: str, value: object) -> dict:
    """``a.b.c`` → a pack that says only this."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def laid(base: dict, lower: dict, model) -> int:
    """How many loosenings are refused; what is left must be a sound section."""
    layered = lay_over(deepcopy(base), lower, model, "branch 1")
    model.model_validate(layered.data)
    return len(layered.loosenings)


TIGHTER = [
    ("plausible.oldest_years", 120),
    ("profiles.one_off.demands", [*ONE_OFF, "occupation"]),
    ("profiles.dormant", {"clause": "N05", "demands": ["name"]}),
    ("expiry.grace_days", 0),
    ("expiry.reasons", ["illness"]),
    ("expiry.warn_days", 120),
    ("reminders.after_days.phone", 180),
    ("reminders.after_days.email", 365),
    ("phone.unproven", [3]),
    ("secrets.longest_run", 2),
    ("changes.key_proofs", ["police_certificate"]),
    ("links.alone", ["card_says"]),
    ("links.together", 3),
    ("cross.fresh_days.lease", 365),
    ("quality.most_doubts", 0),
    ("controllers.share_percent", 10),
    ("questions.purpose.questions", ["account_purpose", "funds_source", "funds_use"]),
]
LOOSER = [
    ("plausible.oldest_years", 150),
    ("profiles.one_off.demands", ONE_OFF[1:]),
    ("expiry.grace_days", 180),
    ("expiry.reasons", ["illness", "abroad", "disaster", "renewal_under_way", "forgot"]),
    ("reminders.after_days.phone", 900),
    ("phone.unproven", [1, 2, 3]),
    ("secrets.pin_digits", 4),
    ("changes.key_channels", ["counter", "kiosk"]),
    ("links.alone", ["card_says", "police_certificate", "face"]),
    ("links.together", 1),
    ("cross.fresh_days.utility_bill", 365),
    ("quality.least_complete", 0.5),
    ("controllers.share_percent", 30),
    ("questions.purpose.questions", ["account_purpose"]),
]


@pytest.mark.parametrize(("path", "value"), TIGHTER)
def test_a_branch_may_ask_for_more(path, value):
    assert laid(DATASET, at(path, value), DatasetRules) == 0


@pytest.mark.parametrize(("path", "value"), LOOSER)
def test_a_branch_may_not_ask_for_less(path, value):
    assert laid(DATASET, at(path, value), DatasetRules) == 1


DISCLOSED = [
    ("limits.class_2_day", 5000, 0),
    ("limits.class_2_day", 20000, 1),
    ("guardian_below_years", 16, 0),
    ("bank", {"zh": "示例银行", "en": "Example Bank"}, 0),
    ("phone", "010-62001234", 0),
    ("aloud_in", ["kiosk", "visit"], 0),
    ("aloud_in", [], 1),
    ("negative_list.also", {"zh": "不得泄露密码。", "en": "No password is told."}, 0),
    ("negative_list.not_refused", {"zh": "可以拒绝。", "en": "May refuse."}, 2),
]


@pytest.mark.parametrize(("path", "value", "refused"), DISCLOSED)
def test_what_a_branch_may_change_of_what_is_shown(path, value, refused):
    assert laid(DISCLOSURE, at(path, value), DisclosureRules) == refused


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("guardian_below_years", 13),
        ("phone", "call us"),
        ("bank", {"zh": "本行"}),
        ("limits.class_3_day", 0),
        ("colour", "red"),
    ],
)
def test_what_no_pack_may_say(path, value):
    layered = lay_over({}, deepcopy(DISCLOSURE), DisclosureRules, "bank 1").data
    *parents, last = path.split(".")
    place = layered
    for key in parents:
        place = place[key]
    place[last] = value
    with pytest.raises(ValidationError):
        DisclosureRules.model_validate(layered)
