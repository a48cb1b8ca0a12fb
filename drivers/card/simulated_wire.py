"""How the simulated reader's answers go on the line: at the pace of the wire, and with its faults."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass

from drivers.card.faults import Fault

BITS_A_BYTE = 10
"""Start bit, 8 data bits, stop bit."""

PIECE = 64
"""Bytes put on the line at once; a USB packet."""

LATE_S = 2.0
"""How late a slow reader is."""

PIECE_PAUSE_S = 0.02
"""Pause between the pieces of a fragmented answer."""

NOISE = bytes.fromhex("00 AA 13 AA AA 57 96 69 FF 00 AA AA AA 96") * 3
"""Bytes without a frame in them, though with much of a preamble."""

_BREAKS_OFF = frozenset({Fault.HALF_FRAME, Fault.REMOVED_MID_READ, Fault.UNPLUGGED_MID_READ})


class Happening(enum.Enum):
    """What comes after the last byte of an answer that broke off."""

    NOTHING = enum.auto()
    REMOVED = enum.auto()
    UNPLUGGED = enum.auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that arrive at the host `after_s` from the start of the answer."""

    after_s: float
    data: bytes
    happening: Happening = Happening.NOTHING


def pieces(answer: bytes, rate: int, faults: Collection[Fault], cut_after: int | None) -> list[Piece]:
    """`answer` as it comes to the host: when each piece is there, and what happens with it.

    `faults` are those that concern this answer; one that breaks it off leaves `cut_after` bytes of it, or
    half.
    """
    breaking = next((fault for fault in faults if fault in _BREAKS_OFF), None)
    sent = _distorted(answer, faults)
    if breaking is not None:
        sent = sent[: min(cut_after or len(sent) // 2, len(sent) - 1)]
    start = LATE_S if Fault.SLOW in faults else 0.0
    pause = PIECE_PAUSE_S if Fault.FRAGMENTS in faults else 0.0
    cut = [sent[at : at + PIECE] for at in range(0, len(sent), PIECE)]
    plan = [
        Piece(start + pause * place + min(len(sent), (place + 1) * PIECE) * BITS_A_BYTE / rate, data)
        for place, data in enumerate(cut)
    ]
    happening = _happening(breaking)
    if happening is not Happening.NOTHING:
        plan[-1] = Piece(plan[-1].after_s, plan[-1].data, happening)
    return plan


def _distorted(answer: bytes, faults: Collection[Fault]) -> bytes:
    if Fault.NOISE in faults:
        return NOISE
    if Fault.WRONG_CHECKSUM in faults:
        answer = answer[:-1] + bytes([answer[-1] ^ 0xFF])
    if Fault.STRAY_IN_PREAMBLE in faults:
        answer = answer[:2] + b"\0" + answer[2:]
    return b"\0" + answer if Fault.STRAY_BYTE in faults else answer


def _happening(breaking: Fault | None) -> Happening:
    if breaking is Fault.REMOVED_MID_READ:
        return Happening.REMOVED
    if breaking is Fault.UNPLUGGED_MID_READ:
        return Happening.UNPLUGGED
    return Happening.NOTHING


def request_seconds(size: int, rate: int) -> float:
    """How long a request of `size` bytes was on the line before the reader had it whole."""
    return size * BITS_A_BYTE / rate
