"""Minutiae records: the layout of the standard byte for byte, round trips, and bytes that lie."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.capture import Finger
from drivers.iso19794.cursor import BadRecord
from drivers.iso19794.minutiae import (
    FingerView,
    Minutia,
    MinutiaeRecord,
    Ridge,
    decode,
    encode,
)

U8, U16, U14 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0x3FFF)
POINTS = st.builds(Minutia, st.sampled_from(Ridge), U14, U14, U8, st.integers(0, 100))
VIEWS = st.builds(
    FingerView,
    st.sampled_from(Finger),
    st.lists(POINTS, max_size=9).map(tuple),
    st.integers(0, 100),
    st.integers(0, 15),
    st.integers(0, 15),
    st.binary(max_size=20),
)
SIZE = st.integers(1, 0xFFFF)
RECORDS = st.builds(
    MinutiaeRecord, SIZE, SIZE, st.lists(VIEWS, min_size=1, max_size=4).map(tuple), st.tuples(SIZE, SIZE), U16
)
SAMPLE = MinutiaeRecord(
    388,
    374,
    (
        FingerView(
            Finger.RIGHT_INDEX,
            (Minutia(Ridge.ENDING, 100, 203, 48, 90), Minutia(Ridge.BIFURCATION, 16383, 1, 255, 0)),
            quality=65,
        ),
    ),
)
BYTES = bytes.fromhex(
    "464d5200 20323000 00000028 0000 0184 0176 00c5 00c5 01 00"  # head: 24 bytes, 1 view
    "02 00 41 02"  # right index, live plain, quality 65, 2 minutiae
    "4064 00cb 30 5a"  # ending at 100, 203, 67.5°, quality 90
    "bfff 0001 ff 00"  # bifurcation at 16383, 1, 358.6°, no quality
    "0000"  # no extended data
)
BYTES = BYTES[:8] + len(BYTES).to_bytes(4, "big") + BYTES[12:]


def test_the_layout_is_that_of_the_standard():
    """ISO/IEC 19794-2:2005, clause 7: head, view head, six bytes a minutia, length of the extended data."""
    assert encode(SAMPLE) == BYTES
    assert decode(BYTES) == SAMPLE


@given(RECORDS)
def test_what_is_written_is_read(record):
    assert decode(encode(record)) == record


@given(RECORDS, st.integers(1, 600))
def test_zeros_may_fill_up_a_fixed_size(record, more):
    assert decode(encode(record) + bytes(more)) == record


LIES: dict[str, Callable[[bytes], bytes]] = {
    "another magic": lambda data: b"FIR" + data[3:],
    "another version": lambda data: data[:5] + b"30" + data[7:],
    "empty": lambda data: b"",
    "cut": lambda data: data[:-1],
    "longer than it says": lambda data: data + b"\1",
    "says more": lambda data: data[:11] + bytes([data[11] + 1]) + data[12:],
    "says less": lambda data: data[:11] + bytes([data[11] - 1]) + data[12:],
    "says nothing": lambda data: data[:8] + bytes(4) + data[12:],
    "no width": lambda data: data[:14] + bytes(2) + data[16:],
    "no resolution": lambda data: data[:18] + bytes(2) + data[20:],
    "no view": lambda data: data[:22] + b"\0" + data[23:],
    "two views": lambda data: data[:22] + b"\2" + data[23:],
    "reserved byte": lambda data: data[:23] + b"\1" + data[24:],
    "eleventh finger": lambda data: data[:24] + b"\13" + data[25:],
    "quality 101": lambda data: data[:26] + b"\145" + data[27:],
    "a minutia more": lambda data: data[:27] + b"\3" + data[28:],
    "a fourth kind": lambda data: data[:28] + b"\xc0" + data[29:],
    "reserved bits": lambda data: data[:30] + b"\x40" + data[31:],
    "minutia quality 101": lambda data: data[:33] + b"\145" + data[34:],
    "extended data that is not there": lambda data: data[:-1] + b"\1",
    "a megabyte": lambda data: data + bytes(1 << 20),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_bytes_that_lie_are_refused(lie):
    with pytest.raises(BadRecord):
        decode(lie(BYTES))


@given(st.binary(max_size=80))
def test_no_bytes_do_anything_else(data):
    for each in (
        data,
        BYTES[:24] + data,
        BYTES[:8] + (24 + len(data)).to_bytes(4, "big") + BYTES[12:24] + data,
    ):
        try:
            record = decode(each)
        except BadRecord:
            continue
        assert decode(encode(record)) == record


WRONG = {
    "no view": {"views": ()},
    "no width": {"width": 0},
    "too wide": {"width": 70_000},
    "no resolution": {"per_cm": (0, 197)},
    "too many": {"views": (FingerView(Finger.UNKNOWN, (Minutia(Ridge.OTHER, 0, 0, 0, 0),) * 256),)},
    "too far right": {"views": (FingerView(Finger.UNKNOWN, (Minutia(Ridge.OTHER, 16384, 0, 0, 0),)),)},
    "too far round": {"views": (FingerView(Finger.UNKNOWN, (Minutia(Ridge.OTHER, 0, 0, 256, 0),)),)},
    "too good": {"views": (FingerView(Finger.UNKNOWN, (), quality=101),)},
    "minutia too good": {"views": (FingerView(Finger.UNKNOWN, (Minutia(Ridge.OTHER, 0, 0, 0, 101),)),)},
    "view 16": {"views": (FingerView(Finger.UNKNOWN, (), number=16),)},
    "too much beside": {"views": (FingerView(Finger.UNKNOWN, (), extended=bytes(70_000)),)},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_not_written(change):
    with pytest.raises(BadRecord):
        encode(dataclasses.replace(SAMPLE, **change))


def test_nothing_of_a_finger_shows_in_its_repr():
    assert "203" not in repr(SAMPLE)
