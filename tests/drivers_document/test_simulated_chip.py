"""The reader's side against the chip's side, nothing between: BAC, PACE, files of any size, wrong keys."""

from __future__ import annotations

import math

import pytest

from drivers.capture import DocumentKey
from drivers.document import pace, tlv
from drivers.document.apdu import Command
from drivers.document.chip import Chip
from drivers.document.settings import EmrtdSettings
from drivers.document.simulated_chip import SimulatedChip
from drivers.errors import DeviceError, Garbled, Retry, Unsupported

KEY = DocumentKey("L898902C3", "740812", "320415")
OTHER_KEY = DocumentKey("L898902C4", "740812", "320415")
SIZES = (2, 100, 0xDF - 4, 0xDF, 5000, 40_000)
FILES = {number: tlv.encode(0x75, bytes(size)) for number, size in enumerate(SIZES, 0x0101)}


def chip(offers: tuple[pace.Offer, ...] = (), bac: bool = True, **settings: object) -> Chip:
    card = SimulatedChip(FILES, KEY, offers, bac)
    return Chip(card.transmit, "test", EmrtdSettings.model_validate(settings), math.inf)


def failure(work) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        work()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize("size", [0, 16, 24, 32])
@pytest.mark.parametrize("curve", [12, 13, 15, 16, 17, 18])
def test_pace_with_every_cipher_and_curve(size, curve):
    reader = chip((pace.offer(size, curve),), bac=False)
    assert reader.open(KEY) == "pace"
    assert reader.read_file(0x0102, lambda *_: None) == FILES[0x0102]


@pytest.mark.parametrize("offers", [(), (pace.offer(16, 13),)], ids=["bac", "pace"])
@pytest.mark.parametrize("number", FILES)
def test_files_of_every_size_are_read_whole(offers, number):
    reader = chip(offers)
    reader.open(KEY)
    heard = []
    assert reader.read_file(number, lambda *each: heard.append(each)) == FILES[number]
    assert all(read <= whole == len(FILES[number]) for read, whole in heard)
    assert reader.read_file(0x0110, lambda *_: None) is None


def test_small_pieces():
    reader = chip(chunk_bytes=16)
    reader.open(KEY)
    assert reader.read_file(0x0105, lambda *_: None) == FILES[0x0105]


@pytest.mark.parametrize("offers", [(), (pace.offer(32, 12),)], ids=["bac", "pace"])
def test_a_wrong_key_can_be_put_right(offers):
    reader = chip(offers)
    assert failure(lambda: reader.open(OTHER_KEY)) == (Retry, "document.wrong_key")


def test_bac_where_pace_is_not_offered_or_not_allowed():
    assert chip().open(KEY) == "bac"
    assert chip((pace.offer(16, 12),), pace=False).open(KEY) == "bac"


def test_bac_where_the_chip_does_not_do_what_it_offered():
    card = SimulatedChip(FILES, KEY, (pace.offer(16, 12),))

    def reluctant(command: bytes) -> bytes:
        return b"\x6a\x80" if Command.decode(command).ins == 0x22 else card.transmit(command)

    assert Chip(reluctant, "test", EmrtdSettings(), math.inf).open(KEY) == "bac"
    wanted = (Unsupported, "document.no_common_access")
    assert failure(lambda: Chip(reluctant, "test", EmrtdSettings(bac=False), math.inf).open(KEY)) == wanted


def test_no_way_in_common():
    wanted = (Unsupported, "document.no_common_access")
    assert failure(lambda: chip((pace.offer(16, 12),), bac=False, pace=False).open(KEY)) == wanted
    assert failure(lambda: chip(bac=False).open(KEY)) == wanted


def test_the_strongest_offer_is_taken_and_said():
    ways = (pace.offer(16, 13), pace.offer(32, 12), pace.offer(16, 12))
    found = pace.offers(pace.encode_offers(ways))
    assert [(each.key_size, each.parameters) for each in found] == [(32, 12), (16, 12), (16, 13)]
    assert [each.named for each in found] == [False, True, True]
    reader = chip(ways[1:] + ways[:1], bac=False)
    assert reader.open(KEY) == "pace"
    two_curves = chip((pace.offer(16, 13), pace.offer(16, 12)), bac=False)
    assert two_curves.open(KEY) == "pace"
    assert two_curves.read_file(0x0101, lambda *_: None) == FILES[0x0101]


@pytest.mark.parametrize(
    "data", ["", "00", "3100", "31023000", "3112300f060a04007f00070202040202020101", "6161"]
)
def test_a_card_access_without_known_offers(data):
    assert pace.offers(bytes.fromhex(data)) == ()


def test_a_command_altered_on_its_way_ends_the_session():
    card = SimulatedChip(FILES, KEY)
    altering = [False]

    def line(command: bytes) -> bytes:
        return card.transmit(command[:-3] + bytes([command[-3] ^ altering[0]]) + command[-2:])

    reader = Chip(line, "test", EmrtdSettings(), math.inf)
    reader.open(KEY)
    altering[0] = True
    assert failure(lambda: reader.read_file(0x0101, lambda *_: None)) == (Garbled, "document_reader.session")
    assert card.session is None


@pytest.mark.parametrize("answer", [b"", b"\x90", b"\x90\0"])
def test_answers_that_are_none(answer):
    reader = Chip(lambda _: answer, "test", EmrtdSettings(), math.inf)
    kind, code = failure(lambda: reader.open(KEY))
    assert (kind, code) in {(Garbled, "document_reader.garbled"), (Unsupported, "document.no_common_access")}
