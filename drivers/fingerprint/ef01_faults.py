"""Faults that the simulated EF01 module can be told to have (spec §5, "Faults to inject", and more)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from drivers.fingerprint.confirmation import Code

GEN_IMAGE, IMAGE_2_TZ, MATCH, REG_MODEL, STORE = 0x01, 0x02, 0x03, 0x05, 0x06
UP_CHAR, DOWN_CHAR, UP_IMAGE, EMPTY = 0x08, 0x09, 0x0A, 0x0D
VERIFY_PASSWORD = 0x13


class Fault(enum.StrEnum):
    """What goes wrong. Unless said otherwise a fault concerns every command."""

    NO_FINGER = "no_finger"
    """A finger is never seen."""
    NOT_CAPTURED = "not_captured"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"
    MESSY = "messy"
    TOO_FEW_POINTS = "too_few_points"
    DIFFERS = "differs"
    UNKNOWN_CODE = "unknown_code"
    """A comparison is answered with a code that no manual knows."""
    MATCHES_BY_CODE_ONLY = "matches_by_code_only"
    """A comparison is answered 00 without a score, as if it were the answer to something else."""
    NOT_EMPTIED = "not_emptied"
    FLASH = "flash"
    """Emptying and storing fail in the memory."""
    WRONG_PASSWORD = "wrong_password"
    LOCKED = "locked"
    """The module wants its password, whatever it was told."""
    REJECTED = "rejected"
    """Every command answers 01, as if it had been damaged on its way."""
    SENSOR_FAILED = "sensor_failed"
    NO_UPLOAD = "no_upload"
    """Templates are not given out."""
    NO_RECEIVE = "no_receive"
    """Templates are not taken in."""
    NO_PICTURE = "no_picture"
    """The module does not know how to give a picture."""
    PICTURE_FAILED = "picture_failed"
    SILENCE = "silence"
    MUTE_MATCH = "mute_match"
    """A comparison is not answered, all else is."""
    LATE_MATCH = "late_match"
    """A comparison is answered 2 s late, and what was asked meanwhile after it."""
    SLOW = "slow"
    """Every answer comes 2 s late."""
    NOISE = "noise"
    """Every answer is bytes that are no packet."""
    STRAY_BYTES = "stray_bytes"
    """``55`` and the start of a packet before every answer."""
    STRAY_IN_HEAD = "stray_in_head"
    """A zero byte inside the head of every answer."""
    WRONG_SUM = "wrong_sum"
    """The sum of every acknowledgement is wrong."""
    DATA_WRONG_SUM = "data_wrong_sum"
    """The sum of one data packet is wrong."""
    LOST_PACKET = "lost_packet"
    """A data packet in the middle does not come."""
    LOST_LAST = "lost_last"
    """The last data packet does not come."""
    EARLY_END = "early_end"
    """The data are called finished half way."""
    HALF_PACKET = "half_packet"
    """Half an acknowledgement, then silence."""
    FRAGMENTS = "fragments"
    """Every answer comes in small pieces with pauses."""
    OTHER_ADDRESS = "other_address"
    """The module has another address: it hears nothing that is meant for it."""
    FOREIGN_ANSWER = "foreign_answer"
    """Answers carry another module's address."""
    STALE_ANSWER = "stale_answer"
    """The answer to the command before comes once more, before each answer."""
    DEAF_DOWNLOAD = "deaf_download"
    """A template sent to the module does not reach its buffer."""
    UNPLUGGED_MID_UPLOAD = "unplugged_mid_upload"
    """The cable is pulled while data are on the line."""


ANSWERS: Mapping[Fault, tuple[frozenset[int], int]] = MappingProxyType(
    {
        Fault.NO_FINGER: (frozenset({GEN_IMAGE}), Code.NO_FINGER),
        Fault.NOT_CAPTURED: (frozenset({GEN_IMAGE}), Code.NOT_CAPTURED),
        Fault.SENSOR_FAILED: (frozenset({GEN_IMAGE}), Code.SENSOR_FAILED),
        Fault.TOO_DRY: (frozenset({IMAGE_2_TZ}), Code.TOO_DRY),
        Fault.TOO_WET: (frozenset({IMAGE_2_TZ}), Code.TOO_WET),
        Fault.MESSY: (frozenset({IMAGE_2_TZ}), Code.MESSY),
        Fault.TOO_FEW_POINTS: (frozenset({IMAGE_2_TZ}), Code.TOO_FEW_POINTS),
        Fault.DIFFERS: (frozenset({REG_MODEL}), Code.DIFFERS),
        Fault.UNKNOWN_CODE: (frozenset({MATCH}), 0x77),
        Fault.MATCHES_BY_CODE_ONLY: (frozenset({MATCH}), Code.OK),
        Fault.NOT_EMPTIED: (frozenset({EMPTY}), Code.NOT_EMPTIED),
        Fault.FLASH: (frozenset({EMPTY, STORE}), Code.FLASH),
        Fault.WRONG_PASSWORD: (frozenset({VERIFY_PASSWORD}), Code.WRONG_PASSWORD),
        Fault.LOCKED: (frozenset(range(256)), Code.PASSWORD_NEEDED),
        Fault.REJECTED: (frozenset(range(256)), Code.PACKET_ERROR),
        Fault.NO_UPLOAD: (frozenset({UP_CHAR}), Code.CANNOT_UPLOAD),
        Fault.NO_RECEIVE: (frozenset({DOWN_CHAR}), Code.CANNOT_RECEIVE),
        Fault.NO_PICTURE: (frozenset({UP_IMAGE}), Code.PACKET_ERROR),
        Fault.PICTURE_FAILED: (frozenset({UP_IMAGE}), Code.CANNOT_UPLOAD_IMAGE),
    }
)
"""Faults that answer these commands with this code and nothing else."""

_DATA_OUT = frozenset({UP_CHAR, UP_IMAGE})
_CONCERNS: Mapping[Fault, frozenset[int]] = MappingProxyType(
    {
        **{fault: concerned for fault, (concerned, _) in ANSWERS.items()},
        **dict.fromkeys((Fault.MUTE_MATCH, Fault.LATE_MATCH), frozenset({MATCH})),
        **dict.fromkeys(
            (
                Fault.DATA_WRONG_SUM,
                Fault.LOST_PACKET,
                Fault.LOST_LAST,
                Fault.EARLY_END,
                Fault.UNPLUGGED_MID_UPLOAD,
            ),
            _DATA_OUT,
        ),
        Fault.DEAF_DOWNLOAD: frozenset({DOWN_CHAR}),
    }
)


class Faults:
    """Those a module has now, each for ever or for a number of commands that it concerns."""

    def __init__(self) -> None:
        self._left: dict[Fault, int] = {}

    def add(self, argument: str) -> None:
        """``NAME [TIMES]``; `ValueError` when there is no such fault."""
        name, _, times = argument.partition(" ")
        self._left[Fault(name)] = int(times or 0)

    def clear(self) -> None:
        """Take all away."""
        self._left.clear()

    def concerning(self, command: int) -> frozenset[Fault]:
        """Those that befall this `command`; one of them is used up for each that was limited."""
        found = frozenset(each for each in self._left if command in _CONCERNS.get(each, {command}))
        for each in found:
            if self._left[each] == 1:
                del self._left[each]
            elif self._left[each]:
                self._left[each] -= 1
        return found
