"""How the simulated reader's answers go on the line: at the pace of the wire, and with its faults."""

from __future__ import annotations

from collections.abc import Collection

from drivers.card.faults import Fault
from drivers.sim import wire
from drivers.sim.wire import Piece

NOISE = bytes.fromhex("00 AA 13 AA AA 57 96 69 FF 00 AA AA AA 96") * 3
"""Bytes without a frame in them, though with much of a preamble."""

HAPPENINGS = {Fault.HALF_FRAME: "", Fault.REMOVED_MID_READ: "remove", Fault.UNPLUGGED_MID_READ: "unplug"}
"""Faults that break an answer off, and the command obeyed after its last byte."""


def pieces(answer: bytes, rate: int | None, faults: Collection[Fault], cut_after: int | None) -> list[Piece]:
    """`answer` as it comes to the host: when each piece is there, and what happens with it.

    `faults` are those that concern this answer; one that breaks it off leaves `cut_after` bytes of it, or
    half.
    """
    sent = _distorted(answer, faults)
    breaking = next((fault for fault in faults if fault in HAPPENINGS), None)
    if breaking is not None:
        sent = sent[: min(cut_after or len(sent) // 2, len(sent) - 1)]
    start = wire.LATE_S if Fault.SLOW in faults else 0.0
    pause = wire.PIECE_PAUSE_S if Fault.FRAGMENTS in faults else 0.0
    plan = wire.paced(sent, rate, start, pause)
    return wire.broken_off(plan, HAPPENINGS[breaking]) if breaking else plan


def _distorted(answer: bytes, faults: Collection[Fault]) -> bytes:
    if Fault.NOISE in faults:
        return NOISE
    if Fault.WRONG_CHECKSUM in faults:
        answer = answer[:-1] + bytes([answer[-1] ^ 0xFF])
    if Fault.STRAY_IN_PREAMBLE in faults:
        answer = answer[:2] + b"\0" + answer[2:]
    return b"\0" + answer if Fault.STRAY_BYTE in faults else answer
