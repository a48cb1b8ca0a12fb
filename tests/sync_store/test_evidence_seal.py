"""Sealed items: only the holder of the key opens them, only where they belong."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import SealBroken
from sync.records import sha256
from sync.seal import (
    HEADER_BYTES,
    TAG_BYTES,
    evidence_aad,
    seal,
    seal_evidence,
    seal_values,
    unseal,
    unseal_evidence,
    wipe,
)

CENTRE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = CENTRE.public_key().public_bytes_raw()


@given(st.binary(max_size=3000), st.binary(max_size=100))
def test_what_is_sealed_opens_again(plain, aad):
    blob = seal(plain, PUBLIC, aad)
    assert unseal(blob, CENTRE, aad) == plain
    assert len(blob) == HEADER_BYTES + len(plain) + TAG_BYTES
    assert plain == b"" or len(plain) < 8 or plain not in blob


def test_the_same_item_is_sealed_differently_every_time():
    assert seal(b"same", PUBLIC, b"") != seal(b"same", PUBLIC, b"")


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_bit_is_noticed(plain, data):
    blob = bytearray(seal(plain, PUBLIC, b"a"))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(bytes(blob), CENTRE, b"a")


@given(st.binary(max_size=120))
def test_anything_else_is_no_sealed_item(data):
    with pytest.raises(SealBroken):
        unseal(data, CENTRE, b"")


@given(st.integers(0, 80))
def test_a_shortened_item_does_not_open(length):
    with pytest.raises(SealBroken):
        unseal(seal(b"twenty bytes of plain", PUBLIC, b"")[:length], CENTRE, b"")


def test_an_item_of_another_record_or_name_does_not_open():
    _, item = seal_evidence("r-1", "chip_photo", "image/jpeg", b"jpeg", PUBLIC)
    assert unseal_evidence(item, "r-1", CENTRE) == b"jpeg"
    for record_id, name in (("r-2", "chip_photo"), ("r-1", "live_face")):
        with pytest.raises(SealBroken) as caught:
            unseal(item.blob, CENTRE, evidence_aad(record_id, name))
        assert caught.value.code == "seal.altered"


def test_an_item_for_another_centre_says_so():
    with pytest.raises(SealBroken) as caught:
        unseal(seal(b"x", PUBLIC, b""), X25519PrivateKey.generate(), b"")
    assert caught.value.code == "seal.other_key"


@pytest.mark.parametrize(
    ("position", "code"), [(0, "seal.format"), (4, "seal.unknown_algorithm"), (5, "seal.unknown_algorithm")]
)
def test_a_format_of_the_future_is_told_from_damage(position, code):
    blob = bytearray(seal(b"x", PUBLIC, b""))
    blob[position] += 1
    with pytest.raises(SealBroken) as caught:
        unseal(bytes(blob), CENTRE, b"")
    assert caught.value.code == code


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError):
        seal(b"x", key, b"")


def test_the_all_zero_key_is_refused():
    """Its shared secret would be known to everybody (RFC 7748, section 6.1)."""
    with pytest.raises(ValueError):
        seal(b"x", bytes(32), b"")


def test_the_mention_names_the_item_exactly():
    ref, item = seal_evidence("r-1", "live_face", "image/jpeg", b"plain", PUBLIC)
    assert (ref.name, ref.media_type, ref.size) == ("live_face", "image/jpeg", 5)
    assert ref.sha256_plain == sha256(b"plain")
    assert ref.sha256_sealed == sha256(item.blob)


def test_values_that_can_be_guessed_are_salted():
    refs = [seal_values("r-1", "identity", {"number": "110101199003074514"}, PUBLIC) for _ in range(2)]
    assert refs[0][0].sha256_plain != refs[1][0].sha256_plain
    opened = json.loads(unseal_evidence(refs[0][1], "r-1", CENTRE))
    assert opened["number"] == "110101199003074514"
    assert len(opened["salt"]) == 32


def test_frozen_item_still_opens():
    """An item sealed by the first release; its format must stay readable."""
    blob = bytes.fromhex(FROZEN)
    assert unseal(blob, CENTRE, evidence_aad("r-1", "chip_photo")) == b"first release"


def test_wiping_leaves_zeros():
    buffer = bytearray(b"secret")
    wipe(buffer)
    assert buffer == bytes(6)


FROZEN = (
    "525a534c0101eedd883da0a9451576b5b559ca753dad5a4b7b96e1cdb926dd6840d2d464bbe4b05ed28f932cc3"
    "5c7bd0c56f25727c870b425240eddb1289686c8b44f9380aec1d134e8688"
)
