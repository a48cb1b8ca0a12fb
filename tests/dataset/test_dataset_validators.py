"""Phones, postcodes, dates, addresses, amounts and the rest, and when two of them mean the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dataset_values import BOUNDS, CATALOGUE, ON, often, value
from hypothesis import given
from hypothesis import strategies as st

from drivers.bank_card.numbers import luhn
from terminal.dataset.codes import FieldCode, any_wrong
from terminal.dataset.examined import examine, judge
from terminal.dataset.fields import Source
from terminal.dataset.validators import VALIDATORS, amount_of, date_of, phone_of, same

PASSING = {
    "mobile": ["13800001234", "+86 138-0000-1234", "8613800001234", "0085291234567", "+85366123456"],
    "telephone": ["010-62001234", "62001234", "0571-88001234转801"],
    "phone": ["13800001234", "010-62001234"],
    "postcode": ["100020", "999077"],
    "email": ["mei.su@example.com"],
    "birth": ["1988-03-12", ON.isoformat()],
    "past_date": ["2018-06-01"],
    "validity": ["2038-06-01", "long_term", "2001-01-01"],
    "sex": ["1", "2"],
    "country": ["CHN", "CAN", "GBR", "D"],
    "nation": ["01", "56", "98"],
    "document_kind": ["resident"],
    "document_number": ["110105198803124429", "0"],
    "address": [
        "北京市朝阳区示例路88号3单元502室",
        "青海省玉树州示例县示例乡一村二组",
        "12 Sample Street, Toronto",
    ],
    "firm_name": ["北京示例科技有限公司", "Example (China) Ltd."],
    "party_name": ["苏晓岚", "北京示例科技有限公司", "3M示例有限公司"],
    "amount": ["1", "1,234,567.89", "0.01"],
    "percent": ["25", "100", "33.33"],
    "letters_digits": ["AB-12/3"],
    "account_number": ["6222020000000007", "GB29NWBK60161331926819"],
    "credit_code": ["91350100M000100Y43"],
    "words": ["领取工资，\n按月"],
}
WRONG = {
    "mobile": ["12800001234", "1380000123", "+86138000012345", "abc", "+852123"],
    "telephone": ["1234", "010-1"],
    "phone": ["12", "电话"],
    "postcode": ["10002", "1000200", "1０0020"],
    "email": ["mei.su", "@example.com", "a@b"],
    "birth": ["1988-02-30", "2026-11-28", "1890-01-01", "19880312", ""],
    "past_date": ["2026-11-28", "2018/06/01"],
    "validity": ["长期", "2038-13-01"],
    "sex": ["男", "3"],
    "country": ["ZZZ", "中国", ""],
    "nation": ["57", "汉"],
    "document_kind": ["居民身份证"],
    "document_number": ["", "无"],
    "address": ["", "同上", "12345", "路\x00号"],
    "firm_name": ["", "公司\x07", "123"],
    "party_name": ["", "无"],
    "amount": ["0", "-1", "1e5", "1.234", "1,23", "NaN", "100000000001"],
    "percent": ["0", "101", "x"],
    "letters_digits": ["", "none", "号"],
    "account_number": ["123", "账号12345678"],
    "credit_code": ["91350100M000100Y44"],
    "words": ["", "无", "x" * 401, "a\x00b"],
}
DOUBTS = {
    "mobile": {"+14165550100": FieldCode.ABROAD, "13811111111": FieldCode.REPEATS},
    "postcode": {"000000": FieldCode.REPEATS},
    "sex": {"0": FieldCode.NOT_SAID, "9": FieldCode.NOT_SAID},
    "address": {
        "路1号": FieldCode.SHORT,
        "北京市朝阳区示例路": FieldCode.NO_PLACE,
        "啊啊啊啊啊啊啊路8号": FieldCode.REPEATS,
        "张三李四王五": FieldCode.NO_PLACE,
        "北京市\ufffd区示例路8号": FieldCode.UNREADABLE,
    },
}


def cells(table):
    return [(check, text) for check, texts in table.items() for text in texts]


def test_every_validator_is_tried_both_ways():
    assert set(PASSING) | {"name", "latin_name"} == set(VALIDATORS) == set(WRONG) | {"name", "latin_name"}


@pytest.mark.parametrize(("check", "text"), cells(PASSING))
def test_what_passes(check, text):
    assert VALIDATORS[check](text, BOUNDS) == ()


@pytest.mark.parametrize(("check", "text"), cells(WRONG))
def test_what_cannot_be(check, text):
    assert any_wrong(VALIDATORS[check](text, BOUNDS))


@pytest.mark.parametrize(("check", "text"), cells(DOUBTS))
def test_what_is_doubted_is_not_wrong(check, text):
    found = VALIDATORS[check](text, BOUNDS)
    assert DOUBTS[check][text] in found
    assert not any_wrong(found)


@often
@given(st.sampled_from(sorted(VALIDATORS)), st.text(max_size=40))
def test_no_text_makes_a_validator_fall_over(check, text):
    assert all(isinstance(code, FieldCode) for code in VALIDATORS[check](text, BOUNDS))


@often
@given(st.from_regex(r"6222020[0-9]{8}[0-9]", fullmatch=True))
def test_a_card_number_with_a_wrong_check_digit_is_doubted(number):
    found = VALIDATORS["account_number"](number, BOUNDS)
    assert found == (() if luhn(number) else (FieldCode.CHECK_DOUBT,))


@often
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mobile_is_one_number_however_it_is_written(number):
    written = (
        number,
        f"+86{number}",
        f"86{number}",
        f"0086 {number}",
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
    )
    assert {phone_of(each) for each in written} == {f"+86{number}"}
    assert not any_wrong(VALIDATORS["mobile"](number, BOUNDS))


@often
@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_amounts_come_back_as_they_are(amount):
    assert amount_of(f"{amount:.2f}") == amount == amount_of(f"{amount:,.2f}")


@often
@given(st.dates(date(1000, 1, 1)))
def test_dates_come_back_as_they_are(day):
    assert date_of(day.isoformat()) == day


@pytest.mark.parametrize(
    ("check", "one", "other", "answer"),
    [
        ("address", "北京市朝阳区示例路88号", "朝阳区示例路８８号", True),
        ("address", "朝阳区示例路88号", "朝阳区示例路88号3单元", None),
        ("address", "朝阳区示例路88号", "朝阳区示例路89号", False),
        ("firm_name", "示例（北京）有限公司", "示例(北京)有限公司", True),
        ("firm_name", "示例有限公司", "示例有限公司北京分公司", None),
        ("firm_name", "示例有限公司", "样本有限公司", False),
        ("phone", "13800001234", "+86 138 0000 1234", True),
        ("amount", "1,000.00", "1000", True),
        ("sex", "1", "2", False),
        ("sex", "1", "9", None),
        ("document_number", "h12345678", "H1234 5678", True),
        ("words", " 工资 ", "工资", True),
        ("words", "工资", "奖金", False),
    ],
)
def test_when_two_mean_the_same(check, one, other, answer):
    assert same(check, one, other) is answer
    assert same(check, other, one) is answer


@often
@given(st.sampled_from(sorted(VALIDATORS)), st.text(max_size=20), st.text(max_size=20))
def test_sameness_has_no_direction_whatever_the_field(check, one, other):
    assert same(check, one, other) is same(check, other, one)


def test_a_choice_is_one_of_those_listed():
    assert judge(CATALOGUE, "occupation", "clerk", BOUNDS) == ()
    assert judge(CATALOGUE, "occupation", "职员", BOUNDS) == (FieldCode.CHOICE,)


def test_what_a_chip_vouches_for_is_doubted_but_counts():
    wrong = "110105198803124420"
    birth = {"birth": value("birth", "1988-02-30", Source.CHIP)}
    assert examine(CATALOGUE, birth, BOUNDS).findings[0].code is FieldCode.DATE
    assert examine(CATALOGUE, birth, BOUNDS).unfit == frozenset()
    typed = {"birth": value("birth", "1988-02-30"), "credit_code": value("credit_code", wrong)}
    assert examine(CATALOGUE, typed, BOUNDS).unfit == {"birth", "credit_code"}


def test_the_largest_amount_is_the_rule_packs():
    most = Decimal(BOUNDS.rules.most_amount)
    assert VALIDATORS["amount"](str(most), BOUNDS) == ()
    assert VALIDATORS["amount"](str(most + 1), BOUNDS) == (FieldCode.AMOUNT,)
