"""Packets of every layout: what is written can be read, noise never becomes ink beyond the pad."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.around import PenPoint, Signature
from drivers.pad.ink import enough, length_mm
from drivers.pad.layout import LAYOUTS, PLAIN, Button, PacketLayout, pieces, put, take
from drivers.pad.packets import Assembler, Sample, encode

shares = st.floats(0, 1)
layouts = st.sampled_from(list(LAYOUTS.values()))


@given(layouts, st.lists(st.tuples(shares, shares, shares, st.booleans()), max_size=20), st.integers(1, 20))
def test_what_is_packed_comes_back(layout: PacketLayout, values: list[tuple[float, float, float, bool]], cut):
    samples = [Sample(x, y, p, down) for x, y, p, down in values]
    stream = b"".join(encode(sample, layout) for sample in samples)
    assembler = Assembler(layout)
    found = [one for at in range(0, len(stream), cut) for one in assembler.feed(stream[at : at + cut])]
    assert len(found) == len(samples)
    for sent, got in zip(samples, found, strict=True):
        assert got.touching is sent.touching
        assert abs(got.x - sent.x) <= 1 / layout.x_max
        assert abs(got.y - sent.y) <= 1 / layout.y_max
        assert assembler.dropped == 0


@given(layouts, st.binary(max_size=600))
@settings(max_examples=300)
def test_noise_gives_nothing_beyond_the_pad_and_leaves_nothing_behind(layout: PacketLayout, noise: bytes):
    assembler = Assembler(layout)
    for sample in assembler.feed(noise):
        assert 0 <= sample.x <= 1
        assert 0 <= sample.y <= 1
        assert 0 <= sample.pressure <= 1
    good = Sample(0.25, 0.75, 0.5, True)
    found = assembler.feed(encode(good, layout) * 3)
    assert found
    assert abs(found[-1].x - 0.25) <= 1 / layout.x_max


@given(st.integers(0, 2000), st.data())
def test_a_lost_byte_costs_one_packet_of_a_marked_stream(seed: int, data: st.DataObject):
    samples = [Sample((seed + 97 * n) % 1000 / 1000, n / 20, 0.5, True) for n in range(20)]
    stream = bytearray(b"".join(encode(sample, PLAIN) for sample in samples))
    del stream[data.draw(st.integers(0, len(stream) - 1))]
    found = Assembler(PLAIN).feed(bytes(stream))
    assert len(found) == 19


@pytest.mark.parametrize("button", list(Button))
def test_buttons(button: Button):
    held = Sample(0.5, 0.5, 0.0, False, button)
    assert Assembler(PLAIN).feed(encode(held, PLAIN))[0].button is button


@pytest.mark.parametrize("text", ["1", "1:8", "1:5-2", "a:1", "1:0-7,2"])
def test_bits_that_are_none_are_refused(text: str):
    with pytest.raises(ValueError, match=r"byte:low-high|ends before"):
        pieces(text)


def test_a_layout_as_data():
    made = PacketLayout.model_validate(
        {"size": 3, "x": "1:0-6", "y": "2:0-6", "touching": "0:0", "x_max": 100, "y_max": 50, "width_mm": 60,
         "height_mm": 30, "y_up": True}
    )  # fmt: skip
    assert Assembler(made).feed(bytes([0x81, 50, 50])) == [Sample(0.5, 0.0, 1.0, True)]
    with pytest.raises(ValidationError):
        PacketLayout.model_validate({**made.model_dump(), "x": "3:0-6"})


@given(st.integers(0, 2**14 - 1))
def test_bits_are_put_where_they_are_taken(value: int):
    packet = bytearray(4)
    put(packet, "1:0-6 3:0-6", value)
    assert take(bytes(packet), "1:0-6 3:0-6") == value
    assert packet[0] == packet[2] == 0


def test_length_and_time_make_a_signature():
    line = tuple(PenPoint(0.1 * n, 0.5, 0.5, 100 * n) for n in range(5))
    assert length_mm(Signature((line,), 100, 50)) == pytest.approx(40)
    assert enough(Signature((line,), 100, 50))
    assert not enough(Signature((line,), 30, 50))
    assert not enough(Signature((line[:2],), 1000, 50))
    assert not enough(Signature((), 100, 50))


def test_a_signature_shows_nothing_of_itself():
    line = tuple(PenPoint(0.1, 0.5, 0.5, n) for n in range(3))
    assert "0.1" not in repr(Signature((line,), 100, 50))
