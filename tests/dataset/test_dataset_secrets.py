"""Weak passwords and PINs are told by what is known of the customer, and overwritten whatever happens."""

from __future__ import annotations

import ast
import inspect
from datetime import date

import pytest
from dataset_values import RULES, often
from hypothesis import given
from hypothesis import strategies as st

import terminal.dataset.secrets as module
from terminal.dataset.secrets import Known, Weakness, password_weaknesses, pin_weaknesses, wipe

KNOWN = Known(
    birth=date(1988, 3, 12),
    phones=("+86 138-0000-7264",),
    numbers=("110105198803124429", "6222020000000007"),
    names=("SU XIAOLAN",),
)


def pin(text: str) -> tuple[Weakness, ...]:
    return pin_weaknesses(bytearray(text.encode()), KNOWN, RULES.secrets)


def password(text: str) -> tuple[Weakness, ...]:
    return password_weaknesses(bytearray(text.encode()), KNOWN, RULES.secrets)


@pytest.mark.parametrize("text", ["280516", "907142", "736159"])
def test_pins_that_are_not_weak(text):
    assert pin(text) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("12345", Weakness.SHAPE),
        ("1234567", Weakness.SHAPE),
        ("12a456", Weakness.SHAPE),
        ("", Weakness.SHAPE),
        ("111111", Weakness.REPEATS),
        ("121212", Weakness.REPEATS),
        ("485485", Weakness.REPEATS),
        ("777712", Weakness.REPEATS),
        ("123456", Weakness.SEQUENCE),
        ("987650", Weakness.SEQUENCE),
        ("915678", Weakness.SEQUENCE),
        ("880312", Weakness.BIRTH),
        ("198803", Weakness.BIRTH),
        ("120388", Weakness.BIRTH),
        ("213088", Weakness.BIRTH),
        ("937264", Weakness.PHONE),
        ("946279", Weakness.PHONE),
        ("544291", Weakness.NUMBER),
        ("022026", Weakness.NUMBER),
    ],
)
def test_pins_that_are_weak(text, why):
    assert why in pin(text)


@pytest.mark.parametrize("text", ["pine9!Tea", "K7#moor-lamp"])
def test_passwords_that_are_not_weak(text):
    assert password(text) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a9!b", Weakness.SHORT),
        ("pinetea99", Weakness.KINDS),
        ("pine!tea!", Weakness.KINDS),
        ("a1!a1!aaaa", Weakness.REPEATS),
        ("abcd9!Tea", Weakness.SEQUENCE),
        ("tea!19880312", Weakness.BIRTH),
        ("tea!1988312", Weakness.BIRTH),
        ("tea!7264x", Weakness.PHONE),
        ("tea!4429x", Weakness.NUMBER),
        ("Xiaolan!9T", Weakness.NAME),
    ],
)
def test_passwords_that_are_weak(text, why):
    assert why in password(text)


secrets = st.binary(max_size=20) | st.from_regex(rb"[0-9]{6}", fullmatch=True)


@often
@given(secrets, st.sampled_from([pin_weaknesses, password_weaknesses]))
def test_the_secret_is_always_overwritten(secret, judge):
    held = bytearray(secret)
    judge(held, KNOWN, RULES.secrets)
    assert held == bytes(len(secret))


@often
@given(secrets, st.sampled_from([pin_weaknesses, password_weaknesses]))
def test_the_answer_does_not_depend_on_how_often_it_is_asked(secret, judge):
    assert judge(bytearray(secret), KNOWN, RULES.secrets) == judge(bytearray(secret), KNOWN, RULES.secrets)


def test_it_is_overwritten_even_when_judging_fails():
    held = bytearray(b"280516")
    with pytest.raises(AttributeError):
        pin_weaknesses(held, Known(birth="1988-03-12"), RULES.secrets)
    assert held == bytes(6)


@often
@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.dates(date(1930, 1, 1), date(2020, 1, 1)))
def test_every_way_to_write_a_birthday_is_seen(text, birth):
    written = {f"{birth:{each}}" for each in ("%y%m%d", "%d%m%y", "%m%d%y", "%Y%m", "%m%Y")}
    found = pin_weaknesses(bytearray(text.encode()), Known(birth=birth), RULES.secrets)
    assert (Weakness.BIRTH in found) == (text in written or text[::-1] in written or _short(text, birth))


def _short(text: str, birth: date) -> bool:
    """Year, month and day without leading zeros, when that makes six digits."""
    day = f"{birth.month}{birth.day}"
    ways = {f"{birth.year}{day}", f"{day}{birth.year}"}
    return any(way in (text, text[::-1]) for way in ways)


def test_what_is_known_is_in_no_repr():
    assert not any(part in repr(KNOWN) for part in ("1988", "7264", "4429", "XIAOLAN"))


def test_the_module_makes_no_text_of_a_secret_and_logs_nothing():
    tree = ast.parse(inspect.getsource(module))
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert called & {"decode", "print", "get_logger", "hex", "repr"} == set()


def test_wiping_keeps_the_length():
    held = bytearray(b"secret")
    wipe(held)
    assert held == bytes(6)
