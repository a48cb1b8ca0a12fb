"""Kinds of documents, and what one still lacks: images, number, dates, marks, its companion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import yaml
from dataset_values import BOUNDS, NOW, ON, eighteen, often
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from terminal.dataset.codes import FieldCode
from terminal.dataset.documents import (
    Document,
    Evidence,
    GapCode,
    Role,
    Side,
    document_kinds,
    gaps,
    parse,
    unaccompanied,
    wrong_number,
)
from terminal.dataset.expiry import Term

KINDS = document_kinds()
NUMBER = "110105198803124429"
NUMBERS = {
    "resident": NUMBER,
    "residence_permit": eighteen("810000", date(1988, 3, 12), 442),
    "foreigner": eighteen("911840", date(1988, 3, 12), 442),
    "hk_macao_pass": "H12345678",
    "taiwan_pass": "12345678",
    "chinese_passport": "EA1234567",
    "passport": "C01X00T47",
    "birth_certificate": "K110123456",
    "credit_code": "91350100M000100Y43",
    "letters_digits": "A1234567",
    "free": "示字第1234号",
    "none": "0",
}


def whole(name: str, **changes: object) -> Document:
    """A document of this kind that lacks nothing."""
    kind = KINDS.kinds[name]
    years = kind.terms[-1] if kind.terms else 10
    made = Document(
        kind=name,
        evidence=Evidence.VISUAL,
        number=NUMBERS[kind.number.value],
        term=Term(date(2020, 6, 1), date(2020 + years, 6, 1)) if kind.dated else Term(None, None),
        at=NOW,
        sides=frozenset(kind.sides),
        marks=dict.fromkeys(kind.marks, True),
    )
    return replace(made, **changes)


def codes(document: Document) -> list[GapCode]:
    return [gap.code for gap in gaps(document, KINDS, BOUNDS)]


@pytest.mark.parametrize("name", KINDS.kinds)
def test_a_whole_document_lacks_nothing(name):
    assert gaps(whole(name), KINDS, BOUNDS) == ()


@pytest.mark.parametrize("name", KINDS.kinds)
def test_every_image_and_every_mark_is_asked_for(name):
    bare = whole(name, sides=frozenset(), marks={})
    kind = KINDS.kinds[name]
    asked = [(gap.code, gap.what) for gap in gaps(bare, KINDS, BOUNDS)]
    assert asked == [(GapCode.SIDE_MISSING, side.value) for side in kind.sides] + [
        (GapCode.MARK_UNSEEN, mark) for mark in kind.marks
    ]


def test_both_sides_of_a_card_are_needed_even_with_its_chip():
    chip = whole("resident", evidence=Evidence.CHIP, sides=frozenset({Side.FRONT}), marks={})
    assert [(gap.code, gap.what) for gap in gaps(chip, KINDS, BOUNDS)] == [(GapCode.SIDE_MISSING, "back")]


def test_a_wrong_mark_counts_even_with_a_chip():
    assert codes(whole("resident", evidence=Evidence.CHIP, marks={"great_wall": False})) == [
        GapCode.MARK_WRONG
    ]


def test_a_number_is_mandatory_and_zero_where_there_is_none():
    assert codes(whole("lease", number="")) == [GapCode.NUMBER_MISSING]
    assert codes(whole("lease", number="0")) == []
    assert codes(whole("utility_bill", number="0")) == []
    assert codes(whole("resident", number="0")) == [GapCode.NUMBER_WRONG]
    assert codes(whole("passport", number=" ")) == [GapCode.NUMBER_MISSING]


def test_a_chip_makes_a_wrong_number_a_doubt():
    wrong = NUMBER[:-1] + "8"
    (typed,) = gaps(whole("resident", number=wrong), KINDS, BOUNDS)
    (read,) = gaps(whole("resident", number=wrong, evidence=Evidence.CHIP), KINDS, BOUNDS)
    assert (typed.code, read.code) == (GapCode.NUMBER_WRONG, GapCode.NUMBER_DOUBT)
    assert wrong_number(typed) is wrong_number(read) is FieldCode.CHECK


@pytest.mark.parametrize(
    ("term", "found"),
    [
        (Term(date(2018, 6, 1), date(2038, 6, 1)), []),
        (Term(date(2018, 2, 28), date(2028, 2, 27)), []),
        (Term(date(2018, 6, 1), None, long_term=True), []),
        (Term(None, date(2038, 6, 1)), []),
        (Term(date(2018, 6, 1), None), [GapCode.DATE_MISSING]),
        (Term(date(2018, 6, 1), date(2025, 6, 1)), [GapCode.TERM_UNUSUAL]),
    ],
)
def test_the_term_of_a_resident_card(term, found):
    assert codes(whole("resident", term=term)) == found


def test_a_travel_permit_is_never_for_the_long_term():
    assert codes(whole("hk_macao_pass", term=Term(date(2020, 1, 1), None, long_term=True))) == [
        GapCode.TERM_UNUSUAL
    ]


def test_a_register_is_the_main_proof_of_children_only():
    child = eighteen("110105", date(2014, 5, 6), 17)
    assert codes(whole("household_register", number=child, main=True)) == []
    assert codes(whole("household_register", number=NUMBER, main=True)) == [GapCode.HOLDER_TOO_OLD]
    assert codes(whole("household_register", number=NUMBER)) == []
    sixteen = eighteen("110105", ON.replace(year=ON.year - 16), 17)
    assert codes(whole("household_register", number=sixteen, main=True)) == [GapCode.HOLDER_TOO_OLD]


def test_support_is_no_identity_document():
    assert codes(whole("driving_licence", main=True)) == [GapCode.NOT_IDENTITY]
    assert codes(whole("resident", main=True)) == []


def test_an_unknown_kind_is_said_and_nothing_else():
    assert codes(replace(whole("resident"), kind="library_card")) == [GapCode.UNKNOWN_KIND]


def test_a_passport_needs_a_visa_or_a_residence_permit():
    alone = unaccompanied([whole("passport")], KINDS)
    assert [(gap.code, gap.what) for gap in alone] == [
        (GapCode.COMPANION_MISSING, "visa|foreign_residence_permit")
    ]
    for other in ("visa", "foreign_residence_permit"):
        assert unaccompanied([whole("passport"), whole(other)], KINDS) == ()
    assert [gap.kind for gap in unaccompanied([whole("visa")], KINDS)] == ["visa"]
    assert unaccompanied([whole("resident")], KINDS) == ()


def test_evidence_has_an_order():
    order = [Evidence.CHIP, Evidence.ELECTRONIC, Evidence.OCR, Evidence.VISUAL]
    for place, one in enumerate(order):
        assert [one.at_least(other) for other in order] == [each >= place for each in range(4)]


@often
@given(st.sampled_from(sorted(KINDS.kinds)), st.text(max_size=20), st.sampled_from(Evidence))
def test_no_number_makes_it_fall_over_and_none_is_in_a_repr(name, number, evidence):
    document = whole(name, number=f"{number}4429", evidence=evidence)
    assert "4429" not in repr(document)
    assert "4429" not in repr(gaps(document, KINDS, BOUNDS))


def test_a_catalogue_that_names_what_it_has_not_is_refused():
    kind = {"zh": "甲", "en": "A", "role": "supporting", "sides": ["front"], "number": "free"}
    kind |= {"issuer": {"zh": "乙", "en": "B"}, "marks": ["seal"]}
    marks = {"seal": {"zh": "印", "en": "Seal"}}
    assert parse(yaml.safe_dump({"marks": marks, "kinds": {"a": kind}})).kinds["a"].role is Role.SUPPORTING
    for change in ({"marks": ["ghost"]}, {"together": ["ghost"]}, {"terms": [5]}, {"marks": []}):
        with pytest.raises(ValidationError):
            parse(yaml.safe_dump({"marks": marks, "kinds": {"a": {**kind, **change}}}))


def test_every_mark_is_looked_at_somewhere_and_told_in_both_languages():
    used = {mark for kind in KINDS.kinds.values() for mark in kind.marks}
    assert used == KINDS.marks.keys()
    assert all(mark.say("zh") != mark.say("en") for mark in KINDS.marks.values())
