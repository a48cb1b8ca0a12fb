"""Where each field lies in the 256 bytes of card text (spec §4), for reading and for writing.

The text is UTF-16LE, padded with spaces. The kind of card is the character at byte 248 and is looked at
before anything else. Code units are kept as read; only padding on the right is taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.api import CardKind

TEXT_SIZE = 256
FLAG_AT = 248
ADDITIONAL_ADDRESS_SIZE = 70
_PADDING = " \0"

FLAGS = {
    " ": CardKind.RESIDENT,
    "I": CardKind.FOREIGNER_2017,
    "J": CardKind.RESIDENCE_PERMIT,
    "Y": CardKind.FOREIGNER_2023,
}
"""Type flag → kind of card."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a field lies, in bytes."""

    name: str
    offset: int
    size: int


_COMMON = (Slot("number", 122, 36), Slot("valid_from", 188, 16), Slot("valid_to", 204, 16))
_RESIDENT = (
    Slot("name", 0, 30),
    Slot("sex", 30, 2),
    Slot("nation", 32, 4),
    Slot("birth", 36, 16),
    Slot("address", 52, 70),
    Slot("issuer", 158, 30),
    *_COMMON,
)
LAYOUTS: Mapping[CardKind, tuple[Slot, ...]] = {
    CardKind.RESIDENT: _RESIDENT,
    CardKind.RESIDENCE_PERMIT: (*_RESIDENT, Slot("pass_number", 220, 18), Slot("issue_count", 238, 4)),
    CardKind.FOREIGNER_2017: (
        Slot("latin_name", 0, 120),
        Slot("sex", 120, 2),
        Slot("number", 122, 30),
        Slot("nationality", 152, 6),
        Slot("name", 158, 30),
        Slot("valid_from", 188, 16),
        Slot("valid_to", 204, 16),
        Slot("birth", 220, 16),
        Slot("version", 236, 4),
        Slot("issuer", 240, 8),
    ),
    CardKind.FOREIGNER_2023: (
        Slot("name", 0, 30),
        Slot("sex", 30, 2),
        Slot("issue_count", 32, 4),
        Slot("birth", 36, 16),
        Slot("latin_name", 52, 70),
        *_COMMON,
        Slot("latin_name_rest", 220, 22),
        Slot("nationality", 242, 6),
        Slot("old_number_link", 250, 6),
    ),
}
"""The fields of each kind of card. What no slot covers is reserved."""


class UnknownFlag(ValueError):
    """The type flag is none of the four published ones."""


def kind_of(text: bytes) -> CardKind:
    """The kind of card, by the type flag alone. `UnknownFlag` when it is another letter."""
    flag = text[FLAG_AT : FLAG_AT + 2].decode("utf-16-le", "replace")
    if flag not in FLAGS:
        raise UnknownFlag(f"U+{ord(flag):04X}")
    return FLAGS[flag]


def split(text: bytes, kind: CardKind) -> dict[str, str]:
    """The fields of 256 bytes of text, without their padding. Half a surrogate pair becomes U+FFFD."""
    return {slot.name: decode(text[slot.offset : slot.offset + slot.size]) for slot in LAYOUTS[kind]}


def join(fields: Mapping[str, str], kind: CardKind) -> bytes:
    """The 256 bytes that hold `fields`. `ValueError` when one is unknown or too long."""
    text = bytearray(" ".encode("utf-16-le") * (TEXT_SIZE // 2))
    flag = next(sign for sign, each in FLAGS.items() if each is kind)
    text[FLAG_AT : FLAG_AT + 2] = flag.encode("utf-16-le")
    slots = {slot.name: slot for slot in LAYOUTS[kind]}
    for name, value in fields.items():
        slot = slots.get(name)
        if slot is None:
            raise ValueError(f"a {kind} card has no field {name!r}; known: {', '.join(slots)}")
        text[slot.offset : slot.offset + slot.size] = encode(value, slot.size, name)
    return bytes(text)


def decode(raw: bytes) -> str:
    """The text of a field without its padding."""
    return raw.decode("utf-16-le", "replace").rstrip(_PADDING)


def encode(value: str, size: int, name: str) -> bytes:
    """`value` padded with spaces to `size` bytes. `ValueError` naming the field when it is too long."""
    raw = value.encode("utf-16-le")
    if len(raw) > size:
        raise ValueError(f"{name} needs {len(raw)} bytes, the card has {size}")
    return raw + " ".encode("utf-16-le") * ((size - len(raw)) // 2)
