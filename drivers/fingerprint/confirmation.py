"""The confirmation code of an EF01 answer and what each of its 256 values means to the program (spec §3)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from drivers.errors import DeviceError, Fault, Garbled, Refused, Retry, Unsupported


class Code(enum.IntEnum):
    """Every value that a manual of the family explains."""

    OK = 0x00
    PACKET_ERROR = 0x01
    NO_FINGER = 0x02
    NOT_CAPTURED = 0x03
    TOO_DRY = 0x04
    TOO_WET = 0x05
    MESSY = 0x06
    TOO_FEW_POINTS = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    DIFFERS = 0x0A
    BAD_ID = 0x0B
    BAD_TEMPLATE = 0x0C
    CANNOT_UPLOAD = 0x0D
    CANNOT_RECEIVE = 0x0E
    CANNOT_UPLOAD_IMAGE = 0x0F
    NOT_DELETED = 0x10
    NOT_EMPTIED = 0x11
    WRONG_PASSWORD = 0x13
    NO_IMAGE = 0x15
    NOT_MOVED = 0x17
    FLASH = 0x18
    UNDEFINED = 0x19
    BAD_REGISTER = 0x1A
    BAD_REGISTER_VALUE = 0x1B
    BAD_PAGE = 0x1C
    PORT_FAILED = 0x1D
    LIBRARY_FULL = 0x1F
    WRONG_ADDRESS = 0x20
    PASSWORD_NEEDED = 0x21
    SENSOR_FAILED = 0x29
    NOT_ALLOWED = 0x31
    PARTIAL = 0x33


_PROTOCOL: tuple[type[DeviceError], str] = (Garbled, "fingerprint.protocol")
_MEMORY: tuple[type[DeviceError], str] = (Fault, "fingerprint.memory")

MEANINGS: Mapping[int, tuple[type[DeviceError], str]] = MappingProxyType(
    {
        **dict.fromkeys(range(256), _PROTOCOL),
        Code.PACKET_ERROR: (Garbled, "fingerprint.link"),
        Code.NO_FINGER: (Retry, "finger.none"),
        Code.NOT_CAPTURED: (Retry, "finger.not_captured"),
        Code.TOO_DRY: (Retry, "finger.too_dry"),
        Code.TOO_WET: (Retry, "finger.too_wet"),
        Code.MESSY: (Retry, "finger.messy"),
        Code.TOO_FEW_POINTS: (Retry, "finger.too_few_points"),
        Code.DIFFERS: (Retry, "finger.differs"),
        Code.NOT_MOVED: (Retry, "finger.not_moved"),
        Code.PARTIAL: (Retry, "finger.partial"),
        Code.NO_IMAGE: (Retry, "finger.not_captured"),
        **dict.fromkeys(
            (Code.BAD_TEMPLATE, Code.CANNOT_UPLOAD, Code.CANNOT_RECEIVE, Code.CANNOT_UPLOAD_IMAGE), _MEMORY
        ),
        **dict.fromkeys((Code.FLASH, Code.LIBRARY_FULL), _MEMORY),
        Code.NOT_DELETED: (Fault, "fingerprint.not_emptied"),
        Code.NOT_EMPTIED: (Fault, "fingerprint.not_emptied"),
        Code.PORT_FAILED: (Fault, "fingerprint.sensor_failed"),
        Code.SENSOR_FAILED: (Fault, "fingerprint.sensor_failed"),
        Code.WRONG_PASSWORD: (Refused, "fingerprint.password"),
        Code.PASSWORD_NEEDED: (Refused, "fingerprint.password"),
        Code.WRONG_ADDRESS: (Refused, "fingerprint.address"),
        Code.NOT_ALLOWED: (Refused, "fingerprint.not_allowed"),
        **dict.fromkeys(
            (Code.BAD_REGISTER, Code.BAD_REGISTER_VALUE, Code.BAD_PAGE, Code.UNDEFINED),
            (Unsupported, "fingerprint.not_supported"),
        ),
    }
)
"""What each value means when it is not the one hoped for; values without a meaning break the protocol."""


def error(code: int, device: str, command: str) -> DeviceError:
    """What an answer other than the one hoped for means."""
    kind, key = MEANINGS[code]
    return kind(key, device, confirmation=f"{code:02X}", command=command)
