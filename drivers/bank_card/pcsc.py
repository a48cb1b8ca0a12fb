"""Bank cards by their chip, with contacts or without, in any reader that PC/SC knows."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import BankCard, CardSource
from drivers.bank_card.emv import read_card
from drivers.bank_card.settings import ChipSettings
from drivers.document import identity
from drivers.document.readers import SCHEME, described, seen
from drivers.errors import Unsupported
from drivers.link.pcsc import Card, PcscReader, Topics
from drivers.registry import driver

NAME = "bank-card-pcsc"
_TOPICS = Topics("bank_card_reader", "bank_card")
_CONTACTLESS = (0x80, 0x80, 0x01)
"""High half of T0, TD1 and TD2 in the answer to reset that PC/SC makes up for a contactless card (part 3)."""


@driver(
    NAME,
    Kind.BANK_CARD_READER,
    ChipSettings,
    Grade.PROTOCOL_TESTED,
    addresses="pcsc: (the first reader), pcsc:ACS ACR1281 1S Dual Reader 00 00",
)
class ChipReader:
    """Chip of bank cards (EMV, UnionPay), with contacts or without, over PC/SC."""

    def __init__(self, reader: PcscReader, address: str) -> None:
        self._reader = reader
        self._address = address
        self._simulated = identity.is_simulated(reader.name)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """The readers that pcscd knows now; none where there is no pcscd or no pyscard."""
        return seen(NAME, _TOPICS)

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open ``pcsc:NAME``; the beginning of a name is enough, and none means the first reader."""
        knobs = ChipSettings.model_validate(settings.model_dump())
        if not address.startswith(SCHEME):
            raise Unsupported("bank_card_reader.not_a_port", address)
        return cls(PcscReader(address.removeprefix(SCHEME), _TOPICS, knobs.answer_ms / 1000), address)

    @property
    def about(self) -> About:
        """Which reader it is; `simulated` by its name, or by the card that it read."""
        return described(NAME, self._address, self._reader.name, self._simulated)

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def wait_for_card(self, seconds: float) -> bool:
        """True as soon as a card is there; False after `seconds`."""
        return self._reader.wait(seconds)

    def read(self) -> BankCard:
        """Number and expiry on the chip.

        `Retry` ``bank_card.none``, ``bank_card.removed``, ``bank_card.present_again`` or
        ``bank_card.unreadable``; `Unsupported` ``bank_card.no_application``.
        """
        card = self._reader.connect()
        try:
            reset = card.answer_to_reset
            self._simulated |= identity.is_simulated(self._reader.name, reset)
            return read_card(_Channel(card), _source(reset), self._address)
        finally:
            card.release()

    def check(self) -> None:
        """Raise `Missing` when the reader, or pcscd, has gone."""
        self._reader.check()

    def close(self) -> None:
        """Let go of the reader. Safe twice; never raises."""
        self._reader.close()


class _Channel:
    def __init__(self, card: Card) -> None:
        self._card = card

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        answer = self._card.exchange(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def _source(reset: bytes) -> CardSource:
    if len(reset) > 3 and (reset[1] & 0xF0, reset[2], reset[3]) == _CONTACTLESS:
        return CardSource.CONTACTLESS
    return CardSource.CHIP
