"""The contract of what surrounds a case: signature pad, printer, PIN pad, bank-card reader, loudspeaker."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol

from drivers.api import Device


@dataclass(frozen=True, slots=True)
class PenPoint:
    """Where the pen was: x and y are 0-1 of the pad's width and height from the top left, pressure 0-1."""

    x: float = field(repr=False)
    y: float = field(repr=False)
    pressure: float = field(repr=False)
    at_ms: int
    """Since the first point; by the time of arrival where the pad has no clock."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it was written. `repr` shows none of it."""

    strokes: tuple[tuple[PenPoint, ...], ...] = field(repr=False)
    width_mm: float
    height_mm: float


class SignaturePad(Device, Protocol):
    """Takes a signature."""

    def begin(self) -> None:
        """Clear the pad and wait for the pen."""

    def strokes(self) -> tuple[tuple[PenPoint, ...], ...]:
        """What has been written so far; for drawing it as it grows. Reads what has come, without waiting."""

    def wait(self, seconds: float) -> Signature | None:
        """The signature once the person confirms it; None after `seconds`, to be asked again. `Retry`
        ``signature.empty``, ``signature.cancelled`` or ``signature.cleared``: `begin` again."""


class Align(enum.StrEnum):
    """Where a line of a slip stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line of text."""

    text: str = field(repr=False)
    align: Align = Align.LEFT
    bold: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    """What a printer prints: lines, then a QR code when there is one."""

    lines: tuple[SlipLine, ...] = field(repr=False)
    qr: str = field(default="", repr=False)


class Printer(Device, Protocol):
    """Prints slips: receipts, online-check slips, appointment slips."""

    def print_slip(self, slip: Slip) -> None:
        """Print and cut. `Retry` ``printer.no_paper`` or ``printer.cover_open`` before anything was printed;
        `Fault` ``printer.unfinished`` when it may be incomplete: look, do not print again unasked."""


@dataclass(frozen=True, slots=True)
class PinBlock:
    """An encrypted PIN as it left the pad; the PIN itself is never in the memory of this program."""

    data: bytes = field(repr=False)
    format: str
    """ISO 9564-1 format, such as ``iso-4``."""
    key_serial: bytes = field(repr=False)
    """Which key of the pad encrypted it (DUKPT KSN, ANSI X9.24-3)."""
    digits: int = 0
    """How many digits were entered, when the pad tells; 0 when not."""


class PinPad(Device, Protocol):
    """Takes a PIN and gives it encrypted under a key that this program does not have."""

    def enter(self, account_number: str, seconds: float) -> PinBlock:
        """The PIN for `account_number`. `Retry` ``pin.cancelled``, ``pin.too_short``, ``pin.timeout``;
        `Refused` ``pin_pad.no_key`` or ``pin_pad.tampered``."""

    def cancel(self) -> None:
        """End an entry under way; harmless when there is none. May be called from another thread."""


class CardSource(enum.StrEnum):
    """How a bank card was read, strongest first."""

    CHIP = "chip"
    CONTACTLESS = "contactless"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class BankCard:
    """What identifies a bank card. Neither track data nor PIN nor check value is ever kept."""

    number: str = field(repr=False)
    expiry: str = ""
    """YYMM."""
    source: CardSource = CardSource.CHIP
    scheme: str = ""
    """Application label, such as UnionPay."""

    @property
    def masked(self) -> str:
        """First six and last four digits."""
        return f"{self.number[:6]}{'*' * max(0, len(self.number) - 10)}{self.number[-4:]}"


class BankCardReader(Device, Protocol):
    """Reads the number of a bank card from chip or stripe."""

    def wait_for_card(self, seconds: float) -> bool:
        """True as soon as a card is there; False after `seconds`."""

    def read(self) -> BankCard:
        """Read it. `Retry` ``bank_card.none``, ``bank_card.removed``, ``bank_card.unreadable``;
        `Unsupported` ``bank_card.no_application``."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono sound, 16-bit little endian."""

    samples: bytes = field(repr=False)
    rate: int = 16_000


class Speaker(Device, Protocol):
    """Says prompts aloud."""

    def play(self, sound: Sound) -> None:
        """Begin to play, in place of what is playing; returns at once."""

    def playing(self) -> bool:
        """True until it has ended."""

    def stop(self) -> None:
        """Be silent."""
