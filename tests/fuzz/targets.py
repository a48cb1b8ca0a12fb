"""What is fuzzed: each target takes any bytes, raises nothing, and checks that nothing false was accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from drivers.api import IdCard
from drivers.card import frame, layout, numbers, reading


@dataclass(frozen=True)
class Target:
    """One parser. `seeds` are good inputs to begin from; `share` is its part of all inputs."""

    name: str
    try_one: Callable[[bytes], None]
    seeds: tuple[bytes, ...] = ()
    share: int = 1


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


def by_name(name: str, targets: Iterable[Target] = TARGETS) -> Target:
    """The target called `name`. `KeyError` when there is none."""
    return {each.name: each for each in targets}[name]
