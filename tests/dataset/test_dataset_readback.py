"""What was taken down is read back, confirmed by two, and falls when a value changes; cards become values."""

from __future__ import annotations

from datetime import date

import pytest
from dataset_values import BOUNDS, CATALOGUE, GIVEN, NOW, PROFILES, often, value, values
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import CardKind, IdCard, Sex
from terminal.dataset.examined import examine
from terminal.dataset.fields import Source, complete
from terminal.dataset.read import from_camera, from_chip
from terminal.dataset.readback import Confirmed, Confirmer, Readback, ReadbackError, sheet
from terminal.dataset.sources import merge
from terminal.resident import SeenField, SeenResident, Side

HELD = values(GIVEN, Source.CHIP)
SHEET = sheet(HELD, CATALOGUE, "zh")


def confirmed(confirmer: Confirmer, by: str, of=SHEET) -> Confirmed:
    return Confirmed(confirmer, by, NOW, of.sha256)


BOTH = (
    Readback(SHEET)
    .confirm(confirmed(Confirmer.CUSTOMER, "customer"))
    .confirm(confirmed(Confirmer.OPERATOR, "T1"))
)


def test_both_confirm_exactly_what_was_shown():
    assert not Readback(SHEET).complete
    assert not Readback(SHEET).confirm(confirmed(Confirmer.CUSTOMER, "customer")).complete
    assert BOTH.complete
    assert BOTH.holds_for(HELD, CATALOGUE)


def test_lines_are_what_people_read():
    line = next(each for each in SHEET.lines if each.field == "occupation")
    assert (line.label, line.text, line.source) == ("职业", "专业技术人员", "source.chip")
    english = sheet(HELD, CATALOGUE, "en")
    assert next(each.text for each in english.lines if each.field == "occupation").startswith("Professional")
    assert english.sha256 != SHEET.sha256


@pytest.mark.parametrize("name", GIVEN)
def test_any_value_changed_afterwards_makes_it_fall(name):
    other = {**HELD, name: value(name, "other", Source.CHIP)}
    assert not BOTH.holds_for(other, CATALOGUE)
    assert not BOTH.holds_for({each: HELD[each] for each in HELD if each != name}, CATALOGUE)
    assert not BOTH.holds_for({**HELD, name: value(name, GIVEN[name], Source.TYPED)}, CATALOGUE)


def test_a_value_added_afterwards_makes_it_fall():
    assert not BOTH.holds_for({**HELD, "email": value("email", "a@example.com")}, CATALOGUE)


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        (confirmed(Confirmer.OPERATOR, "customer"), "readback.same_person"),
        (confirmed(Confirmer.CUSTOMER, "another"), "readback.twice"),
        (confirmed(Confirmer.OPERATOR, "T1", sheet(HELD, CATALOGUE, "en")), "readback.another_sheet"),
    ],
)
def test_what_is_no_confirmation(given_, code):
    once = Readback(SHEET).confirm(confirmed(Confirmer.CUSTOMER, "customer"))
    with pytest.raises(ReadbackError) as caught:
        once.confirm(given_)
    assert caught.value.code == code


@often
@given(
    st.dictionaries(st.sampled_from(sorted(CATALOGUE.fields)), st.text(min_size=1, max_size=8), min_size=1)
)
def test_the_hash_is_of_everything_shown(texts):
    made = sheet(values(texts), CATALOGUE, "zh")
    assert {line.field for line in made.lines} == set(texts)
    assert made.sha256 == sheet(values(texts), CATALOGUE, "zh").sha256
    first = next(iter(texts))
    assert sheet(values({**texts, first: texts[first] + "x"}), CATALOGUE, "zh").sha256 != made.sha256


def test_only_the_fields_asked_for_in_their_order():
    assert [line.field for line in sheet(HELD, CATALOGUE, "zh", ["phone", "name", "email"]).lines] == [
        "phone",
        "name",
    ]


def test_nothing_read_back_is_in_a_repr():
    assert not any(text in repr(BOTH) for text in ("苏晓岚", GIVEN["document_number"], "示例路"))


CARD = IdCard(
    kind=CardKind.RESIDENT,
    name="苏晓岚",
    number="110105198803124429",
    sex=Sex.FEMALE,
    birth=date(1988, 3, 12),
    valid_from=date(2018, 6, 1),
    valid_to=date(2038, 6, 1),
    nation="01",
    address="北京市朝阳区示例路88号3单元502室",
    issuer="北京市公安局朝阳分局",
)


def test_a_chip_gives_values_that_pass():
    held = {each.field: each for each in from_chip(CARD, NOW)}
    assert {each.source for each in held.values()} == {Source.CHIP}
    assert examine(CATALOGUE, held, BOUNDS).findings == ()
    missing = complete(PROFILES["individual"], held).missing
    assert [demand.fields[0] for demand in missing] == ["occupation", "usual_residence_differs", "phone"]


def test_what_a_chip_does_not_hold_is_left_out():
    bare = IdCard(CardKind.FOREIGNER_2017, "", "CAN110588031241", Sex.NOT_STATED, None, None, None, True)
    held = {each.field: each.text for each in from_chip(bare, NOW)}
    assert held == {
        "document_kind": "foreigner_2017",
        "document_number": "CAN110588031241",
        "document_valid_to": "long_term",
    }


def seen(side: Side, **texts: str) -> SeenResident:
    fields = {name: SeenField(text, 0.99, (0, 0, 1, 1)) for name, text in texts.items()}
    return SeenResident(side, fields, (), None)


def test_what_the_camera_read_agrees_with_the_chip():
    front = seen(
        Side.FRONT,
        name="苏晓岚",
        number="110105198803124429",
        sex="女",
        nation="汉",
        birth="1988年3月12日",
        address="北京市朝阳区示例路88号3单元502室",
    )
    back = seen(Side.BACK, validity="2018.06.01-2038.06.01", authority="北京市公安局朝阳分局")
    read = (*from_camera(front, NOW), *from_camera(back, NOW))
    merged = merge([*from_chip(CARD, NOW), *read], CATALOGUE)
    assert {each.field for each in read} == merged.values.keys() - {"nationality"}
    assert merged.disagreements == ()
    assert {each.source for each in merged.values.values()} == {Source.CHIP}


def test_a_doubted_field_of_a_picture_is_no_value():
    field = SeenField("苏晓岚", 0.4, (0, 0, 1, 1), ("resident.doubt.unsure",))
    assert from_camera(SeenResident(None, {"name": field}, (), None), NOW) == ()


def test_long_term_is_read_from_a_picture():
    held = {each.field: each.text for each in from_camera(seen(Side.BACK, validity="2012.04.15-长期"), NOW)}
    assert held["document_valid_to"] == "long_term"
