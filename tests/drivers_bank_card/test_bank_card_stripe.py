"""Swipes: number and expiry are taken, the rest is wiped."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.around import CardSource
from drivers.bank_card.settings import StripeSettings
from drivers.bank_card.stripe import StripeReader
from drivers.bank_card.track import StripeBuffer, Swipe, check_character, encode
from drivers.errors import DeviceError, Garbled, Missing, Retry, TimedOut
from drivers.sim.handle import Simulated

NUMBER, SECRET = "6259654738291052", "987654"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulated]:
    with Simulated("drivers.bank_card.stripe_simulator", ["--link", "{folder}/stripe"]) as reader:
        yield reader


@pytest.fixture
def sim(running: Simulated) -> Simulated:
    running.replug()
    running.clear()
    return running


@pytest.fixture
def reader(sim: Simulated) -> Iterator[StripeReader]:
    device = StripeReader.open(sim.address, StripeSettings())
    yield device
    device.close()


def test_a_swipe_is_read_once(sim: Simulated, reader: StripeReader) -> None:
    assert reader.about.simulated
    sim.tell("swipe")
    assert reader.wait_for_card(3)
    card = reader.read()
    assert (card.number, card.expiry, card.source) == (NUMBER, "3012", CardSource.STRIPE)
    with pytest.raises(Retry, match=r"bank_card\.none"):
        reader.read()


def test_waiting_ends(reader: StripeReader) -> None:
    began = time.monotonic()
    assert not reader.wait_for_card(0.2)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("fault", ["wrong_lrc", "broken_off", "reported", "wrong_check_digit"])
def test_a_bad_swipe_is_a_card_that_cannot_be_read(sim: Simulated, reader: StripeReader, fault: str) -> None:
    sim.fault(fault, 1)
    sim.tell("swipe")
    assert reader.wait_for_card(3)
    with pytest.raises(Retry) as error:
        reader.read()
    assert error.value.code == "bank_card.unreadable"
    sim.tell("swipe")
    assert reader.wait_for_card(3)
    assert reader.read().number == NUMBER


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("noise", Garbled, "bank_card_reader.garbled"),
        ("unplugged_mid_swipe", Missing, "bank_card_reader.unplugged"),
    ],
)
def test_stripe_faults(
    sim: Simulated, reader: StripeReader, fault: str, kind: type[DeviceError], code: str
) -> None:
    sim.fault(fault, 1)
    sim.tell("swipe")
    with pytest.raises(DeviceError) as error:
        reader.wait_for_card(3)
    assert (type(error.value), error.value.code) == (kind, code)
    assert NUMBER[:8] not in str(dict(error.value.facts))


def test_one_that_must_answer_and_does_not(sim: Simulated) -> None:
    sim.fault("silence")
    StripeReader.open(sim.address, StripeSettings()).close()
    with pytest.raises(TimedOut, match=r"bank_card_reader\.silent"):
        StripeReader.open(sim.address, StripeSettings(must_answer=True))


def test_nothing_of_the_track_stays_but_number_and_expiry() -> None:
    buffer = StripeBuffer(lrc=True)
    inside = buffer._buffer
    swipe = buffer.feed(b"%B1^NAME/SAMPLE^" + encode(NUMBER, "3012", f"201{SECRET}"))
    assert swipe == Swipe(NUMBER, "3012")
    assert inside is buffer._buffer
    assert bytes(inside) == b""
    gc.collect()
    kept = [each for each in gc.get_referents(buffer) if isinstance(each, str | bytes | bytearray)]
    assert not any(SECRET in str(each) or "SAMPLE" in str(each) for each in kept)
    assert NUMBER not in repr(swipe)


@given(st.binary(max_size=120), st.integers(1, 9))
@settings(max_examples=300)
def test_any_bytes_give_a_sound_number_or_none(data: bytes, cut: int) -> None:
    buffer = StripeBuffer(lrc=True)
    for at in range(0, len(data), cut):
        swipe = buffer.feed(data[at : at + cut])
        assert swipe is None or swipe == Swipe() or swipe.number.isdigit()
        assert len(buffer._buffer) <= 50


@given(st.integers(0, 200), st.integers(0, 3))
def test_a_misread_bit_is_noticed(place: int, bit: int) -> None:
    track = bytearray(encode(NUMBER, "3012"))
    track[place % len(track)] ^= 1 << bit
    swipe = StripeBuffer(lrc=True).feed(bytes(track))
    assert swipe is None or swipe == Swipe()


@pytest.mark.parametrize("cut", [1, 3, 100])
def test_in_pieces_and_without_a_check_character(cut: int) -> None:
    for lrc in (True, False):
        track = encode(NUMBER, "3012")[: None if lrc else -1]
        buffer = StripeBuffer(lrc)
        found = [buffer.feed(track[at : at + cut]) for at in range(0, len(track), cut)]
        assert [each for each in found if each] == [Swipe(NUMBER, "3012")]


def test_the_check_character_makes_every_column_even() -> None:
    track = encode(NUMBER, "3012")
    assert check_character(track[:-1]) == track[-1]
    assert check_character(track) == 0x30
