"""Reads number and expiry of a payment card's chip (EMV Book 1 §12, Book 3 §10; UnionPay as the same).

Of the card's other data (track 2 equivalent, name, certificates) nothing leaves this module; no transaction
is begun beyond GET PROCESSING OPTIONS, which is needed to be told where the records are.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from drivers.around import BankCard, CardSource
from drivers.bank_card.numbers import is_expiry, is_number
from drivers.document import tlv
from drivers.errors import Retry, Unsupported

OK = 0x9000
CONTACT_DIRECTORY, CONTACTLESS_DIRECTORY = b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01"
APPLICATIONS = tuple(
    bytes.fromhex(each)
    for each in (
        "A000000333010101",
        "A000000333010102",
        "A000000333010103",
        "A000000333010106",
        "A0000000031010",
        "A0000000041010",
        "A0000000651010",
        "A00000002501",
    )
)
"""UnionPay debit, credit, quasi-credit, electronic cash; Visa, Mastercard, JCB, American Express: tried by
name when the card has no directory."""
_CHINA = b"\x01\x56"
_MOST_RECORDS = 16
_MOST_GIVEN = 250
"""Bytes that a command carries."""
_FCI, _PROPRIETARY, _DISCRETIONARY, _ENTRY, _RECORD = 0x6F, 0xA5, 0xBF0C, 0x61, 0x70
_SFI, _NAME, _LABEL, _PRIORITY, _PDOL = 0x88, 0x4F, 0x50, 0x87, 0x9F38
_OPTIONS_SHORT, _OPTIONS, _LOCATOR = 0x80, 0x77, 0x94
_NUMBER, _TRACK, _EXPIRY = 0x5A, 0x57, 0x5F24


class CardChannel(Protocol):
    """A card that takes commands."""

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Data and status word of the answer. `Retry` ``bank_card.removed`` when the card has gone."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application that the card offers."""

    name: bytes
    label: str = ""
    priority: int = 15


@dataclass(slots=True)
class _Gathered:
    """Number and expiry as they turn up."""

    number: str = field(default="", repr=False)
    expiry: str = ""
    contradicts: bool = False

    @property
    def whole(self) -> bool:
        return bool(self.number and self.expiry)

    def note(self, number: str, expiry: str) -> None:
        self.contradicts |= bool(number and self.number and number != self.number)
        self.number = self.number or number
        self.expiry = self.expiry or expiry


def read_card(channel: CardChannel, source: CardSource, device: str) -> BankCard:
    """Number and expiry of the card behind `channel`.

    `Unsupported` ``bank_card.no_application``; `Retry` ``bank_card.unreadable`` when what was read is
    incomplete, malformed or its check digit wrong, ``bank_card.removed``.
    """
    found = _applications(channel, source)
    applications = found or [Application(name) for name in APPLICATIONS]
    selected = False
    for application in sorted(applications, key=lambda each: each.priority):
        answer, status = channel.transmit(_select(application.name))
        if status != OK:
            continue
        selected = True
        gathered, label = _read_application(channel, answer, application)
        if gathered.whole and not gathered.contradicts and is_number(gathered.number):
            return BankCard(gathered.number, gathered.expiry, source, label)
    if not selected:
        raise Unsupported("bank_card.no_application", device)
    raise Retry("bank_card.unreadable", device)


def _applications(channel: CardChannel, source: CardSource) -> list[Application]:
    """What the card's directory offers; none when it has no directory."""
    contactless = source is CardSource.CONTACTLESS
    directory = CONTACTLESS_DIRECTORY if contactless else CONTACT_DIRECTORY
    answer, status = channel.transmit(_select(directory))
    if status != OK:
        return []
    try:
        inner = tlv.parse(tlv.first(tlv.only(answer, _FCI), _PROPRIETARY))
        if contactless:
            return list(_entries(value for value in _values(inner, _DISCRETIONARY)))
        files = _values(inner, _SFI)
        return list(_entries(_records(channel, files[0][0], 1, _MOST_RECORDS))) if files else []
    except (ValueError, IndexError):
        return []


