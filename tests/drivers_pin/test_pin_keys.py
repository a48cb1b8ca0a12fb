"""AES DUKPT against the test values of ANSI X9.24-3; PIN blocks there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pin_pad import blocks, dukpt

BASE_KEY = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
IDENTITY = bytes.fromhex("1234567890123456")
pins = st.text("0123456789", min_size=4, max_size=12)
accounts = st.text("0123456789", min_size=13, max_size=19)
TELLING = 9
"""Digits that no block holds by chance."""
keys = st.binary(min_size=16, max_size=16)


def test_the_published_keys_come_out() -> None:
    initial = dukpt.initial_key(BASE_KEY, IDENTITY)
    assert initial.hex().upper() == "1273671EA26AC29AFA4D1084127652A1"
    first = dukpt.pin_key(initial, IDENTITY + (1).to_bytes(4, "big"))
    assert first.hex().upper() == "AF8CB133A78F8DC2D1359F18527593FB"


@given(st.integers(1, 0xFFFF_0000), st.integers(1, 0xFFFF_0000))
def test_each_transaction_has_its_own_key(one: int, other: int) -> None:
    made = [dukpt.pin_key(BASE_KEY, IDENTITY + each.to_bytes(4, "big")) for each in (one, other)]
    assert (made[0] == made[1]) is (one == other)


@given(pins, accounts, keys, st.sampled_from([4, 0]))
def test_a_block_opens_only_with_its_account_and_key(pin: str, account: str, key: bytes, form: int) -> None:
    block = dukpt.seal(pin, account, key, form)
    assert len(block) == blocks.SIZES[form]
    assert dukpt.unseal(block, account, key, form) == pin
    assert len(pin) < TELLING or pin not in block.hex()


@given(pins, accounts)
def test_the_same_pin_never_gives_the_same_block_twice(pin: str, account: str) -> None:
    assert dukpt.seal(pin, account, BASE_KEY) != dukpt.seal(pin, account, BASE_KEY)


@given(pins, st.binary(min_size=8, max_size=8))
def test_a_clear_block_is_known_as_one(pin: str, rest: bytes) -> None:
    assert blocks.looks_clear(bytes.fromhex(f"4{len(pin):x}{pin}".ljust(16, "a")) + rest, 4)
    assert blocks.looks_clear(bytes.fromhex(f"0{len(pin):x}{pin}".ljust(16, "f")), 0)


@given(pins, accounts)
def test_a_clear_block_is_known_behind_its_account_too(pin: str, account: str) -> None:
    field = int(f"0{len(pin):x}{pin}".ljust(16, "f"), 16)
    clear = field ^ int(account[-13:-1], 16)
    assert blocks.looks_clear(clear.to_bytes(8, "big"), 0, account)


@given(pins, accounts, keys)
def test_an_encrypted_block_is_not_taken_for_a_clear_one(pin: str, account: str, key: bytes) -> None:
    assert not blocks.looks_clear(dukpt.seal(pin, account, key), 4)


def test_a_wrong_account_does_not_open_it() -> None:
    block = dukpt.seal("123456", "6259654738291056", BASE_KEY)
    with pytest.raises(ValueError, match="does not open"):
        dukpt.unseal(block, "6259654738291049", BASE_KEY)
