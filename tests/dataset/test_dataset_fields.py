"""The catalogue is closed and keeps its order of sources; completeness only grows with what is given."""

from __future__ import annotations

import pytest
import yaml
from dataset_values import BOUNDS, CATALOGUE, GIVEN, PROFILES, RULES, often, value, values
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.api import CardKind
from terminal.dataset.any_of import AnyOf
from terminal.dataset.documents import document_kinds
from terminal.dataset.examined import examine
from terminal.dataset.fields import OUTRANKS, DataClass, Profile, Source, complete, offered, parse
from terminal.dataset.profiles import ProfileError, profiles
from terminal.rules.dataset import ProfileRule


def raw() -> dict:
    return {
        "rankings": {"any": ["chip", "online", "ocr", "typed", "stated"]},
        "placeholders": ["none"],
        "fields": {"name": {"zh": "姓名", "en": "Name", "class": "C2", "check": "name", "ranks": "any"}},
    }


def test_every_ranking_keeps_chip_before_camera_before_typing_before_saying():
    for order in CATALOGUE.rankings.values():
        assert [each for each in order if each in OUTRANKS] == list(OUTRANKS)
    assert CATALOGUE.rank("phone", Source.ONLINE) < CATALOGUE.rank("phone", Source.CHIP)


@pytest.mark.parametrize(
    "change",
    [
        {"rankings": {"any": ["ocr", "chip", "online", "typed", "stated"]}},
        {"rankings": {"any": ["chip", "ocr", "typed", "stated"]}},
        {"fields": {"name": {**raw()["fields"]["name"], "check": "nothing"}}},
        {"fields": {"name": {**raw()["fields"]["name"], "ranks": "nothing"}}},
        {"fields": {"name": {**raw()["fields"]["name"], "class": "C3"}}},
        {"fields": {"name": {**raw()["fields"]["name"], "colour": "red"}}},
        {"fields": {"Name": raw()["fields"]["name"]}},
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(change):
    parse(yaml.safe_dump(raw()))
    with pytest.raises(ValidationError):
        parse(yaml.safe_dump({**raw(), **change}))


def test_every_ranking_and_shared_check_is_used():
    assert {entry.ranks for entry in CATALOGUE.fields.values()} == set(CATALOGUE.rankings)
    assert {entry.data_class for entry in CATALOGUE.fields.values()} == {DataClass.C1, DataClass.C2}


def test_choices_are_shown_in_both_languages():
    entry = CATALOGUE.fields["occupation"]
    assert (entry.shown("clerk", "zh"), entry.shown("clerk", "en")) == ("办事人员", "Clerk")
    assert CATALOGUE.fields["name"].shown("苏晓岚", "en") == "苏晓岚"
    assert (entry.label("zh"), entry.label("en")) == ("职业", "Occupation")


def test_the_kinds_a_chip_names_are_documents():
    assert {kind.value for kind in CardKind} <= document_kinds().kinds.keys()


def test_exactly_the_basics_of_an_individual_are_demanded():
    held = values(GIVEN)
    assert complete(PROFILES["individual"], held).full
    for name in GIVEN:
        without = {each: held[each] for each in held if each != name}
        missing = complete(PROFILES["individual"], without).missing
        assert [name in demand.fields for demand in missing] == [True]


def test_another_usual_residence_needs_its_address_and_the_reason():
    said = values({**GIVEN, "usual_residence_differs": "yes"})
    assert not complete(PROFILES["individual"], said).full
    said["usual_address"] = value("usual_address", "上海市黄浦区样本弄12号")
    assert not complete(PROFILES["individual"], said).full
    said["usual_address_reason"] = value("usual_address_reason", "工作")
    assert complete(PROFILES["individual"], said).full


def test_a_value_that_cannot_be_counts_as_missing():
    held = values({**GIVEN, "phone": "12345"})
    unfit = examine(CATALOGUE, held, BOUNDS).unfit
    found = complete(PROFILES["individual"], held, unfit)
    assert unfit == {"phone"}
    assert [demand.text for demand in found.missing] == ["phone|landline|email"]
    assert found.share == pytest.approx(1 - 1 / len(PROFILES["individual"].demands))


def test_blanks_are_nothing():
    assert complete(PROFILES["officer"], values({"name": "  "})).share == 0


names = sorted(CATALOGUE.fields)
texts = st.sampled_from(["yes", "no", "shares", "china_only", "x", "0"])


@often
@given(
    st.sampled_from(sorted(PROFILES)),
    st.dictionaries(st.sampled_from(names), texts, max_size=25),
    st.dictionaries(st.sampled_from(names), texts, max_size=25),
)
def test_more_values_never_make_it_less_complete(name, some, more):
    less = complete(PROFILES[name], values(some))
    both = complete(PROFILES[name], values({**more, **some}))
    assert both.share >= less.share
    assert set(both.missing) <= set(less.missing)
    assert both.full == (both.share == 1)


@often
@given(st.sampled_from(sorted(PROFILES)), st.dictionaries(st.sampled_from(names), texts, min_size=1))
def test_what_is_unfit_never_helps(name, some):
    unfit = set(list(some)[::2])
    assert complete(PROFILES[name], values(some), unfit).share <= complete(PROFILES[name], values(some)).share


def test_an_empty_profile_is_complete():
    assert complete(Profile("none", "A07", ()), {}).share == 1


def test_a_contact_is_offered_and_never_demanded():
    held = values(GIVEN)
    assert offered(PROFILES["individual"], "elderly", held) == (
        "emergency_name",
        "emergency_relation",
        "emergency_phone",
    )
    held["emergency_name"] = value("emergency_name", "顾云舒")
    assert "emergency_name" not in offered(PROFILES["individual"], "elderly", held)
    assert offered(PROFILES["individual"], "unheard_of", held) == ()


def test_demands_are_read_as_they_are_written():
    demand = AnyOf("a=1|b&c=2|d")
    assert demand.ways == (("a=1",), ("b", "c=2"), ("d",))
    assert demand.fields == ("a", "b", "c", "d")
    assert [demand.met(each) for each in ({"a": "1"}, {"a": "2"}, {"b": "x"}, {"b": "x", "c": "2"})] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("demand", "code"),
    [("shoe_size", "profile.unknown_field"), ("occupation=king", "profile.unknown_choice")],
)
def test_a_profile_that_asks_for_what_there_is_not_is_refused(demand, code):
    rule = ProfileRule(clause="D01", demands=(demand,))
    with pytest.raises(ProfileError) as caught:
        profiles({"odd": rule}, CATALOGUE)
    assert caught.value.code == code


def test_a_field_only_offered_must_exist_too():
    rule = ProfileRule(clause="D01", demands=(), offered={"elderly": ("shoe_size",)})
    with pytest.raises(ProfileError):
        profiles({"odd": rule}, CATALOGUE)


def test_the_rules_name_only_fields_and_documents_there_are():
    assert set(RULES.reminders.after_days) <= CATALOGUE.fields.keys()
    for each in RULES.questions.values():
        assert set(each.questions) <= CATALOGUE.fields.keys()
    kinds = document_kinds().kinds.keys()
    assert set(RULES.changes.key_proofs) | set(RULES.cross.fresh_days) <= kinds
