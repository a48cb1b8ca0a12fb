"""Magnetic-stripe readers on a serial line that hand on track 2 as text.

Few such readers say who they are; one that answers the identity question is named, and a simulated one always
answers. Only number and expiry are kept, until they are read or another card is waited for.
"""

from __future__ import annotations

import time
from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import BankCard, CardSource
from drivers.bank_card.settings import StripeSettings
from drivers.bank_card.track import StripeBuffer, Swipe
from drivers.errors import DeviceError, Garbled, Retry, TimedOut
from drivers.kept import kept
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.link.ports import serial_ports
from drivers.link.traffic import Traffic
from drivers.registry import driver

NOISE_BYTES = 400
"""Bytes without a track among them that no first track and no clumsy swipe explain."""
LONGEST_NAME = 80


@driver(
    "bank-card-stripe",
    Kind.BANK_CARD_READER,
    StripeSettings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/ttyUSB0, tcp:HOST:PORT",
)
class StripeReader:
    """Magnetic-stripe reader that hands on track 2 as text."""

    def __init__(self, pipe: Pipe, settings: StripeSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._buffer = StripeBuffer(settings.lrc == "sent")
        self._traffic = Traffic(pipe.address)
        self._swipe: Swipe | None = None
        self._name = self._ask_identity()
        if not self._name and settings.must_answer:
            raise self._error(TimedOut, "bank_card_reader.silent")

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Serial ports of this machine, not opened: any of them may have a reader on it."""
        return serial_ports("bank-card-stripe")

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the reader at `address`."""
        knobs = StripeSettings.model_validate(settings.model_dump())
        with kept(open_pipe(address, knobs.rate, "bank_card_reader")) as pipe:
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the reader says it is."""
        simulated = "SIMULATED" in self._name.upper()
        return About(
            driver="bank-card-stripe",
            address=self._pipe.address,
            vendor="Simulated" if simulated else "",
            model=self._name or "magnetic-stripe reader",
            simulated=simulated,
        )

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def wait_for_card(self, seconds: float) -> bool:
        """True as soon as a card was swiped, readable or not; False after `seconds`."""
        self._swipe = None
        ends = time.monotonic() + max(0.0, seconds)
        while True:
            left = ends - time.monotonic()
            patience = self._settings.gap_ms / 1000 if self._buffer.begun else max(0.0, left)
            piece = self._pipe.receive(patience)
            if piece:
                self._traffic.received(b"", len(piece))
                self._swipe = self._buffer.feed(piece)
            elif self._buffer.begun:
                self._buffer.wipe()
                self._swipe = Swipe()
            if self._swipe is not None:
                return True
            if self._buffer.dropped > NOISE_BYTES:
                self._buffer.dropped = 0
                raise self._error(Garbled, "bank_card_reader.garbled")
            if left <= 0:
                return False

    def read(self) -> BankCard:
        """The card just swiped, once. `Retry` ``bank_card.none`` or ``bank_card.unreadable``."""
        self._pipe.check()
        swipe, self._swipe = self._swipe, None
        if swipe is None:
            raise self._error(Retry, "bank_card.none")
        if not swipe.number:
            raise self._error(Retry, "bank_card.unreadable")
        return BankCard(swipe.number, swipe.expiry, CardSource.STRIPE)

    def check(self) -> None:
        """Raise `Missing` when the reader has gone."""
        self._pipe.check()

    def close(self) -> None:
        """Release the reader and forget what was swiped. Safe twice; never raises."""
        self._swipe = None
        self._buffer.wipe()
        self._pipe.close()

    def _ask_identity(self) -> str:
        message = bytes.fromhex(self._settings.identify)
        if not message:
            return ""
        self._pipe.purge()
        self._traffic.sent(message, len(message))
        self._pipe.send(message)
        ends = time.monotonic() + self._settings.identify_ms / 1000
        heard = bytearray()
        while (left := ends - time.monotonic()) > 0 and b"\r" not in heard and len(heard) < LONGEST_NAME:
            heard += self._pipe.receive(left)
        line, mark, _ = bytes(heard).partition(b"\r")
        # A card swiped just now is no name.
        named = mark and line.isascii() and not {0x25, 0x3B} & set(line)
        return "".join(chr(each) for each in line if 0x20 <= each < 0x7F).strip() if named else ""

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, traffic=self._traffic.recent(), **facts)
