"""Hostile bytes from ID-card readers and cards."""

from __future__ import annotations

from datetime import date

from drivers.api import IdCard
from drivers.card import content, fingerprints, frame, layout, numbers, photo, reading
from drivers.card.hid_wrapping import Marks, WrappingPipe, wrap
from drivers.errors import DeviceError
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


class _Reports:
    """A pipe of reports that gives these bytes and swallows everything."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.address = "fuzz"

    def send(self, data: bytes) -> None:
        """Nobody hears it."""

    def receive(self, seconds: float) -> bytes:
        """The next 64 bytes."""
        piece, self._data = self._data[:64], self._data[64:]
        return piece

    def purge(self) -> None:
        """Nothing waits."""

    def check(self) -> None:
        """It is always there."""

    def set_rate(self, rate: int) -> None:
        """It has none."""

    def close(self) -> None:
        """Nothing is held."""


def hid_reports(data: bytes) -> None:
    """An answer that comes out of reports was in them with its own checksum."""
    pipe = WrappingPipe(_Reports(data), Marks(1, 2, 1))
    assembler = frame.Assembler()
    for _ in range(len(data) // 64 + 2):
        try:
            assembler.feed(pipe.receive(0.0))
        except DeviceError:
            return
        while isinstance(found := assembler.take(), frame.Answer | frame.Damaged):
            if isinstance(found, frame.Answer):
                assert len(found.data) <= frame.LONGEST_LENGTH


def card_content(data: bytes) -> None:
    """Text, photo and fingerprints have the lengths that were asked for, or there are none."""
    for with_fingerprints in (False, True):
        try:
            split = content.split(data, with_fingerprints)
        except content.WrongLengths:
            continue
        assert (len(split.text), len(split.photo)) == (layout.TEXT_SIZE, photo.PHOTO_SIZE)
        fingerprints.parse(split.fingerprints)


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
    Target("hid_reports", hid_reports, (wrap(2, 0, frame.encode_answer(0x90, bytes(40))).ljust(64, b"\0"),)),
    Target(
        "card_content",
        card_content,
        (
            b"\1\0\4\0" + bytes(256 + 1024),
            b"\1\0\4\0\4\0" + bytes(256 + 1024) + 2 * fingerprints.encode_simulated(11, 80, 1),
        ),
        share=0.5,
    ),
)
