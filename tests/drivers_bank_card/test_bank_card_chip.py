"""Number and expiry from a chip, whatever way the card presents them; nothing else of it is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.around import BankCard, CardSource
from drivers.bank_card.emv import read_card
from drivers.bank_card.numbers import is_expiry, is_number, luhn
from drivers.bank_card.pcsc import ChipReader
from drivers.bank_card.settings import ChipSettings
from drivers.bank_card.simulated_card import CardFault, SimulatedCard
from drivers.document.tlv import encode
from drivers.errors import DeviceError, Retry, Unsupported
from drivers.sim import pcscd
from drivers.sim.handle import Simulated
from drivers.sim.pcscd import PrivatePcscd
from tests.drivers_document.pcsc_stand_in import standing_in

NUMBER = "6259654738291052"

if not pcscd.missing():
    # libpcsclite looks for its daemon once in the life of a process.
    pcscd.claim_socket()


class Direct:
    """The card in hand, without a reader."""

    def __init__(self, card: SimulatedCard) -> None:
        self.card = card
        self.said: list[bytes] = []

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.said.append(command)
        reply = self.card.transmit(command)
        if reply.data is None:
            raise Retry("bank_card.removed", "hand")
        return reply.data[:-2], int.from_bytes(reply.data[-2:], "big")


def read(card: SimulatedCard, source: CardSource = CardSource.CHIP) -> BankCard:
    return read_card(Direct(card), source, "hand")


@pytest.mark.parametrize("contactless", [False, True])
@pytest.mark.parametrize("fault", [None, CardFault.NO_DIRECTORY])
def test_number_and_expiry(contactless: bool, fault: CardFault | None) -> None:
    card = SimulatedCard(contactless=contactless)
    if fault is not None:
        card.fault(fault.value)
    source = CardSource.CONTACTLESS if contactless else CardSource.CHIP
    found = read(card, source)
    assert (found.number, found.expiry, found.source) == (NUMBER, "3012", source)
    assert found.scheme == "SIMULATED UNIONPAY"
    assert found.masked == "625965******1052"
    assert NUMBER not in repr(found)


def test_a_contactless_card_that_says_all_at_once_is_asked_nothing_more() -> None:
    card = SimulatedCard(contactless=True)
    read(card, CardSource.CONTACTLESS)
    assert card.reads == 0


@pytest.mark.parametrize(
    "number", ["6259654738291052", "4111111111111111", "621234567890123457", "6212345678901234569"]
)
def test_numbers_of_any_length(number: str) -> None:
    assert is_number(number)
    assert read(SimulatedCard(number)).number == number


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (CardFault.NO_APPLICATION, Unsupported, "bank_card.no_application"),
        (CardFault.OPTIONS_REFUSED, Retry, "bank_card.unreadable"),
        (CardFault.CUT_RECORD, Retry, "bank_card.unreadable"),
        (CardFault.WRONG_CHECK_DIGIT, Retry, "bank_card.unreadable"),
        (CardFault.CONTRADICTION, Retry, "bank_card.unreadable"),
        (CardFault.REMOVED_MID_READ, Retry, "bank_card.removed"),
    ],
)
def test_chip_faults(fault: CardFault, kind: type[DeviceError], code: str) -> None:
    card = SimulatedCard()
    card.fault(fault.value)
    with pytest.raises(DeviceError) as error:
        read(card)
    assert (type(error.value), error.value.code) == (kind, code)
    assert NUMBER not in str(dict(error.value.facts))


def test_no_track_data_and_no_name_stays() -> None:
    found = read(SimulatedCard())
    gc.collect()
    kept = {name: getattr(found, name) for name in found.__slots__}
    assert set(kept) == {"number", "expiry", "source", "scheme"}
    assert "2010000012345678" not in str(kept)
    assert "SAMPLE" not in str(kept)


class Says:
    """A card that answers with what it is told to, in turn."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = iter(answers)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        return next(self._answers, b""), 0x9000


@given(st.lists(st.binary(max_size=60), max_size=30))
@settings(max_examples=300, deadline=None)
def test_a_card_that_says_anything_gives_a_sound_card_or_an_error(answers: list[bytes]) -> None:
    try:
        found = read_card(Says(answers), CardSource.CHIP, "hand")
    except DeviceError as error:
        assert error.code in {"bank_card.unreadable", "bank_card.no_application"}
    else:
        assert is_number(found.number)
        assert is_expiry(found.expiry)


@given(st.binary(max_size=20), st.binary(max_size=30))
def test_a_card_that_asks_for_much_is_answered_within_bounds(wanted: bytes, record: bytes) -> None:
    select = encode(0x6F, encode(0xA5, encode(0x9F38, wanted)))
    with pytest.raises(DeviceError):
        read_card(Says([b"", select, encode(0x80, b"\0\0" + record[:4]), record]), CardSource.CHIP, "hand")


@given(st.text("0123456789", min_size=11, max_size=18))
def test_the_check_digit_finds_every_single_error(body: str) -> None:
    (digit,) = [each for each in "0123456789" if luhn(body + each)]
    number = body + digit
    for place, each in enumerate(number):
        other = str((int(each) + 1) % 10)
        assert not luhn(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "12", "42", "4111 1111 1111 1111", "4111111111111111111111", "１２３４"]
)
def test_what_is_no_number(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize("text", ["", "3013", "3000", "31", "30122", "ab12"])
def test_what_is_no_expiry(text: str) -> None:
    assert not is_expiry(text)


@pytest.mark.parametrize("contactless", [False, True])
def test_over_the_stand_in(contactless: bool) -> None:
    with standing_in(SimulatedCard(contactless=contactless)) as sim:  # type: ignore[arg-type]
        reader = ChipReader.open("pcsc:", ChipSettings())
        try:
            assert reader.about.simulated
            assert reader.wait_for_card(1)
            assert reader.read().source is (CardSource.CONTACTLESS if contactless else CardSource.CHIP)
            sim.remove()
            assert not reader.wait_for_card(0.1)
            with pytest.raises(Retry, match=r"bank_card\.none"):
                reader.read()
        finally:
            reader.close()


def test_a_real_reader_with_a_simulated_card_is_known_as_one() -> None:
    with standing_in(SimulatedCard()) as sim:  # type: ignore[arg-type]
        sim.reader = "ACME Reader 00 00"
        reader = ChipReader.open("pcsc:ACME", ChipSettings())
        assert not reader.about.simulated
        reader.read()
        assert reader.about.simulated
        reader.close()


@pytest.fixture
def daemon() -> Iterator[PrivatePcscd]:
    if pcscd.missing():
        pytest.skip(f"needs {pcscd.missing()}")
    with PrivatePcscd() as running:
        yield running


@pytest.mark.parametrize("options", [[], ["--contactless"]])
def test_through_pcscd(daemon: PrivatePcscd, options: list[str]) -> None:
    arguments = ["--port", str(daemon.port), *options]
    with Simulated("drivers.bank_card.chip_simulator", arguments) as card:
        reader = ChipReader.open("pcsc:Virtual", ChipSettings())
        try:
            assert reader.wait_for_card(5)
            assert reader.read().number == NUMBER
            card.unplug()
            card.replug()
            assert reader.wait_for_card(5)
            assert reader.read().source is (CardSource.CONTACTLESS if options else CardSource.CHIP)
        finally:
            reader.close()
