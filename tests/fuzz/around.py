"""Hostile bytes from signature pads, printers, PIN pads and bank cards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from drivers.around import CardSource
from drivers.bank_card import emv, track
from drivers.bank_card.numbers import is_expiry, is_number
from drivers.bank_card.simulated_card import SimulatedCard
from drivers.errors import DeviceError
from drivers.pad.layout import LAYOUTS
from drivers.pad.packets import Assembler as PadAssembler
from drivers.pad.packets import Sample
from drivers.pad.packets import encode as encode_sample
from drivers.pin_pad import frame
from drivers.printer.commands import Interpreter
from drivers.printer.paper import Paper
from drivers.printer.status import Status, is_finished, is_status
from tests.fuzz.target import Target


def _pieces(data: bytes) -> Iterator[bytes]:
    size = 1 + (data[0] if data else 0) % 64
    return (data[at : at + size] for at in range(0, len(data), size))


def pad_packets(data: bytes) -> None:
    """Whatever comes, no point lies beyond the pad and nothing piles up."""
    for layout in LAYOUTS.values():
        assembler = PadAssembler(layout)
        for piece in _pieces(data):
            for sample in assembler.feed(piece):
                assert 0 <= sample.x <= 1
                assert 0 <= sample.y <= 1
                assert 0 <= sample.pressure <= 1
                assert sample.touching or sample.pressure == 0
        assert len(assembler.feed(b"")) == 0
        assert assembler.dropped <= len(data)


def pin_frames(data: bytes) -> None:
    """A frame that comes out was in the bytes, with its checksum; its body is a block or is none."""
    assembler = frame.Assembler()
    for piece in _pieces(data):
        assembler.feed(piece)
        while (found := assembler.take()) is not None:
            if isinstance(found, frame.Frame):
                assert frame.encode(found) in data
                _bodies(found.body)


def _bodies(body: bytes) -> None:
    assert len(frame.names(body)) == 4
    for shape in (frame.Block, frame.Entry):
        with contextlib.suppress(ValueError):
            assert shape.decode(body).encode() == body


def stripe_tracks(data: bytes) -> None:
    """A swipe is empty or has a right number; the buffer never grows beyond a track."""
    for lrc in (True, False):
        buffer = track.StripeBuffer(lrc)
        for piece in _pieces(data):
            swipe = buffer.feed(piece)
            if swipe is not None and swipe != track.Swipe():
                assert is_number(swipe.number)
                assert is_expiry(swipe.expiry)
                assert swipe.number.encode() in data


class Chip:
    """A card that answers with the bytes one after the other, cut by their first byte."""

    def __init__(self, data: bytes) -> None:
        self._rest = data
        self.asked = 0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.asked += 1
        size = self._rest[0] if self._rest else 0
        answer, self._rest = self._rest[1 : 1 + size], self._rest[1 + size :]
        return answer, emv.OK if answer else 0x6A83


def bank_chips(data: bytes) -> None:
    """A card has a right number and was in the bytes, or there is an error; and it is not asked for ever."""
    chip = Chip(data)
    try:
        card = emv.read_card(chip, CardSource.CONTACTLESS if len(data) % 2 else CardSource.CHIP, "fuzz")
    except DeviceError as error:
        assert error.code in {"bank_card.unreadable", "bank_card.no_application"}
    else:
        assert is_number(card.number)
        assert is_expiry(card.expiry)
    assert chip.asked <= 20 * len(data) + 20


def printer_orders(data: bytes) -> None:
    """The simulated printer takes any bytes; no byte is a status and an end at once."""
    interpreter = Interpreter(Paper(384), {66: "X"})
    for piece in _pieces(data):
        interpreter.feed(piece)
    assert not any(is_status(byte) and is_finished(byte) for byte in data)
    assert len(Status) == 4


def _talk(contactless: bool) -> bytes:
    """What an invented card says while it is read."""
    card, said = SimulatedCard(contactless=contactless), bytearray()

    class Heard:
        def transmit(self, command: bytes) -> tuple[bytes, int]:
            answer = card.transmit(command).data or b""
            said.extend(bytes([max(0, len(answer) - 2)]) + answer[:-2])
            return answer[:-2], int.from_bytes(answer[-2:], "big")

    emv.read_card(Heard(), CardSource.CONTACTLESS if contactless else CardSource.CHIP, "seed")
    return bytes(said)


TARGETS: tuple[Target, ...] = (
    Target(
        "pad_packets",
        pad_packets,
        tuple(encode_sample(Sample(0.3, 0.6, 0.5, True), layout) * 3 for layout in LAYOUTS.values()),
    ),
    Target(
        "pin_frames",
        pin_frames,
        (
            frame.encode(frame.Frame(1, frame.Reply.BLOCK, frame.Block(4, 6, bytes(12), bytes(16)).encode())),
            frame.encode(frame.Frame(2, 0x80, frame.encode_names("A", "B", "C", "D"))),
        ),
    ),
    Target("stripe_tracks", stripe_tracks, (track.encode("6259654738291052", "3012"),)),
    Target("bank_chips", bank_chips, (_talk(False), _talk(True))),
    Target(
        "printer_orders",
        printer_orders,
        (b"\x1b@\x1ba\x01\x1c&\xc4\xe3\x1c.\n\x1dV\x00\x1dr\x01",),
        share=0.5,
    ),
)