def _entries(templates: Iterable[bytes]) -> Iterator[Application]:
    for template in templates:
        for entry in _values(tlv.parse(template), _ENTRY):
            parts = {each.tag: each.value for each in tlv.parse(entry)}
            if parts.get(_NAME):
                priority = parts.get(_PRIORITY, b"\x0f")[-1] & 0x0F
                yield Application(parts[_NAME], _text(parts.get(_LABEL, b"")), priority or 15)


def _read_application(
    channel: CardChannel, selected: bytes, application: Application
) -> tuple[_Gathered, str]:
    """What the application's records say, as far as they can be read; and its label."""
    gathered, label = _Gathered(), application.label
    try:
        inner = {
            each.tag: each.value for each in tlv.parse(tlv.first(tlv.only(selected, _FCI), _PROPRIETARY))
        }
        label = _text(inner.get(_LABEL, b"")) or label
        answer, status = channel.transmit(_processing_options(inner.get(_PDOL, b"")))
        if status != OK:
            return gathered, label
        for file, first, last in _located(answer, gathered):
            for record in _records(channel, file, first, last):
                _gather(record, gathered)
                if gathered.whole:
                    return gathered, label
    except ValueError:
        # What was read so far may be enough; what is missing is noticed by the caller.
        pass
    return gathered, label


def _located(answer: bytes, gathered: _Gathered) -> list[tuple[int, int, int]]:
    """File, first and last record of each entry of the locator; a contactless card may answer with more."""
    (options,) = tlv.parse(answer)
    if options.tag == _OPTIONS_SHORT:
        locator = options.value[2:]
    elif options.tag == _OPTIONS:
        _gather(options.value, gathered)
        if gathered.whole:
            return []
        locator = next(iter(_values(tlv.parse(options.value), _LOCATOR)), b"")
    else:
        raise ValueError("not the answer to GET PROCESSING OPTIONS")
    if len(locator) % 4:
        raise ValueError("a locator is cut off")
    quads = [locator[at : at + 4] for at in range(0, len(locator), 4)]
    return [(quad[0] >> 3, quad[1], min(quad[2], quad[1] + _MOST_RECORDS)) for quad in quads]


def _records(channel: CardChannel, file: int, first: int, last: int) -> Iterator[bytes]:
    """The contents of the record templates, until there is none."""
    for number in range(first, last + 1):
        answer, status = channel.transmit(bytes([0x00, 0xB2, number, file << 3 | 4, 0x00]))
        if status != OK:
            return
        yield tlv.only(answer, _RECORD)


def _gather(template: bytes, gathered: _Gathered) -> None:
    for each in tlv.parse(template):
        if each.tag == _NUMBER:
            gathered.note(each.value.hex().rstrip("f"), "")
        elif each.tag == _EXPIRY and is_expiry(each.value.hex()[:4]):
            gathered.note("", each.value.hex()[:4])
        elif each.tag == _TRACK:
            number, _, rest = each.value.hex().partition("d")
            gathered.note(number, rest[:4] if is_expiry(rest[:4]) else "")


def _select(name: bytes) -> bytes:
    return bytes([0x00, 0xA4, 0x04, 0x00, len(name)]) + name + b"\0"


def _processing_options(wanted: bytes) -> bytes:
    """GET PROCESSING OPTIONS with what the card wants to know (its PDOL): a query of no amount in China."""
    now = datetime.now(UTC)
    known = {
        0x9F66: b"\x26\x00\x00\x80",
        0x9F1A: _CHINA,
        0x5F2A: _CHINA,
        0x9A: bytes.fromhex(now.strftime("%y%m%d")),
        0x9F37: secrets.token_bytes(4),
        0x9F35: b"\x22",
    }
    given = b""
    while wanted:
        # A list of tags and lengths without values.
        head = tlv.head(wanted)
        wanted = wanted[head.size :]
        if len(given) + head.length > _MOST_GIVEN:
            raise ValueError("the card wants to know too much")
        given += known.get(head.tag, b"")[: head.length].rjust(head.length, b"\0")
    data = tlv.encode(0x83, given)
    return b"\x80\xa8\x00\x00" + bytes([len(data)]) + data + b"\0"


def _values(objects: Iterable[tlv.Tlv], tag: int) -> list[bytes]:
    return [each.value for each in objects if each.tag == tag]


def _text(value: bytes) -> str:
    return "".join(chr(each) for each in value if 0x20 <= each < 0x7F).strip()
