"""Frames of the SDT protocol: the golden ones of the spec, and any frame in any noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card import channel, sw3
from drivers.card.channel import Command
from drivers.card.frame import PREAMBLE, Answer, Assembler, Damaged, encode, encode_answer
from drivers.errors import DeviceError, Fault, Garbled, Refused, Retry, Unsupported

REQUESTS = {
    "AAAAAA9669 0003 11FF ED": channel.STATUS,
    "AAAAAA9669 0003 12FF EE": channel.SAM_ID,
    "AAAAAA9669 0003 2001 22": channel.FIND,
    "AAAAAA9669 0003 2002 21": channel.SELECT,
    "AAAAAA9669 0003 3001 32": channel.READ,
    "AAAAAA9669 0003 3003 30": channel.ADDITIONAL_ADDRESS,
    "AAAAAA9669 0004 61FF50 CA": channel.max_rf_frame(0x50),
}
ANSWERS = {
    "AAAAAA9669 0008 00009F 00000000 97": (0x9F, bytes(4)),
    "AAAAAA9669 0004 000080 84": (0x80, b""),
    "AAAAAA9669 000C 000090 0000000000000000 9C": (0x90, bytes(8)),
    "AAAAAA9669 0004 000081 85": (0x81, b""),
    "AAAAAA9669 0004 000090 94": (0x90, b""),
    "AAAAAA9669 0004 000060 64": (0x60, b""),
    "AAAAAA9669 0004 000041 45": (0x41, b""),
}
noise = st.binary(max_size=40).filter(lambda data: PREAMBLE not in data)
answers = st.builds(Answer, st.integers(0, 255), st.binary(max_size=300))


def taken(assembler: Assembler) -> list[Answer | Damaged]:
    frames = []
    while (frame := assembler.take()) is not None:
        frames.append(frame)
    return frames


@pytest.mark.parametrize("golden", REQUESTS)
def test_request_is_the_golden_one(golden: str) -> None:
    command: Command = REQUESTS[golden]
    assert encode(command.body) == bytes.fromhex(golden)


@pytest.mark.parametrize("golden", ANSWERS)
def test_golden_answer_both_ways(golden: str) -> None:
    status, data = ANSWERS[golden]
    raw = bytes.fromhex(golden)
    assembler = Assembler()
    assembler.feed(raw)
    assert taken(assembler) == [Answer(status, data)]
    assert encode_answer(status, data) == raw
    assert not assembler.heard


@given(st.lists(st.tuples(noise, answers), max_size=4), noise, st.integers(1, 64))
def test_frames_come_out_of_any_noise_in_any_pieces(
    story: list[tuple[bytes, Answer]], rest: bytes, piece: int
) -> None:
    stream = b"".join(before + encode_answer(frame.status, frame.data) for before, frame in story) + rest
    assembler = Assembler()
    seen: list[Answer | Damaged] = []
    for start in range(0, len(stream), piece):
        assembler.feed(stream[start : start + piece])
        seen += taken(assembler)
    assert seen == [frame for _, frame in story]


@given(answers, st.data())
def test_one_changed_byte_never_gives_another_answer(frame: Answer, data: st.DataObject) -> None:
    raw = bytearray(encode_answer(frame.status, frame.data))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    assembler = Assembler()
    assembler.feed(bytes(raw))
    seen = taken(assembler)
    # SW1 and SW2 are not looked at, but the checksum covers them.
    assert not any(isinstance(each, Answer) for each in seen)


def test_a_preamble_inside_the_data_does_not_matter() -> None:
    inner = encode_answer(0x41)
    assembler = Assembler()
    assembler.feed(encode_answer(0x90, inner + PREAMBLE))
    assert taken(assembler) == [Answer(0x90, inner + PREAMBLE)]


def test_a_damaged_frame_is_dropped_as_a_whole() -> None:
    inner = encode_answer(0x90)
    damaged = bytearray(encode_answer(0x90, inner))
    damaged[-1] ^= 1
    assembler = Assembler()
    assembler.feed(bytes(damaged) + encode_answer(0x80))
    assert taken(assembler) == [Damaged(4 + len(inner)), Answer(0x80, b"")]


def test_an_impossible_length_is_noise() -> None:
    assembler = Assembler()
    assembler.feed(PREAMBLE + b"\xff\xff" + encode_answer(0x80))
    assert taken(assembler) == [Answer(0x80, b"")]
    assert assembler.heard


MEANINGS: dict[int, tuple[type[DeviceError], str]] = {
    **dict.fromkeys((0x10, 0x11), (Garbled, "card_reader.link")),
    **dict.fromkeys((0x31, 0x32, 0x33, 0x37, 0x3F), (Refused, "card.not_genuine")),
    0x40: (Unsupported, "card.unsupported_kind"),
    **dict.fromkeys((0x24, 0x41, 0x47, 0x81), (Retry, "card.present_again")),
    **dict.fromkeys((0x60, 0x66), (Fault, "card_reader.out_of_service")),
    0x80: (Retry, "card.none"),
}


def test_every_sw3_has_its_meaning() -> None:
    known = {each.value for each in sw3.Sw3}
    for status in range(256):
        error = sw3.error(status, "port", "read")
        meant = MEANINGS.get(status, (Garbled, "card_reader.protocol"))
        assert (type(error), error.code) == meant, f"{status:02X}"
        assert (error.facts["sw3"], error.facts["command"]) == (f"{status:02X}", "read")
        assert (error.facts["cause"] == "unknown value") is (status not in known)
    assert sw3.cause(0x32) == "module refused card"


def test_no_answer_about_the_reader_is_an_error_of_the_card() -> None:
    for status in range(256):
        error = sw3.error(status, "port", "status", about_card=False)
        assert isinstance(error, Fault), f"{status:02X}"
        assert error.code.startswith("card_reader."), f"{status:02X}"
