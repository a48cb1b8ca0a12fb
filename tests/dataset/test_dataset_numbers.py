"""Numbers of documents and firms: valid ones pass, one changed digit fails."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dataset_values import (
    BOUNDS,
    ON,
    eighteen,
    foreigner_numbers,
    often,
    one_digit_changed,
    permit_numbers,
    resident_numbers,
)
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.numbers import old_check_digit
from terminal.dataset.codes import FieldCode, any_wrong
from terminal.dataset.numbers import NumberShape, birth_in, credit_check_sign, number_codes

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
credit_codes = st.builds(
    lambda first, rest: (code := first + rest) + credit_check_sign(code),
    st.sampled_from(["91110105", "92310101", "12440300", "52510100", "93650100"]),
    st.text(SIGNS, min_size=9, max_size=9),
)
EIGHTEEN = [
    (NumberShape.RESIDENT, resident_numbers),
    (NumberShape.RESIDENCE_PERMIT, permit_numbers),
    (NumberShape.FOREIGNER, foreigner_numbers),
    (NumberShape.CREDIT_CODE, credit_codes),
]


def codes(shape: NumberShape, number: str) -> tuple[FieldCode, ...]:
    return number_codes(shape, number, BOUNDS)


@pytest.mark.parametrize(("shape", "numbers"), EIGHTEEN, ids=lambda each: getattr(each, "value", ""))
def test_numbers_made_by_the_rules_pass(shape, numbers):
    @often
    @given(numbers)
    def all_of_them(number):
        assert codes(shape, number) == ()

    all_of_them()


@pytest.mark.parametrize(("shape", "numbers"), EIGHTEEN, ids=lambda each: getattr(each, "value", ""))
def test_one_changed_digit_is_noticed(shape, numbers):
    @often
    @given(one_digit_changed(numbers))
    def all_of_them(number):
        assert any_wrong(codes(shape, number))

    all_of_them()


@often
@given(credit_codes, st.integers(0, 17), st.sampled_from(SIGNS))
def test_one_changed_sign_of_a_credit_code_is_noticed(code, place, sign):
    changed = code[:place] + sign + code[place + 1 :]
    assert any_wrong(codes(NumberShape.CREDIT_CODE, changed)) == (changed != code)


def test_the_check_sign_of_firms_is_that_of_the_standard():
    """The example of GB 32100-2015."""
    assert credit_check_sign("91350100M000100Y4") == "3"


@pytest.mark.parametrize("sign", "IOSVZa-")
def test_letters_that_no_credit_code_holds(sign):
    assert codes(NumberShape.CREDIT_CODE, "91110105MA00" + sign + "00000") == (FieldCode.SHAPE,)


def test_a_birth_that_cannot_be_is_wrong():
    tomorrow = ON + timedelta(days=1)
    assert codes(NumberShape.RESIDENT, eighteen("110105", tomorrow, 1)) == (FieldCode.FUTURE,)
    assert codes(NumberShape.RESIDENT, eighteen("110105", date(1880, 1, 1), 1)) == (FieldCode.OLD,)
    whole = eighteen("110105", date(2001, 2, 28), 1)
    assert FieldCode.DATE in codes(NumberShape.RESIDENT, whole[:12] + "30" + whole[14:])


def test_an_unknown_region_is_a_doubt_only():
    number = eighteen("990105", date(1988, 3, 12), 442)
    assert codes(NumberShape.RESIDENT, number) == (FieldCode.NOT_RESIDENT,)
    number = eighteen("170105", date(1988, 3, 12), 442)
    assert codes(NumberShape.RESIDENT, number) == (FieldCode.REGION,)
    assert not FieldCode.REGION.wrong


def test_each_kind_refuses_the_numbers_of_the_others():
    birth = date(1988, 3, 12)
    numbers = {
        NumberShape.RESIDENT: eighteen("110105", birth, 442),
        NumberShape.RESIDENCE_PERMIT: eighteen("810000", birth, 442),
        NumberShape.FOREIGNER: eighteen("911840", birth, 442),
    }
    for shape in numbers:
        passing = [other for other, number in numbers.items() if codes(shape, number) == ()]
        assert passing == [shape]


def test_the_old_foreigners_number_is_known_with_its_weak_check_digit():
    first = "CAN" + "1105" + "880312" + "4"
    right = first + old_check_digit(first)
    wrong = first + str((int(right[-1]) + 1) % 10)
    assert codes(NumberShape.FOREIGNER, right) == ()
    assert codes(NumberShape.FOREIGNER, wrong) == (FieldCode.CHECK_DOUBT,)
    dated = "CAN" + "1105" + "881332" + "4"
    assert FieldCode.DATE in codes(NumberShape.FOREIGNER, dated + old_check_digit(dated))


PASSING = [
    (NumberShape.HK_MACAO_PASS, ["H12345678", "M12345678", "H1234567801"]),
    (NumberShape.TAIWAN_PASS, ["12345678", "1234567801", "1234567801B"]),
    (NumberShape.CHINESE_PASSPORT, ["E12345678", "EA1234567", "G12345678", "PE1234567", "DE1234567"]),
    (NumberShape.PASSPORT, ["C01X00T47", "123456789", "AB1234"]),
    (NumberShape.BIRTH_CERTIFICATE, ["K110123456"]),
    (NumberShape.FREE, ["军字第1234567号", "110105-2015-000123"]),
    (NumberShape.LETTERS_DIGITS, ["A1234567"]),
    (NumberShape.NONE, ["0"]),
]
FAILING = [
    (NumberShape.HK_MACAO_PASS, ["A12345678", "H1234567", "H123456789", "h12345678"]),
    (NumberShape.TAIWAN_PASS, ["1234567", "123456789", "T12345678"]),
    (NumberShape.CHINESE_PASSPORT, ["EI1234567", "EO1234567", "X12345678", "E1234567"]),
    (NumberShape.PASSPORT, ["C01X00T478", "A-123456", "1234"]),
    (NumberShape.BIRTH_CERTIFICATE, ["110123456", "K11012345"]),
    (NumberShape.FREE, ["不详", "x" * 41, "1\n2"]),
    (NumberShape.NONE, ["7"]),
    (NumberShape.RESIDENT, ["11010519880312442", "11010519880312442x", ""]),
]


@pytest.mark.parametrize(("shape", "number"), [(s, n) for s, numbers in PASSING for n in numbers])
def test_shapes_that_pass(shape, number):
    assert codes(shape, number) == ()


@pytest.mark.parametrize(("shape", "number"), [(s, n) for s, numbers in FAILING for n in numbers])
def test_shapes_that_fail(shape, number):
    assert any_wrong(codes(shape, number))


@often
@given(st.text(max_size=25), st.sampled_from(NumberShape))
def test_nothing_that_is_typed_makes_it_fall_over(text, shape):
    assert isinstance(codes(shape, text), tuple)
    birth_in(text)
