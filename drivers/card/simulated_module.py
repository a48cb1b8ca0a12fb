"""The security module and the card on it, as the simulator plays them: requests in, answers out.

States as in specs/id_reader_protocol.md §8: EMPTY → FRESH (card put) → FOUND (find) → SELECTED (select) →
USED (read) → EMPTY (card lifted). Knows no port and no clock.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection

from drivers.card import cardfile, faults, layout, sam
from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault
from drivers.card.frame import PREAMBLE, checksum, encode_answer
from drivers.card.settings import RATES
from drivers.card.sw3 import Sw3

READ_REQUEST, READ_WITH_FINGERPRINTS = b"\x30\x01", b"\x30\x10"
READ_REQUESTS = (READ_REQUEST, READ_WITH_FINGERPRINTS)
_FLAG_WITHOUT_MEANING = "Q"


class State(enum.Enum):
    """Where the card is in its dialogue with the reader."""

    EMPTY = enum.auto()
    FRESH = enum.auto()
    FOUND = enum.auto()
    SELECTED = enum.auto()
    USED = enum.auto()


class SimulatedModule:
    """One reader. `faults` are those it has now; what lies on it changes by `insert` and `remove`."""

    def __init__(self, card: CardFile) -> None:
        self._card = card
        self.state = State.EMPTY
        self.faults: set[Fault] = set()
        self._present: Collection[Fault] = frozenset()
        self.rate = RATES[0]
        self._commands: dict[bytes, Callable[[], bytes]] = {
            b"\x10\xff": self._ok,
            b"\x11\xff": self._ok,
            b"\x12\xff": lambda: encode_answer(Sw3.OK, sam.pack(self._card.sam_id)),
            b"\x20\x01": self._find,
            b"\x20\x02": self._select,
            READ_REQUEST: self._read,
            READ_WITH_FINGERPRINTS: lambda: self._read(with_fingerprints=True),
            b"\x30\x03": self._additional_address,
            b"\x30\x05": self._management_number,
        }

    def insert(self, card: CardFile | None = None) -> None:
        """Put a card on the reader, the one it began with unless another is given."""
        self._card = card or self._card
        self.state = State.FRESH

    def remove(self) -> None:
        """Lift the card."""
        self.state = State.EMPTY

    def answer(self, frame: bytes, present: Collection[Fault] = frozenset()) -> bytes:
        """The answer to one whole request frame, preamble and checksum included, with `present` faults."""
        self._present = present
        for fault, status in (*faults.EVERY_REQUEST.items(), *faults.ONE_REQUEST.items()):
            if fault in present:
                return encode_answer(status)
        counted = frame[len(PREAMBLE) :]
        if checksum(counted) != 0:
            return encode_answer(Sw3.WRONG_CHECKSUM)
        body = counted[2:-1]
        if len(body) < 2:
            return encode_answer(Sw3.WRONG_LENGTH)
        if body[0] == 0x60 or body[:2] == b"\x61\xff":
            return self._configure(body)
        command = self._commands.get(body)
        return command() if command else encode_answer(Sw3.BAD_COMMAND)

    def _ok(self) -> bytes:
        return encode_answer(Sw3.OK)

    def _find(self) -> bytes:
        # A card that was selected no longer answers a request for new cards until it leaves the field.
        if self.state not in {State.FRESH, State.FOUND}:
            return encode_answer(Sw3.NOT_FOUND)
        self.state = State.FOUND
        return encode_answer(Sw3.FOUND, bytes(4))

    def _select(self) -> bytes:
        if self.state is not State.FOUND or Fault.SELECT_FAILED in self._present:
            return encode_answer(Sw3.NOT_SELECTED)
        self.state = State.SELECTED
        return encode_answer(Sw3.OK, bytes(8))

    def _read(self, with_fingerprints: bool = False) -> bytes:
        if self.state is not State.SELECTED:
            return encode_answer(Sw3.READ_FAILED)
        for fault, status in faults.READING.items():
            if fault in self._present:
                return encode_answer(status)
        self.state = State.USED
        if Fault.ZERO_LENGTHS in self._present:
            return encode_answer(Sw3.OK, bytes(6 if with_fingerprints else 4))
        text = bytearray(cardfile.encode_text(self._card))
        if Fault.UNKNOWN_FLAG in self._present:
            text[layout.FLAG_AT : layout.FLAG_AT + 2] = _FLAG_WITHOUT_MEANING.encode("utf-16-le")
        areas = [bytes(text), cardfile.encode_photo(self._card)]
        if with_fingerprints:
            areas.append(cardfile.encode_fingerprints(self._card))
        lengths = [len(area) for area in areas]
        if Fault.SHORT_FINGERPRINTS in self._present:
            lengths[-1] //= 2
        return encode_answer(Sw3.OK, b"".join([*(each.to_bytes(2, "big") for each in lengths), *areas]))

    def _additional_address(self) -> bytes:
        if self.state not in {State.SELECTED, State.USED}:
            return encode_answer(Sw3.READ_FAILED)
        self.state = State.USED
        stored = cardfile.encode_additional_address(self._card)
        return encode_answer(Sw3.OK, stored) if stored else encode_answer(Sw3.NOT_STORED)

    def _management_number(self) -> bytes:
        # It may follow the text, which could otherwise not be read before it as makers ask (spec §8.4).
        if self.state not in {State.SELECTED, State.USED}:
            return encode_answer(Sw3.READ_FAILED)
        self.state = State.USED
        return encode_answer(Sw3.OK, self._card.management_number)

    def _configure(self, body: bytes) -> bytes:
        if body[0] == 0x60:
            if body[1] >= len(RATES) or len(body) != 2:
                return encode_answer(Sw3.BAD_COMMAND)
            self.rate = RATES[body[1]]
        elif len(body) != 3:
            return encode_answer(Sw3.BAD_COMMAND)
        return encode_answer(Sw3.OK)
