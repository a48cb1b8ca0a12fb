"""Faults that the simulated reader can be told to have (spec §8, "Faults to inject")."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from drivers.card.sw3 import Sw3


class Fault(enum.StrEnum):
    """What goes wrong. Unless said otherwise a fault concerns reading text and photo."""

    CARD_REFUSED_MODULE = "card_refused_module"
    MODULE_REFUSED_CARD = "module_refused_card"
    NOT_GENUINE = "not_genuine"
    UNKNOWN_CARD = "unknown_card"
    READ_FAILED = "read_failed"
    SELECT_FAILED = "select_failed"
    """Every select answers 81."""
    SELF_TEST_FAILED = "self_test_failed"
    """Every request answers 60."""
    NOT_AUTHORISED = "not_authorised"
    """Every request answers 66."""
    CHECKSUM_REJECTED = "checksum_rejected"
    """Every request answers 10, as if it had been damaged on its way."""
    LENGTH_REJECTED = "length_rejected"
    """Every request answers 11."""
    UNKNOWN_STATUS = "unknown_status"
    """Answers an SW3 that no list knows."""
    UNKNOWN_FLAG = "unknown_flag"
    """The type flag in the text is a letter without meaning."""
    ZERO_LENGTHS = "zero_lengths"
    """Text and photo lengths are 0, and there is neither."""
    HALF_FRAME = "half_frame"
    """Half the answer, then silence."""
    SILENCE = "silence"
    """No request is answered."""
    MUTE_READ = "mute_read"
    """Reading is not answered, all else is."""
    NOISE = "noise"
    """Every request is answered with bytes that are no frame."""
    STRAY_BYTE = "stray_byte"
    """A zero byte before every answer."""
    STRAY_IN_PREAMBLE = "stray_in_preamble"
    """A zero byte inside the preamble of every answer."""
    WRONG_CHECKSUM = "wrong_checksum"
    """The checksum of every answer is wrong."""
    FRAGMENTS = "fragments"
    """Every answer comes in 64-byte pieces with pauses."""
    SLOW = "slow"
    """Every answer comes 2 s late."""
    REMOVED_MID_READ = "removed_mid_read"
    """The card is lifted while its answer is on the line: it breaks off, the reader is empty."""
    UNPLUGGED_MID_READ = "unplugged_mid_read"
    """The cable is pulled while the answer is on the line."""
    NO_FINGERPRINT_READING = "no_fingerprint_reading"
    """Reading with fingerprints is no command it knows (21)."""
    FINGERPRINT_READING_DENIED = "fingerprint_reading_denied"
    """Reading with fingerprints is not permitted (23)."""
    SHORT_FINGERPRINTS = "short_fingerprints"
    """The fingerprint area is announced with half its length."""
    NO_MANAGEMENT_NUMBER = "no_management_number"
    """The chip management number is no command it knows (21)."""
    RATE_REFUSED = "rate_refused"
    """Setting another rate is answered 21."""
    RATE_NOT_FOLLOWED = "rate_not_followed"
    """Setting another rate is answered 90, and nothing changes."""


EVERY_REQUEST: Mapping[Fault, Sw3] = MappingProxyType(
    {
        Fault.SELF_TEST_FAILED: Sw3.SELF_TEST_FAILED,
        Fault.NOT_AUTHORISED: Sw3.NOT_AUTHORISED,
        Fault.CHECKSUM_REJECTED: Sw3.WRONG_CHECKSUM,
        Fault.LENGTH_REJECTED: Sw3.WRONG_LENGTH,
    }
)
"""Faults that answer any request with this SW3."""

ONE_REQUEST: Mapping[Fault, Sw3] = MappingProxyType(
    {
        Fault.NO_FINGERPRINT_READING: Sw3.BAD_COMMAND,
        Fault.FINGERPRINT_READING_DENIED: Sw3.NOT_PERMITTED,
        Fault.NO_MANAGEMENT_NUMBER: Sw3.BAD_COMMAND,
        Fault.RATE_REFUSED: Sw3.BAD_COMMAND,
        Fault.RATE_NOT_FOLLOWED: Sw3.OK,
    }
)
"""Faults that answer the one kind of request that they concern with this SW3."""

READING: Mapping[Fault, int] = MappingProxyType(
    {
        Fault.CARD_REFUSED_MODULE: Sw3.CARD_REFUSED_MODULE,
        Fault.MODULE_REFUSED_CARD: Sw3.MODULE_REFUSED_CARD,
        Fault.NOT_GENUINE: Sw3.VERIFICATION_FAILED,
        Fault.UNKNOWN_CARD: Sw3.UNKNOWN_CARD,
        Fault.READ_FAILED: Sw3.READ_FAILED,
        Fault.UNKNOWN_STATUS: 0x77,
    }
)
"""Faults that answer the reading of text and photo with this SW3."""

_READ = frozenset({b"\x30\x01", b"\x30\x10"})
_READ_WITH_FINGERPRINTS = frozenset({b"\x30\x10"})
_SET_RATE = frozenset({bytes([0x60, index]) for index in range(256)})
_CONCERNED: Mapping[Fault, frozenset[bytes]] = MappingProxyType(
    {
        **dict.fromkeys(READING, _READ),
        Fault.UNKNOWN_FLAG: _READ,
        Fault.ZERO_LENGTHS: _READ,
        Fault.HALF_FRAME: _READ,
        Fault.MUTE_READ: _READ,
        Fault.REMOVED_MID_READ: _READ,
        Fault.UNPLUGGED_MID_READ: _READ,
        Fault.NO_FINGERPRINT_READING: _READ_WITH_FINGERPRINTS,
        Fault.FINGERPRINT_READING_DENIED: _READ_WITH_FINGERPRINTS,
        Fault.SHORT_FINGERPRINTS: _READ_WITH_FINGERPRINTS,
        Fault.NO_MANAGEMENT_NUMBER: frozenset({b"\x30\x05"}),
        Fault.RATE_REFUSED: _SET_RATE,
        Fault.RATE_NOT_FOLLOWED: _SET_RATE,
    }
)
"""The requests that a fault concerns; all of them when it is not here."""


def concerns(fault: Fault, body: bytes) -> bool:
    """True when `fault` concerns the request of this body (CMD PARA data)."""
    requests = _CONCERNED.get(fault)
    return requests is None or body in requests
