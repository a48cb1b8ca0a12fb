"""The simulated module against specs/id_reader_protocol.md §8, state by state, and the pace of its line."""

from __future__ import annotations

import pytest

from drivers.card import simulated_wire
from drivers.card.cardfile import CardFile, encode_text
from drivers.card.faults import Fault
from drivers.card.frame import Answer, Assembler, encode
from drivers.card.simulated_module import SimulatedModule

FIND, SELECT, READ, ADDRESS, CHIP = b"\x20\x01", b"\x20\x02", b"\x30\x01", b"\x30\x03", b"\x30\x05"
# Which answers a state gives: find, select, read, additional address.
STATES: dict[str, tuple[list[bytes], dict[bytes, int]]] = {
    "fresh without find": ([], {SELECT: 0x81, READ: 0x41, ADDRESS: 0x41, CHIP: 0x41, FIND: 0x9F}),
    "found": ([FIND], {READ: 0x41, ADDRESS: 0x41, CHIP: 0x41, FIND: 0x9F, SELECT: 0x90}),
    "selected": ([FIND, SELECT], {FIND: 0x80, SELECT: 0x81, READ: 0x90}),
    "used": ([FIND, SELECT, READ], {FIND: 0x80, SELECT: 0x81, READ: 0x41, CHIP: 0x90, ADDRESS: 0x90}),
}


def ask(module: SimulatedModule, body: bytes) -> Answer:
    assembler = Assembler()
    assembler.feed(module.answer(encode(body)))
    frame = assembler.take()
    assert isinstance(frame, Answer)
    return frame


@pytest.mark.parametrize("state", STATES)
def test_states(resident: CardFile, state: str) -> None:
    before, expected = STATES[state]
    module = SimulatedModule(resident)
    module.insert()
    for body in before:
        ask(module, body)
    assert {body: ask(module, body).status for body in expected} == expected


def test_empty(resident: CardFile) -> None:
    module = SimulatedModule(resident)
    for removed in (False, True):
        if removed:
            module.insert()
            module.remove()
        assert [ask(module, body).status for body in (FIND, SELECT, READ, ADDRESS)] == [
            0x80,
            0x81,
            0x41,
            0x41,
        ]


def test_the_content_of_an_answer(resident: CardFile) -> None:
    module = SimulatedModule(resident)
    module.insert()
    assert ask(module, FIND).data == bytes(4)
    assert ask(module, SELECT).data == bytes(8)
    raw = module.answer(encode(READ))
    assert len(raw) == 1295
    assert raw.startswith(bytes.fromhex("AAAAAA9669 0508 000090 0100 0400"))
    assert raw[14:270] == encode_text(resident)
    assert len(ask(module, ADDRESS).data) == 280


def test_reading_with_fingerprint_when_the_card_has_none(resident: CardFile) -> None:
    module = SimulatedModule(resident)
    module.insert()
    ask(module, FIND)
    ask(module, SELECT)
    raw = module.answer(encode(b"\x30\x10"))
    assert len(raw) == 1297
    assert raw.startswith(bytes.fromhex("AAAAAA9669 050A 000090 0100 0400 0000"))


def test_no_additional_address(resident: CardFile) -> None:
    module = SimulatedModule(resident.model_copy(update={"additional_address": None}))
    module.insert()
    assert [ask(module, body).status for body in (FIND, SELECT, READ, ADDRESS)] == [0x9F, 0x90, 0x90, 0x91]


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ("AAAAAA9669 0003 2001 23", 0x10),
        ("AAAAAA9669 0001 01", 0x11),
        ("AAAAAA9669 0003 99FF 65", 0x21),
        ("AAAAAA9669 0003 6009 6A", 0x21),
        ("AAAAAA9669 0003 6000 63", 0x90),
        ("AAAAAA9669 0004 61FF50 CA", 0x90),
        ("AAAAAA9669 0003 11FF ED", 0x90),
        ("AAAAAA9669 0003 10FF EC", 0x90),
    ],
)
def test_requests_that_are_not_for_the_card(resident: CardFile, frame: str, status: int) -> None:
    answer = SimulatedModule(resident).answer(bytes.fromhex(frame))
    assert answer[9] == status


def test_a_rate_is_set_by_its_index(resident: CardFile) -> None:
    module = SimulatedModule(resident)
    assert ask(module, b"\x60\x04").status == 0x90
    assert module.rate == 9600


def test_the_pace_of_the_line() -> None:
    plan = simulated_wire.pieces(bytes(1295), 115200, set(), None)
    assert b"".join(piece.data for piece in plan) == bytes(1295)
    assert plan[-1].after_s == pytest.approx(1295 * 10 / 115200)
    assert [piece.after_s for piece in plan] == sorted(piece.after_s for piece in plan)
    slow = simulated_wire.pieces(bytes(10), 115200, {Fault.SLOW}, None)
    assert slow[0].after_s > 2.0


def test_an_answer_that_breaks_off_is_never_whole() -> None:
    for size in (11, 1295):
        for cut_after in (None, 1, 5000):
            plan = simulated_wire.pieces(bytes(size), 115200, {Fault.REMOVED_MID_READ}, cut_after)
            assert sum(len(piece.data) for piece in plan) < size
            assert plan[-1].then == "remove"
