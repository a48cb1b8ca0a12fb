"""The PC/SC link on a stand-in for pyscard: T=0, hot plug of cards, readers and pcscd, silence, closing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.document.issue import TestAuthority
from drivers.document.simulated_document import Fault, make
from drivers.errors import Busy, DeviceError, Missing, Retry, TimedOut, Unsupported
from drivers.link.lane import Hung, Lane
from drivers.link.pcsc import PcscReader, Topics, list_readers
from tests.drivers_document.passport_people import passport
from tests.drivers_document.pcsc_stand_in import StandIn, standing_in

TOPICS = Topics("document_reader", "document")
SELECT = bytes.fromhex("00A4040C07A0000002471001")
CHALLENGE = bytes.fromhex("0084000008")


@pytest.fixture
def sim() -> Iterator[StandIn]:
    with standing_in(make(passport(), TestAuthority())) as made:
        yield made


@pytest.fixture
def reader(sim: StandIn) -> Iterator[PcscReader]:
    made = PcscReader("", TOPICS, 0.5)
    yield made
    made.close()
    ends = time.monotonic() + 2
    while sim.open_contexts and time.monotonic() < ends:
        time.sleep(0.01)
    assert sim.open_contexts == 0


def failure(work: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        work()
    return type(caught.value), caught.value.code


def soon(act: Callable[[], object], seconds: float = 0.2) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_commands_are_answered(reader):
    card = reader.connect()
    assert card.exchange(SELECT) == b"\x90\0"
    assert len(card.exchange(CHALLENGE)) == 10
    assert b"RENZHENG-SIM" in card.answer_to_reset
    card.release()
    card.release()
    assert failure(lambda: card.exchange(SELECT)) == (Retry, "document.removed")
    assert reader.connect().exchange(SELECT) == b"\x90\0"


@pytest.mark.parametrize("name", ["", "Virtual", "Virtual PCD 00 00"])
def test_a_reader_is_found_by_the_beginning_of_its_name(sim, name):
    made = PcscReader(name, TOPICS, 0.5)
    assert made.name == sim.reader
    made.close()
    assert list_readers(TOPICS) == (sim.reader,)


def test_other_names_are_no_reader(sim):
    assert failure(lambda: PcscReader("Other", TOPICS, 0.5)) == (Missing, "document_reader.unplugged")
    sim.unplug()
    assert list_readers(TOPICS) == ()
    sim.kill()
    assert list_readers(TOPICS) == ()
    assert failure(lambda: PcscReader("", TOPICS, 0.5)) == (Missing, "document_reader.no_service")


def test_without_pyscard(monkeypatch):
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    wanted = (Unsupported, "document_reader.no_pcsc")
    assert failure(lambda: PcscReader("", TOPICS, 0.5)) == wanted
    assert failure(lambda: list_readers(TOPICS)) == wanted


def test_what_t0_makes_of_answers_is_undone(sim, reader):
    said = []
    answers = iter([b"\x6c\x04", b"\x61\x03", b"\x01\x02\x03\x61\x02", b"\x04\x05\x90\0"])

    def chip(command: bytes) -> bytes:
        said.append(command.hex())
        return next(answers)

    sim.protocol, sim.before = sim.SCARD_PROTOCOL_T0, chip
    assert reader.connect().exchange(bytes.fromhex("0CB0000000")) == bytes.fromhex("01020304059000")
    assert said == ["0cb0000000", "0cb0000004", "00c0000003", "00c0000002"]


def test_t0_sends_no_length_behind_data(sim, reader):
    said = []

    def chip(command: bytes) -> bytes:
        said.append(command.hex())
        return b"\x90\0"

    sim.before = chip
    for protocol in (sim.SCARD_PROTOCOL_T0, sim.SCARD_PROTOCOL_T1):
        sim.protocol = protocol
        card = reader.connect()
        card.exchange(bytes.fromhex("0082000002AABB28"))
        card.exchange(bytes.fromhex("00A4020C02011E"))
        card.release()
    assert said == ["0082000002aabb", "00a4020c02011e", "0082000002aabb28", "00a4020c02011e"]


def test_an_answer_without_end_is_given_up(sim, reader):
    sim.before = lambda command: b"\x61\x01"
    assert failure(lambda: reader.connect().exchange(SELECT)) == (Retry, "document.present_again")


def test_cards_come_and_go(sim, reader):
    sim.remove()
    assert not reader.wait(0)
    assert failure(reader.connect) == (Retry, "document.none")
    timer = soon(sim.insert)
    began = time.monotonic()
    assert reader.wait(5)
    assert time.monotonic() - began < 2
    timer.join()
    card = reader.connect()
    sim.remove()
    assert failure(lambda: card.exchange(SELECT)) == (Retry, "document.removed")
    assert not reader.wait(0.1)


def test_the_time_to_wait_is_kept(sim, reader):
    sim.remove()
    began = time.monotonic()
    assert not reader.wait(0.3)
    assert 0.25 < time.monotonic() - began < 1.5


def test_a_card_that_does_not_answer_properly_is_to_be_presented_again(sim, reader):
    card = reader.connect()
    sim.before = lambda command: b""
    assert failure(lambda: card.exchange(SELECT)) == (Retry, "document.present_again")


def test_a_card_in_other_hands(sim, reader):
    sim.held = True
    assert failure(reader.connect) == (Busy, "document_reader.busy")
    timer = soon(sim.clear)
    assert reader.connect().exchange(SELECT) == b"\x90\0"
    timer.join()


def test_a_card_that_does_not_power_up_is_to_be_presented_again(sim, reader):
    sim.mute = True
    began = time.monotonic()
    assert failure(reader.connect) == (Retry, "document.present_again")
    assert time.monotonic() - began < 5
    timer = soon(sim.clear)
    sim.mute = True
    assert reader.connect().exchange(SELECT) == b"\x90\0"
    timer.join()


def test_a_reader_that_goes_is_missing_for_good(sim, reader):
    timer = soon(sim.unplug)
    sim.remove()
    assert failure(lambda: reader.wait(5)) == (Missing, "document_reader.unplugged")
    timer.join()
    sim.replug()
    sim.insert()
    for call in (reader.check, lambda: reader.wait(0), reader.connect):
        assert failure(call) == (Missing, "document_reader.unplugged")
    again = PcscReader("", TOPICS, 0.5)
    assert again.connect().exchange(SELECT) == b"\x90\0"
    again.close()


def test_pcscd_may_be_restarted_while_waiting(sim, reader):
    sim.remove()
    timers = soon(sim.kill, 0.1), soon(sim.start, 0.6), soon(sim.insert, 0.8)
    assert reader.wait(5)
    for timer in timers:
        timer.join()
    assert reader.connect().exchange(SELECT) == b"\x90\0"


def test_pcscd_may_be_restarted_between_commands(sim, reader):
    card = reader.connect()
    sim.kill()
    sim.start()
    assert failure(lambda: card.exchange(SELECT)) == (Retry, "document.present_again")
    assert reader.connect().exchange(SELECT) == b"\x90\0"


def test_pcscd_away_for_a_moment_is_no_loss_and_for_long_it_is(sim, reader):
    sim.kill()
    began = time.monotonic()
    assert not reader.wait(0.1)
    assert time.monotonic() - began < 1
    sim.start()
    assert reader.wait(1)
    sim.kill()
    began = time.monotonic()
    while time.monotonic() - began < 5:
        try:
            reader.check()
        except Missing as error:
            assert error.code == "document_reader.no_service"
            break
    else:
        pytest.fail("the loss was not noticed")
    sim.start()
    assert failure(reader.check) == (Missing, "document_reader.no_service")


def test_silence_ends_in_time_and_the_reader_lives_on(sim, reader):
    card = reader.connect()
    sim.fault(Fault.SILENCE)
    began = time.monotonic()
    assert failure(lambda: card.exchange(SELECT)) == (TimedOut, "document_reader.silent")
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert failure(reader.check) == (TimedOut, "document_reader.silent")
    assert time.monotonic() - began < 0.5
    sim.clear()
    ends = time.monotonic() + 2
    while time.monotonic() < ends:
        try:
            assert reader.connect().exchange(SELECT) == b"\x90\0"
            return
        except TimedOut:
            time.sleep(0.02)
    pytest.fail("did not recover")


def test_closing_a_silent_reader_does_not_wait(sim):
    reader = PcscReader("", TOPICS, 0.2)
    card = reader.connect()
    sim.fault(Fault.SILENCE)
    assert failure(lambda: card.exchange(SELECT)) == (TimedOut, "document_reader.silent")
    began = time.monotonic()
    reader.close()
    card.release()
    reader.close()
    assert time.monotonic() - began < 1
    assert failure(reader.check) == (Missing, "document_reader.unplugged")
    sim.clear()


def test_traffic_holds_heads_only(reader, caplog):
    card = reader.connect()
    with caplog.at_level(5):
        card.exchange(SELECT)
        challenge = card.exchange(CHALLENGE)[:-2]
    text = caplog.text.upper()
    assert "00 A4 04 0C" in text
    assert "A0 00 00 02" not in text
    assert challenge.hex(" ").upper() not in text


def test_a_lane_raises_what_was_raised_and_counts_its_time():
    lane = Lane("test")
    assert lane.call(lambda: 5, 1) == 5
    with pytest.raises(ZeroDivisionError):
        lane.call(lambda: 1 // 0, 1)
    gate = threading.Event()
    with pytest.raises(Hung):
        lane.call(gate.wait, 0.05)
    assert lane.hung
    with pytest.raises(Hung):
        lane.call(lambda: 5, 5)
    gate.set()
    ends = time.monotonic() + 2
    while lane.hung and time.monotonic() < ends:
        time.sleep(0.01)
    assert lane.call(lambda: 6, 1) == 6
    lane.close()
    lane.close()
