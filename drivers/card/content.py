"""What the answer to a reading holds: lengths, then text, photo and, if asked for, fingerprints (spec §3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.card import fingerprints, layout, photo

MANAGEMENT_NUMBER_SIZE = 28


class WrongLengths(ValueError):
    """The lengths are not those of the standard, or do not fit what came; `args` holds them."""


@dataclass(frozen=True, slots=True)
class Content:
    """The areas as read."""

    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    fingerprints: bytes = field(repr=False)
    """Empty when the card holds none or they were not asked for."""


@dataclass(frozen=True, slots=True)
class ManagementNumber:
    """Number of the chip itself (`30 05`); it names a card, so `repr` hides it."""

    issuer: bytes = field(repr=False)
    """IIN, 4 bytes."""
    serial: bytes = field(repr=False)
    """SN, 8 bytes."""
    device: bytes = field(repr=False)
    """DN, 16 bytes."""


def split(data: bytes, with_fingerprints: bool) -> Content:
    """Take the data of an answer apart. `WrongLengths` unless every length is one the standard knows."""
    head = 6 if with_fingerprints else 4
    lengths = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, head, 2))
    known = lengths[:2] == (layout.TEXT_SIZE, photo.PHOTO_SIZE)
    if not known or lengths[2:] not in {(), (0,), (fingerprints.AREA_SIZE,)}:
        raise WrongLengths(*lengths)
    if len(data) != head + sum(lengths):
        raise WrongLengths(*lengths, len(data))
    picture_at = head + layout.TEXT_SIZE
    fingers_at = picture_at + photo.PHOTO_SIZE
    return Content(data[head:picture_at], data[picture_at:fingers_at], data[fingers_at:])


def management_number(data: bytes) -> ManagementNumber:
    """Take the 28 bytes of a chip management number apart."""
    return ManagementNumber(data[:4], data[4:12], data[12:MANAGEMENT_NUMBER_SIZE])
