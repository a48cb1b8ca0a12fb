"""What is shown beforehand, and the list of materials: once and in full."""

from __future__ import annotations

import pytest
import yaml
from consent_values import RULES, often
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from terminal.consent.disclosure import ORDER, Demanded, added, materials, notice, told
from terminal.rules.disclosure import DisclosureRules

WORDS = {
    "card": {"zh": "居民身份证", "en": "Identity card"},
    "visa": {"zh": "签证", "en": "Visa"},
    "permit": {"zh": "居留许可", "en": "Residence permit"},
    "form": {"zh": "开户申请书", "en": "Application"},
    "guardian": {"zh": "监护人到场", "en": "The guardian is present"},
}
demands = st.builds(
    lambda kind, word, party: Demanded(kind, WORDS[word], party),
    st.sampled_from([*ORDER, "other"]),
    st.sampled_from(sorted(WORDS)),
    st.sampled_from(["customer", "agent", "guardian"]),
)


def test_the_three_things_in_a_prominent_place():
    for language in ("zh", "en"):
        made = notice(RULES, language)
        assert made.service_standard and made.negative_list
        assert made.phone == RULES.phone
    assert notice(RULES, "zh") != notice(RULES, "en")


def test_the_list_stands_under_its_headings():
    asked = [
        Demanded("form", WORDS["form"]),
        Demanded("document", WORDS["visa"], instead=(WORDS["permit"],)),
        Demanded("document", WORDS["card"], "agent"),
        Demanded("person", WORDS["guardian"]),
        Demanded("form", WORDS["form"]),
    ]
    made = materials(asked, "zh")
    assert [(line.kind, line.party, line.text, line.instead) for line in made] == [
        ("person", "customer", "监护人到场", ()),
        ("document", "customer", "签证", ("居留许可",)),
        ("document", "agent", "居民身份证", ()),
        ("form", "customer", "开户申请书", ()),
    ]


@often
@given(st.lists(demands, max_size=10))
def test_everything_demanded_is_told_once(asked):
    made = materials(asked, "en")
    assert len(set(made)) == len(made)
    assert {(line.kind, line.party, line.text) for line in made} == {
        (each.kind, each.party, each.texts["en"]) for each in asked
    }
    assert added(made, materials(asked[::-1], "en")) == ()


@often
@given(st.lists(demands, max_size=6), demands)
def test_what_comes_later_was_not_told_in_full(asked, more):
    before = materials(asked, "zh")
    now = materials([*asked, more], "zh")
    assert bool(added(before, now)) == (len(now) > len(before)) == (told(before, "zh") != told(now, "zh"))


def test_the_hash_is_of_the_list_as_it_was_told():
    asked = [Demanded("form", WORDS["form"])]
    assert told(materials(asked, "zh"), "zh") != told(materials(asked, "en"), "en")


def test_words_are_given_in_both_languages():
    raw = yaml.safe_load(RULES.model_dump_json())
    DisclosureRules.model_validate(raw)
    for spoiled in ({"bank": {"zh": "本行"}}, {"bank": {"zh": "本行", "en": ""}}, {"phone": "call us"}):
        with pytest.raises(ValidationError):
            DisclosureRules.model_validate({**raw, **spoiled})
