"""Passwords of staff: what is refused, real Argon2id, Unicode, the duress password (B05, Q05)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from staffed_branch import MONDAY_TEN, person

from terminal.people.passwords import Held, Passwords, held_from, near
from terminal.people.roles import Role

OPERATOR = person("S-1024", Role.TELLER, name="Li Xiaoming")
GOOD = "blue kettle rains 7"


@pytest.fixture(scope="module")
def passwords(rules):
    return Passwords(rules.password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short one 1", "people.password_short"),
        ("x7!k" * 40, "people.password_long"),
        ("blue kettle\x00rains", "people.password_characters"),
        ("blue kettle \ud800 rains", "people.password_characters"),
        ("mountain S-1024 lake", "people.password_named"),
        ("the xiaoming river", "people.password_named"),
        ("the GNIMOAIX river", "people.password_named"),
        ("password2026!!", "people.password_common"),
        ("PassWord PassWord", "people.password_common"),
        ("ｐａｓｓｗｏｒｄ２０２６", "people.password_common"),
        ("aaaaaaaabbbbbb", "people.password_common"),
        ("123456789012", "people.password_common"),
        ("qwertyuiopasdf", "people.password_common"),
        ("abcdefghijklm", "people.password_common"),
    ],
)
def test_what_is_no_password(passwords, password, code):
    assert passwords.complaint(password, OPERATOR) == code


@pytest.mark.parametrize(
    "password", [GOOD, "vK3#mmQ8!zp0Lr", "山高月小水落石出清风徐来水波", "s4 and eleven doors"]
)
def test_what_is_one(passwords, password):
    assert passwords.complaint(password, OPERATOR) is None


def test_a_chinese_name_is_found(passwords):
    assert passwords.complaint("早上王小明喝一杯茶再来上班", person("S-7", name="王小明")) == (
        "people.password_named"
    )


def test_only_the_right_password_fits_and_full_width_letters_are_the_same(passwords):
    held = passwords.hold(GOOD, None, MONDAY_TEN)
    assert passwords.compare(held, GOOD) == (True, False)
    assert passwords.compare(held, "ｂｌｕｅ ｋｅｔｔｌｅ ｒａｉｎｓ ７") == (True, False)
    for wrong in (GOOD.upper(), GOOD + " ", "", "\ud800", GOOD * 100):
        assert passwords.compare(held, wrong) == (False, False)
    assert passwords.compare(None, GOOD) == (False, False)


def test_nobody_makes_the_terminal_hash_a_book(passwords, rules):
    long = "vK3#mmQ8!zp0Lr" * 10
    assert len(long) > rules.password.most_length
    assert passwords.compare(passwords.hold(long, None, MONDAY_TEN), long) == (False, False)


def test_the_duress_password_is_told_apart_and_its_absence_cannot_be_seen(passwords):
    with_one = passwords.hold(GOOD, "green kettle sleeps 9", MONDAY_TEN)
    without = passwords.hold(GOOD, None, MONDAY_TEN)
    assert passwords.compare(with_one, "green kettle sleeps 9") == (False, True)
    assert passwords.compare(without, "green kettle sleeps 9") == (False, False)
    assert len(with_one.to_bytes()) == len(without.to_bytes())
    assert held_from(with_one.to_bytes()) == with_one
    assert "argon2" not in repr(with_one)


def test_hashes_are_argon2id_with_the_costs_of_the_rules(section):
    real = Passwords(section.password)
    held = real.hold(GOOD, None, MONDAY_TEN)
    assert held.password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert held.password != real.hold(GOOD, None, MONDAY_TEN).password, "each has its salt"
    assert real.compare(held, GOOD) == (True, False)


def test_new_costs_make_a_new_hash_of_the_same_password(passwords, section):
    old = passwords.hold(GOOD, "green kettle sleeps 9", MONDAY_TEN)
    real = Passwords(section.password)
    renewed = real.renewed(old, GOOD)
    assert renewed is not None and "m=65536" in renewed.password
    assert (renewed.since, renewed.duress) == (old.since, old.duress)
    assert real.compare(renewed, GOOD) == (True, False)
    assert real.renewed(renewed, GOOD) is None


def test_an_unknown_person_takes_as_long_as_a_known_one(section):
    """Measured where a hash takes many milliseconds; the least of several runs."""
    costs = section.password.model_copy(update={"memory_kib": 16_384, "passes": 2, "lanes": 1})
    dear = Passwords(costs)
    held = dear.hold(GOOD, None, MONDAY_TEN)

    def took(known: Held | None, password: str) -> float:
        spans = []
        for _ in range(4):
            began = time.process_time()
            dear.compare(known, password)
            spans.append(time.process_time() - began)
        return min(spans)

    known, unknown, empty = took(held, "wrong password 1"), took(None, "wrong password 1"), took(held, "")
    assert 0.5 < unknown / known < 2
    assert 0.5 < empty / known < 2


def test_a_password_grows_old(passwords, rules):
    held = passwords.hold(GOOD, None, MONDAY_TEN)
    days = rules.password.advise_after_days
    assert not passwords.is_old(held, MONDAY_TEN + timedelta(days=days))
    assert passwords.is_old(held, MONDAY_TEN + timedelta(days=days, seconds=1))


@given(st.text(min_size=1, max_size=30), st.data())
@settings(max_examples=200, deadline=None)
def test_one_slip_of_a_key_is_near(password, data):
    at = data.draw(st.integers(0, len(password)))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    assert near(password, password)
    plain = "".join(each for each in password if each.isascii())
    at = min(at, len(plain))
    assert near(plain, plain[:at] + letter + plain[at:])
    assert near(plain, plain[:at] + plain[at + 1 :])
    assert near(plain, plain[:at] + letter + plain[at + 1 :])


@pytest.mark.parametrize(("one", "other"), [("abcdef", "abdcef"), ("abcdef", "abcdefgh"), ("abc", "xyz")])
def test_two_slips_are_not_near(one, other):
    assert not near(one, other)


@pytest.mark.parametrize("bytes_", [b"", b"{}", b'{"password": 1}', b"\xff"])
def test_sealed_bytes_that_are_no_hashes_are_refused_without_being_shown(bytes_):
    with pytest.raises(ValueError) as caught:
        held_from(bytes_)
    assert "input_value" not in str(caught.value)
