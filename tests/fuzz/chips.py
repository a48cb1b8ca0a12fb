"""Hostile chips before our reader, and hostile readers before our simulated chip."""

from __future__ import annotations

import math
from functools import cache

from drivers.capture import DocumentKey
from drivers.document import pace, suite, tlv
from drivers.document.apdu import Command, Ins, Response
from drivers.document.chip import Chip
from drivers.document.messaging import Session
from drivers.document.settings import EmrtdSettings
from drivers.document.simulated_access import ChipSession
from drivers.document.simulated_chip import SimulatedChip
from drivers.errors import DeviceError
from tests.fuzz.target import Target

KEY = DocumentKey("L898902C3", "740812", "320415")
FILE = tlv.encode(0x61, bytes(300))
_SETTINGS = EmrtdSettings(max_file_bytes=10_000)
_SEED = bytes(range(16))
_COUNT = bytes(8)


@cache
def genuine() -> bytes:
    """The one answer that a session at its beginning may believe."""
    made = ChipSession(suite.triple_des(_SEED), (1).to_bytes(8, "big"))
    return made.close(Response(b"secret", 0x9000), odd=False).encode()


def answers(data: bytes) -> None:
    """Nothing but the chip's own answer is believed, whatever stands in its unsigned status."""
    session = Session(suite.triple_des(_SEED), _COUNT)
    session.protect(Command(Ins.READ_BINARY, expected=6))
    try:
        said = session.unprotect(Response.decode(data))
    except ValueError:
        return
    assert said.data == b"secret"
    assert [each.value for each in tlv.parse(data[:-2])] == [each.value for each in tlv.parse(genuine()[:-2])]


def chips(data: bytes) -> None:
    """A chip that answers anything ends in a `DeviceError`, and is never opened."""
    said = iter([data[at : at + 48] for at in range(0, len(data), 48)])
    chip = Chip(lambda command: next(said, b"\x6f\0"), "fuzz", _SETTINGS, math.inf)
    try:
        chip.open(KEY)
    except DeviceError:
        return
    raise AssertionError("opened by a chip that does not know the key")


def impostors(data: bytes) -> None:
    """A chip without protection gives a file or a `DeviceError`, in few commands."""
    asked = 0

    def exchange(command: bytes) -> bytes:
        nonlocal asked
        asked += 1
        assert asked < 12_000
        at = int.from_bytes(command[2:4], "big")
        return data[at : at + 64] + b"\x90\0" if command[1] == Ins.READ_BINARY else b"\x90\0"

    chip = Chip(exchange, "fuzz", _SETTINGS, math.inf)
    try:
        file = chip.read_file(0x0101, lambda read, whole: None)
    except DeviceError:
        return
    assert file is not None
    assert len(file) == tlv.head(file).whole


def readers(data: bytes) -> None:
    """No command gets anything out of the chip without a session."""
    chip = SimulatedChip({0x0101: FILE}, KEY, (pace.offer(16, 12),))
    for at in range(0, len(data), 24):
        answer = chip.transmit(data[at : at + 24])
        assert len(answer) >= 2
        assert chip.session is None
        assert bytes(16) not in answer


def card_access(data: bytes) -> None:
    """Only offers that this reader knows come out."""
    assert all(each.curve and each.key_size in (0, 16, 24, 32) for each in pace.offers(data))


TARGETS = (
    Target("secure_answers", answers, (genuine(),)),
    Target("hostile_chips", chips, (b"\x90\0" * 24,), share=0.5),
    Target("unprotected_files", impostors, (FILE,), share=0.5),
    Target("hostile_readers", readers, (bytes.fromhex("00A4040C07A0000002471001"),)),
    Target("card_access", card_access, (pace.encode_offers((pace.offer(16, 13), pace.offer(32, 12))),)),
)
