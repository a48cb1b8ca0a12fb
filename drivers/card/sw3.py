"""SW3, the result byte of an SDT answer, and what each value means to the program (spec §2)."""

from __future__ import annotations

import enum

from drivers.errors import DeviceError, Fault, Garbled, Refused, Retry, Unsupported


class Sw3(enum.IntEnum):
    """Every published value."""

    WRONG_CHECKSUM = 0x10
    WRONG_LENGTH = 0x11
    BAD_COMMAND = 0x21
    NOT_PERMITTED = 0x23
    UNRECOGNISED = 0x24
    CARD_REFUSED_MODULE = 0x31
    MODULE_REFUSED_CARD = 0x32
    VERIFICATION_FAILED = 0x33
    FINGER_VERIFICATION_FAILED = 0x37
    WRONG_INFORMATION_LENGTH = 0x3F
    UNKNOWN_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_NUMBER_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NOT_FOUND = 0x80
    NOT_SELECTED = 0x81
    OK = 0x90
    NOT_STORED = 0x91
    FOUND = 0x9F


LINK_ERRORS = frozenset({Sw3.WRONG_CHECKSUM, Sw3.WRONG_LENGTH})
"""The request was damaged on its way: send it again once."""

PRESENT_AGAIN = frozenset({Sw3.NOT_SELECTED, Sw3.READ_FAILED, Sw3.UNRECOGNISED, Sw3.RANDOM_NUMBER_FAILED})
"""Lifting the card and putting it down again may help."""

NOT_SUPPORTED = frozenset({Sw3.BAD_COMMAND, Sw3.NOT_PERMITTED})
"""The module does not know, or may not do, what was asked."""

_PROTOCOL: tuple[type[DeviceError], str] = (Garbled, "card_reader.protocol")
_MEANINGS: dict[int, tuple[type[DeviceError], str]] = {
    Sw3.WRONG_CHECKSUM: (Garbled, "card_reader.link"),
    Sw3.WRONG_LENGTH: (Garbled, "card_reader.link"),
    Sw3.CARD_REFUSED_MODULE: (Refused, "card.not_genuine"),
    Sw3.MODULE_REFUSED_CARD: (Refused, "card.not_genuine"),
    Sw3.VERIFICATION_FAILED: (Refused, "card.not_genuine"),
    Sw3.FINGER_VERIFICATION_FAILED: (Refused, "card.not_genuine"),
    Sw3.WRONG_INFORMATION_LENGTH: (Refused, "card.not_genuine"),
    Sw3.UNKNOWN_CARD: (Unsupported, "card.unsupported_kind"),
    Sw3.SELF_TEST_FAILED: (Fault, "card_reader.out_of_service"),
    Sw3.NOT_AUTHORISED: (Fault, "card_reader.out_of_service"),
    Sw3.NOT_FOUND: (Retry, "card.none"),
    **dict.fromkeys(PRESENT_AGAIN, (Retry, "card.present_again")),
}


CARD_ANSWERS = {value for value, (_, code) in _MEANINGS.items() if code.startswith("card.")} - {
    Sw3.UNRECOGNISED
} | {Sw3.NOT_STORED}
"""Values that only a request about a card can have."""


def error(status: int, device: str, command: str, about_card: bool = True) -> DeviceError:
    """What an answer other than the expected one means; `Garbled` for a value that has no place here.

    A request that is not `about_card` never ends in an error of the card.
    """
    kind, code = _MEANINGS.get(status, _PROTOCOL)
    if not about_card and code.startswith("card."):
        kind, code = _PROTOCOL
    return kind(code, device, sw3=f"{status:02X}", cause=cause(status), command=command)


def cause(status: int) -> str:
    """The published meaning of an SW3 in words for the engineer, such as ``module refused card``."""
    known = {each.value for each in Sw3}
    return Sw3(status).name.lower().replace("_", " ") if status in known else "unknown value"
