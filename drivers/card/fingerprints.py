"""The fingerprint area of an identity card: two records of 512 bytes (GA/T 1012, spec §7).

Only the header is public: who made it, whether a finger was registered, which one, how well. The minutiae
are for the licensed matcher (`drivers.card.matcher`) alone. A checksum stands at the end whose polynomial
is not published either.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field

from drivers.capture import Finger

RECORD_SIZE = 512
AREA_SIZE = 2 * RECORD_SIZE
TEMPLATE_FORMAT = "gat1012"
"""`format` of a `drivers.capture.FingerTemplate` that holds such a record."""

_MAGIC = 0x43
_RIGHT_THUMB, _LEFT_LITTLE = 11, 20
_HANDS = {97: "right", 98: "left"}
_SIMULATED_MAKER = b"\xff\xff\xff"


class Registration(enum.IntEnum):
    """What came of registering the finger."""

    REGISTERED = 1
    FAILED = 2
    NOT_REGISTERED = 3
    UNKNOWN = 9


@dataclass(frozen=True, slots=True)
class StoredFinger:
    """One record: what its header says, and the whole of it for a matcher."""

    registration: Registration
    finger: Finger
    """UNKNOWN for an unspecified finger of one hand, and for others."""
    hand: str
    """``right``, ``left`` or empty."""
    quality: int | None
    """1-100; None when unknown."""
    maker: bytes
    """Three bytes: maker, algorithm, version."""
    template: bytes = field(repr=False)
    """512 bytes."""

    @property
    def usable(self) -> bool:
        """True when a finger was registered."""
        return self.registration is Registration.REGISTERED

    @property
    def simulated(self) -> bool:
        """True for the simulator's invention, which no matcher knows."""
        return self.maker == _SIMULATED_MAKER


def parse(area: bytes) -> tuple[StoredFinger, ...]:
    """The records in a card's `fingerprints`; what is none is left out. Never raises."""
    records = (area[at : at + RECORD_SIZE] for at in range(0, min(len(area), AREA_SIZE), RECORD_SIZE))
    return tuple(_finger(record) for record in records if len(record) == RECORD_SIZE and record[0] == _MAGIC)


def encode_simulated(finger: int, quality: int, seed: int) -> bytes:
    """A record valid in its header only. `ValueError` when `finger` is no code of the standard."""
    if not (_RIGHT_THUMB <= finger <= _LEFT_LITTLE or finger in {97, 98, 99}):
        raise ValueError(f"finger {finger} is none of 11-20, 97, 98, 99")
    head = bytes([_MAGIC, *_SIMULATED_MAKER, Registration.REGISTERED, finger, quality])
    body = hashlib.shake_128(seed.to_bytes(8, "big")).digest(RECORD_SIZE - len(head))
    return head + body


def _finger(record: bytes) -> StoredFinger:
    code, quality = record[5], record[6]
    known = _RIGHT_THUMB <= code <= _LEFT_LITTLE
    finger = Finger(code - _RIGHT_THUMB + 1) if known else Finger.UNKNOWN
    hand = _HANDS.get(code, "")
    if known:
        hand = "right" if finger <= Finger.RIGHT_LITTLE else "left"
    values = {each.value for each in Registration}
    return StoredFinger(
        registration=Registration(record[4]) if record[4] in values else Registration.UNKNOWN,
        finger=finger,
        hand=hand,
        quality=quality if 1 <= quality <= 100 else None,
        maker=record[1:4],
        template=record,
    )
