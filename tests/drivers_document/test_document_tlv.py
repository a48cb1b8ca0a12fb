"""BER-TLV: what is written is read back; what is cut off, left over or indefinite is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document import tlv

TAGS = (0x04, 0x30, 0x61, 0x87, 0x5F01, 0x5F1F, 0x7F49, 0x7F61)


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.binary(max_size=300))))
def test_what_is_written_is_read_back(items):
    data = b"".join(tlv.encode(tag, value) for tag, value in items)
    assert tlv.parse(data) == tuple(tlv.Tlv(tag, value) for tag, value in items)


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_or_refused(data):
    try:
        found = tlv.parse(data)
    except ValueError:
        return
    assert sum(len(each.value) for each in found) <= len(data)


@pytest.mark.parametrize(
    ("length", "shown"),
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")],
)
def test_lengths_are_as_short_as_can_be(length, shown):
    data = tlv.encode(0x61, bytes(length))
    assert data[1 : len(data) - length].hex() == shown
    assert tlv.head(data[:6]).length == length


@pytest.mark.parametrize(
    "data",
    [
        "00",
        "0400ff",
        "04",
        "0402aa",
        "0480aabb0000",
        "0485ffffffffff",
        "5f",
        "5f81",
        "5f818181",
        "048201",
        "1f",
    ],
)
def test_what_is_no_tlv_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        tlv.parse(bytes.fromhex(data))


def test_a_length_longer_than_need_be_is_taken():
    assert tlv.parse(bytes.fromhex("04820001aa")) == (tlv.Tlv(4, b"\xaa"),)


def test_one_object_among_others():
    data = bytes.fromhex("0401aa0402bbcc5f0101dd")
    assert tlv.first(data, 0x5F01) == b"\xdd"
    assert tlv.first(data, 4) == b"\xaa"
    assert tlv.only(tlv.encode(0x7C, data), 0x7C) == data
    for wrong in (lambda: tlv.first(data, 5), lambda: tlv.only(data, 4), lambda: tlv.only(data[:3], 5)):
        with pytest.raises(ValueError, match="data object"):
            wrong()


def test_a_value_is_not_shown():
    assert "aa" not in repr(tlv.Tlv(4, b"\xaa"))
