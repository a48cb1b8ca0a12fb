"""A simulated payment card: directory, application, processing options and records of an invented account."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from drivers.bank_card.emv import CONTACT_DIRECTORY, CONTACTLESS_DIRECTORY
from drivers.document import identity
from drivers.document.tlv import encode
from drivers.sim.faultlist import FaultList

NO_FILE, NO_RECORD, CONDITIONS, NO_INSTRUCTION = 0x6A82, 0x6A83, 0x6985, 0x6D00
LABEL = "SIMULATED UNIONPAY"
_APPLICATION = bytes.fromhex("A000000333010101")
_FILE = 1
_PDOL = bytes.fromhex("9F66049F02069F37045F2A02")
_PDOL_SIZE = 16


class CardFault(enum.StrEnum):
    """What goes wrong."""

    NO_DIRECTORY = "no_directory"
    """Its application can only be selected by name."""
    NO_APPLICATION = "no_application"
    """It is no payment card."""
    OPTIONS_REFUSED = "options_refused"
    CUT_RECORD = "cut_record"
    """Its records break off."""
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    CONTRADICTION = "contradiction"
    """Its number is another in track 2."""
    REMOVED_MID_READ = "removed_mid_read"
    MUTE = "mute"
    """It stops answering."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back: data with status word, or silence, or the card was taken out."""

    data: bytes | None = field(repr=False)
    removed: bool = False


class SimulatedCard:
    """An invented card; `contactless` cards have another directory and answer with more at once."""

    def __init__(
        self, number: str = "6259654738291052", expiry: str = "3012", contactless: bool = False
    ) -> None:
        self._number = number
        self._expiry = expiry
        self._contactless = contactless
        self._faults = FaultList(CardFault)
        self._selected = b""
        self.reads = 0
        """Records given out."""

    @property
    def answer_to_reset(self) -> bytes:
        """What it says when powered up; PC/SC makes up one of this form for a contactless card."""
        return identity.answer_to_reset() if self._contactless else _contact_reset()

    def reset(self) -> None:
        """Power up anew."""
        self._selected = b""

    def fault(self, name: str, times: int = 0) -> None:
        """Have a fault. `ValueError` when it is none."""
        self._faults.give(f"{name} {times}")

    def clear(self) -> None:
        """Have none."""
        self._faults.clear()

    def transmit(self, command: bytes) -> Reply:
        """What the chip answers."""
        if self._faults.meets(CardFault.MUTE):
            return Reply(None)
        data, status = self._answer(command)
        if command[1:2] == b"\xb2" and self._faults.meets(CardFault.REMOVED_MID_READ):
            return Reply(None, removed=True)
        return Reply(data + status.to_bytes(2, "big"))

    def _answer(self, command: bytes) -> tuple[bytes, int]:
        match command[:2]:
            case b"\x00\xa4":
                return self._select(command[5 : 5 + command[4]])
            case b"\x80\xa8":
                return self._options(command)
            case b"\x00\xb2":
                return self._record(command[2], command[3] >> 3)
        return b"", NO_INSTRUCTION

    def _select(self, name: bytes) -> tuple[bytes, int]:
        self._selected = b""
        directory = CONTACTLESS_DIRECTORY if self._contactless else CONTACT_DIRECTORY
        if self._faults.has(CardFault.NO_APPLICATION):
            return b"", NO_FILE
        if name == directory and not self._faults.has(CardFault.NO_DIRECTORY):
            self._selected = name
            inner = self._entry(0xBF0C) if self._contactless else encode(0x88, bytes([_FILE]))
            return encode(0x6F, encode(0x84, name) + encode(0xA5, inner)), 0x9000
        if name == _APPLICATION:
            self._selected = name
            inner = encode(0x50, LABEL.encode()) + encode(0x9F38, _PDOL)
            return encode(0x6F, encode(0x84, name) + encode(0xA5, inner)), 0x9000
        return b"", NO_FILE

    def _entry(self, template: int) -> bytes:
        entry = encode(0x4F, _APPLICATION) + encode(0x50, LABEL.encode()) + encode(0x87, b"\x01")
        return encode(template, encode(0x61, entry))

    def _options(self, command: bytes) -> tuple[bytes, int]:
        if self._selected != _APPLICATION or self._faults.has(CardFault.OPTIONS_REFUSED):
            return b"", CONDITIONS
        # 83, length and as many bytes as the list asked for.
        if command[5:7] != bytes([0x83, _PDOL_SIZE]) or len(command) != 8 + _PDOL_SIZE:
            return b"", 0x6700
        locator = bytes([_FILE << 3, 1, 2, 0])
        if self._contactless:
            return encode(0x77, encode(0x82, b"\x7c\x00") + encode(0x94, locator) + self._track()), 0x9000
        return encode(0x80, b"\x7c\x00" + locator), 0x9000

    def _record(self, number: int, file: int) -> tuple[bytes, int]:
        if file != _FILE or not self._selected:
            return b"", NO_FILE
        if self._selected == CONTACT_DIRECTORY:
            return (self._entry(0x70), 0x9000) if number == 1 else (b"", NO_RECORD)
        contents = {
            1: self._track() + encode(0x5F20, b"SAMPLE/CARD"),
            2: encode(0x5A, _packed(self._shown_number()))
            + encode(0x5F24, bytes.fromhex(self._expiry + "31")),
        }
        if number not in contents:
            return b"", NO_RECORD
        self.reads += 1
        record = encode(0x70, contents[number])
        return (record[:-3] if self._faults.has(CardFault.CUT_RECORD) else record), 0x9000

    def _shown_number(self) -> str:
        if self._faults.has(CardFault.WRONG_CHECK_DIGIT):
            return self._number[:-1] + str((int(self._number[-1]) + 1) % 10)
        return self._number

    def _track(self) -> bytes:
        number = self._shown_number()
        if self._faults.has(CardFault.CONTRADICTION):
            return encode(0x57, _packed("6212345678901232D"))
        return encode(0x57, _packed(f"{number}D{self._expiry}2010000012345678"))


def _contact_reset() -> bytes:
    """T=1 with the mark of simulated chips as historical bytes (ISO/IEC 7816-3 §8)."""
    body = bytes([0x80 | len(identity.MARK), 0x01]) + identity.MARK
    return b"\x3b" + body + bytes([reduce(xor, body)])


def _packed(digits: str) -> bytes:
    return bytes.fromhex(digits + "F" * (len(digits) % 2))
