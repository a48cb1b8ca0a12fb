"""A card number shows six digits and four, is written nowhere, and can be overwritten."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.card_number import CardNumber
from terminal.card_ranges import issuer_of, ranges

DIGITS = "6200001234567894"


def number(text: str = DIGITS) -> CardNumber:
    return CardNumber(bytes(map(int, text)))


@given(st.text("0123456789", min_size=11, max_size=19))
def test_no_more_than_first_six_and_last_four_are_shown(text):
    one = number(text)
    for shown in (str(one), repr(one), f"{one}", f"{[one]}"):
        assert text[:6] in shown
        assert "*" * (len(text) - 10) + text[-4:] in shown
        assert text not in shown


@given(st.text("0123456789", min_size=1, max_size=10))
def test_of_a_short_one_nothing_is_shown(text):
    assert str(number(text)) == "*" * len(text)


def test_it_is_written_nowhere():
    for write in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write(number())
    assert not hasattr(number(), "__dict__")


def test_it_can_be_overwritten():
    one = number()
    held = one._digits
    assert one.reveal() == DIGITS
    one.wipe()
    assert (one.reveal(), len(one), one.check_holds) == ("", 0, False)
    assert not any(held)


def test_it_is_equal_to_the_same_digits_and_no_key():
    assert number() == number()
    assert number() != number("6200001234567895")
    assert number() != DIGITS
    with pytest.raises(TypeError):
        hash(number())


@pytest.mark.parametrize("digits", [b"", b"123", bytes([10])])
def test_it_is_made_of_values(digits):
    with pytest.raises(ValueError):
        CardNumber(digits)


@pytest.mark.parametrize(
    ("text", "scheme", "fits", "taken"),
    [
        ("6200001234567894", "UnionPay", True, True),
        ("6250941234567890123", "UnionPay", True, True),
        ("4111111111111111", "Visa", True, True),
        ("411111111111111111", "Visa", False, True),
        ("5555555555554444", "Mastercard", True, True),
        ("2223000048400011", "Mastercard", True, True),
        ("2720990000000007", "Mastercard", True, True),
        ("3530111333300000", "JCB", True, True),
        ("3800000000000006", "Diners Club", True, True),
        ("6011000990139424", "Discover", True, True),
        ("378282246310005", "American Express", True, False),
    ],
)
def test_beginnings_name_the_scheme(text, scheme, fits, taken):
    found = issuer_of(text)
    assert found is not None
    assert (found.scheme, found.length_fits, found.taken) == (scheme, fits, taken)


@pytest.mark.parametrize("text", ["9558800000000000", "2220990000000000", "2721000000000000", "0000", "5"])
def test_an_unknown_beginning_is_unknown(text):
    assert issuer_of(text) is None


def test_the_table_is_dated_and_no_beginning_stands_twice():
    table = ranges()
    assert table.dated.year >= 2026
    for text in (f"{begin:06d}" for begin in range(100_000, 1_000_000, 37)):
        assert sum(each.holds(text) for each in table.range) <= 1, text
