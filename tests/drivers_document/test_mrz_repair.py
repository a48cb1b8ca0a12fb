"""What optical reading confuses is put right where nothing else is possible, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document.mrz import parse
from drivers.document.mrz_layout import check_digit
from drivers.document.mrz_repair import repair

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
PERMIT = ("CSC123456788<3412084<8108033<8",)


def swapped(lines: tuple[str, ...], line: int, place: int, sign: str) -> tuple[str, ...]:
    changed = list(lines)
    changed[line] = changed[line][:place] + sign + changed[line][place + 1 :]
    return tuple(changed)


@pytest.mark.parametrize("lines", [PASSPORT, CARD], ids=["passport", "card"])
def test_a_right_zone_is_left_alone(lines):
    fixed = repair(lines)
    assert fixed.lines == lines
    assert fixed.changes == ()


@pytest.mark.parametrize(
    ("line", "place", "read"),
    [(1, 13 + 2, "O"), (1, 17, "I"), (1, 18, "Z"), (1, 26, "S"), (1, 19, "Z"), (1, 21, "I"), (1, 22, "Z")],
)
def test_letters_in_dates_and_check_digits_become_digits(line, place, read):
    fixed = repair(swapped(PASSPORT, line, place, read))
    assert fixed.lines == PASSPORT
    assert [(each.line, each.place, each.because) for each in fixed.changes] == [(line, place, "place")]


def test_digits_in_country_codes_become_letters():
    fixed = repair(swapped(swapped(PASSPORT, 0, 4, "0"), 1, 12, "0"))
    assert fixed.lines == PASSPORT
    assert len(fixed.changes) == 2


def test_a_check_digit_decides_about_a_number():
    fixed = repair(swapped(PASSPORT, 1, 5, "O"))
    assert fixed.lines == PASSPORT
    assert [each.because for each in fixed.changes] == ["check_digit"]


def test_two_confused_signs_are_put_right_when_one_pair_alone_fits():
    right = "AO1234567" + check_digit("AO1234567") + PASSPORT[1][10:43]
    right += check_digit(right[0:10] + right[13:20] + right[21:43])
    read = (PASSPORT[0], right.replace("AO1234567", "A0I234567"))
    assert repair(read).lines == (PASSPORT[0], right)


def test_a_number_that_two_readings_would_fit_is_left_as_it_was_read():
    for place, read in ((1, "B"), (6, "Z")):
        wrong = swapped(PASSPORT, 1, place, read)
        assert repair(wrong).lines == wrong
        assert not parse(wrong).checks_hold


def test_numbers_of_chinese_passports_have_digits_behind_two_signs():
    names = "POCHN" + "ZHENGJIAN<<YANGBEN".ljust(39, "<")
    number, birth, expiry = (text + check_digit(text) for text in ("EB8123456", "810803", "341208"))
    right = f"{number}CHN{birth}F{expiry}" + "<" * 14 + "0"
    right += check_digit(right[0:10] + right[13:20] + right[21:43])
    assert parse((names, right)).checks_hold
    read = (names, right.replace("EB8123456", "EBB1Z34S6"))
    fixed = repair(read)
    assert fixed.lines == (names, right)
    assert [each.because for each in fixed.changes] == ["place"] * 3


def test_a_digit_read_as_another_is_never_put_right():
    read = swapped(PASSPORT, 1, 14, "7")
    assert repair(read).lines == read
    assert "document.doubt.check_digit_birth" in parse(repair(read).lines).doubts


def test_names_are_never_touched():
    read = ("P<UTOER1KSS0N<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<", PASSPORT[1])
    assert repair(read).lines == read
    assert "document.doubt.name_field" in parse(read).doubts


def test_signs_like_fillers_are_taken_for_fillers_only_where_no_name_goes_on():
    assert repair(("P<UTOERIKSSON<<ANNA<MARIA<<<<<KK<<<<<K<<<C<<", PASSPORT[1])).lines == PASSPORT
    kept = ("P<UTOERIKSSON<<ANNA<<ELKE<<<<<<<<<<<<<<<<<<<", PASSPORT[1])
    assert repair(kept).lines == kept
    initial = ("P<UTOERIKSSON<<ANNA<K<<<<<<<<<<<<<<<<<<<<<<<", PASSPORT[1])
    assert repair(initial).lines == initial


def test_brackets_and_blanks_are_no_obstacle():
    read = ("P<UTOERIKSSON«ANNA‹MARIA" + "《" * 9 + "<", " L898902C3 6UTO7408122F 1204159ZE184226B<<<<<10")
    assert repair(read).lines == PASSPORT


@pytest.mark.parametrize("missing", [1, 3, 6])
def test_fillers_lost_or_won_at_the_end_of_a_name_are_put_right(missing):
    short = (PASSPORT[0][:-missing], PASSPORT[1])
    assert repair(short).lines == PASSPORT
    assert repair((PASSPORT[0] + "<" * missing, PASSPORT[1])).lines == PASSPORT
    assert repair(short).changes[0].because == "length"


def test_fillers_lost_in_the_middle_of_the_second_line_are_put_right():
    assert repair((PASSPORT[0], PASSPORT[1].replace("<<<<<", "<<<"))).lines == PASSPORT
    assert repair((CARD[0], CARD[1].replace("<<<", "<", 1), CARD[2])).lines == CARD


def test_a_line_without_a_run_of_fillers_is_not_stretched():
    short = (PASSPORT[0], PASSPORT[1].replace("UTO", "UO"))
    assert repair((short[0], short[1].replace("<<<<<", "X"))).lines[1] == short[1].replace("<<<<<", "X")


def test_a_permit_line_is_repaired_by_the_same_rules():
    read = (PERMIT[0].replace("341208", "34I2O8"),)
    assert repair(read).lines == PERMIT
    assert parse(PERMIT).number == "C12345678"


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_repaired_without_an_exception_and_twice_is_once(lines):
    once = repair(lines)
    assert repair(once.lines).lines == once.lines


@given(st.sampled_from([PASSPORT, CARD]), st.data())
def test_repair_never_makes_another_key_hold_from_one_confused_sign(lines, data):
    confused = {"0": "O", "O": "0", "1": "I", "8": "B", "5": "S", "2": "Z", "6": "G", "<": "K"}
    line = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[0]) - 1))
    sign = lines[line][place]
    if sign not in confused:
        return
    fixed = parse(repair(swapped(lines, line, place, confused[sign])).lines)
    assert fixed.key == parse(lines).key or not fixed.checks_hold


def test_a_check_digit_does_not_overrule_what_was_surely_read():
    wrong = swapped(PASSPORT, 1, 5, "O")
    assert repair(wrong, unsure={(1, 5)}).lines == PASSPORT
    assert repair(wrong, unsure={(1, 4)}).lines == wrong
