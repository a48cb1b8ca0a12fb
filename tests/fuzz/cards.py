"""Hostile bytes from ID-card readers and cards."""

from __future__ import annotations

from datetime import date

from drivers.api import IdCard
from drivers.card import frame, layout, numbers, reading
from tests.fuzz.target import Target


def sdt_frames(data: bytes) -> None:
    """Fed in pieces; an answer that comes out was in the bytes, whole and with its checksum."""
    assembler = frame.Assembler()
    piece = 1 + (data[0] if data else 0) % 64
    for at in range(0, len(data), piece):
        assembler.feed(data[at : at + piece])
        while (found := assembler.take()) is not None:
            if isinstance(found, frame.Answer):
                tail = bytes([found.status]) + found.data
                assert tail in data
                assert len(found.data) <= frame.LONGEST_LENGTH


def card_text(data: bytes) -> None:
    """256 bytes make a card or an unknown flag; a card without doubts about its number has a right one."""
    text = data[: layout.TEXT_SIZE].ljust(layout.TEXT_SIZE, b"\0")
    try:
        card = reading.parse(text, date(2026, 1, 1))
    except layout.UnknownFlag:
        return
    assert isinstance(card, IdCard)
    if not {"card.doubt.number", "card.doubt.check_digit", "card.doubt.old_check_digit"} & set(card.doubts):
        assert numbers.examine(card.number).check_holds


TARGETS: tuple[Target, ...] = (
    Target(
        "sdt_frames",
        sdt_frames,
        (frame.encode_answer(0x90, bytes(range(64))), frame.encode_answer(0x80) * 2),
        share=3,
    ),
    Target(
        "card_text",
        card_text,
        tuple(layout.join({"number": "110105194912310"}, kind) for kind in layout.LAYOUTS),
    ),
)
