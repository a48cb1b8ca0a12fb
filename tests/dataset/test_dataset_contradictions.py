"""Documents against one another and against time; the order in which they are given does not matter."""

from __future__ import annotations

from datetime import date

import pytest
from dataset_values import CATALOGUE, ON, RULES, eighteen, often
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.contradictions import EARLIER_RECORD, CrossCode, Facts, contradictions

NUMBER = "110105198803124429"


def check(*documents: Facts):
    return contradictions(documents, ON, CATALOGUE, RULES.cross)


def codes(*documents: Facts) -> list[CrossCode]:
    return [each.code for each in check(*documents)]


def card(**fields: str) -> Facts:
    return Facts("card", "resident", {"name": "苏晓岚", **fields}, valid_from=date(2018, 6, 1))


def paper(id_: str = "letter", kind: str = "authority_letter", **fields: str) -> Facts:
    return Facts(id_, kind, fields, issued=date(2026, 11, 1))


def test_the_more_recent_source_is_named_with_the_age_of_the_older():
    held = card(employer="示例有限公司")
    (found,) = check(held, paper(employer="样本有限公司"))
    assert (found.code, found.field, found.between) == (CrossCode.DIFFERS, "employer", ("card", "letter"))
    assert found.newer == "letter"
    assert found.age_days == (ON - date(2018, 6, 1)).days


def test_a_source_without_a_date_names_none_as_newer():
    bare = Facts("bare", "authority_letter", {"name": "顾云舒"})
    (found,) = check(card(), bare)
    assert (found.newer, found.age_days) == ("", None)


def test_of_one_day_neither_is_newer():
    (found,) = check(paper("a", name="苏晓岚"), paper("b", name="顾云舒"))
    assert found.newer == ""


def test_what_agrees_in_other_words_is_no_contradiction():
    assert codes(card(phone="13800001234"), paper(name="苏晓岚", phone="+86 138 0000 1234")) == []
    assert codes(card(), paper(name=" ")) == []


def test_what_cannot_be_compared_is_unclear():
    found = check(paper("a", name="顾\U00020164"), paper("b", name="顾\ue864"))
    assert [each.code for each in found] == [CrossCode.UNCLEAR]


def test_against_an_earlier_record_it_asks_for_identifying_anew():
    earlier = Facts("held", EARLIER_RECORD, {"name": "苏晓兰"}, issued=date(2020, 1, 1))
    assert codes(card(), earlier) == [CrossCode.EARLIER]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (Facts("x", "lease", {}, issued=date(2026, 11, 28)), CrossCode.IN_FUTURE),
        (Facts("x", "lease", {}, printed=date(2027, 1, 1)), CrossCode.IN_FUTURE),
        (
            Facts("x", "lease", {}, issued=date(2026, 11, 2), printed=date(2026, 11, 1)),
            CrossCode.PRINTED_EARLY,
        ),
        (
            Facts("x", "resident", {}, issued=date(2018, 6, 2), valid_from=date(2018, 6, 1)),
            CrossCode.VALID_EARLY,
        ),
        (
            Facts("x", "resident", {}, valid_from=date(2018, 6, 2), valid_to=date(2018, 6, 1)),
            CrossCode.VALID_BACKWARDS,
        ),
        (Facts("x", "lease", {"birth": "1988-03-12"}, issued=date(1988, 3, 11)), CrossCode.BEFORE_BIRTH),
        (
            Facts("x", "resident", {"birth": "1988-03-13", "document_number": NUMBER}),
            CrossCode.NUMBER_BIRTH,
        ),
        (Facts("x", "resident", {"sex": "1", "document_number": NUMBER}), CrossCode.NUMBER_SEX),
        (Facts("x", "utility_bill", {}, issued=date(2026, 8, 26)), CrossCode.STALE),
    ],
)
def test_what_one_document_cannot_say_by_itself(made, code):
    (found,) = check(made)
    assert (found.code, found.between) == (code, ("x",))


def test_what_is_as_it_must_be_says_nothing():
    fields = {"birth": "1988-03-12", "sex": "2", "document_number": NUMBER}
    whole = Facts("x", "resident", fields, date(2018, 5, 20), None, date(2018, 6, 1), date(2038, 6, 1))
    assert check(whole) == ()
    assert check(Facts("y", "utility_bill", {}, issued=date(2026, 8, 27))) == ()
    assert check() == ()


def test_a_number_here_and_a_birth_date_there():
    bare = paper(birth="1988-03-13")
    assert codes(card(document_number=NUMBER), bare) == [CrossCode.NUMBER_BIRTH]
    assert codes(card(document_number=NUMBER), paper(birth="1988-03-12")) == []


def test_numbers_of_different_kinds_of_documents_are_not_compared():
    other = eighteen("310101", date(1988, 3, 12), 62)
    assert codes(card(document_number=NUMBER), paper(document_number="EA1234567")) == []
    assert codes(card(document_number=NUMBER), paper(document_kind="resident", document_number=other)) == [
        CrossCode.DIFFERS
    ]


def test_a_later_number_printed_first_cannot_be():
    def slip(id_: str, serial: int, day: int) -> Facts:
        return Facts(id_, "income_proof", {}, printed=date(2026, 11, day), series="A1", serial=serial)

    assert codes(slip("a", 100, 2), slip("b", 101, 3)) == []
    assert codes(slip("a", 100, 3), slip("b", 101, 2)) == [CrossCode.SERIES]
    assert codes(slip("a", 100, 3), slip("b", 101, 3)) == []


days = st.none() | st.dates(date(2015, 1, 1), date(2027, 12, 31))
texts = st.sampled_from(["苏晓岚", "苏晓兰", "顾\ue001", "1988-03-12", "1990-01-01", NUMBER, "1", "2", ""])
facts = st.builds(
    lambda kind, fields, issued, printed, start, serial: (
        kind,
        fields,
        issued,
        printed,
        start,
        serial,
    ),
    st.sampled_from(["resident", "utility_bill", "lease", EARLIER_RECORD]),
    st.dictionaries(st.sampled_from(["name", "birth", "document_number", "sex", "employer"]), texts),
    days,
    days,
    days,
    st.none() | st.integers(0, 5),
)


@often
@given(st.lists(facts, max_size=4), st.randoms())
def test_the_order_of_documents_does_not_matter(made, random):
    documents = [
        Facts(f"d{place}", kind, fields, issued, printed, start, None, "S", serial)
        for place, (kind, fields, issued, printed, start, serial) in enumerate(made)
    ]
    shuffled = list(documents)
    random.shuffle(shuffled)
    found = check(*documents)
    assert found == check(*shuffled)
    for each in found:
        assert each.between == tuple(sorted(each.between))
        assert each.newer == "" or each.newer in each.between


@often
@given(facts)
def test_a_document_never_contradicts_its_own_copy(made):
    kind, fields, issued, printed, start, serial = made
    one, copy = (Facts(id_, kind, fields, issued, printed, start, None, "S", serial) for id_ in ("a", "b"))
    between = [each for each in check(one, copy) if len(each.between) == 2]
    assert between == []


def test_nothing_of_the_content_is_in_a_repr():
    documents = card(document_number=NUMBER), paper(name="顾云舒", birth="1990-01-01")
    for each in (*documents, check(*documents)):
        assert not any(text in repr(each) for text in ("苏晓岚", "顾云舒", NUMBER, "1990"))
