"""How a simulated device's bytes come to the host: when each piece is there, and what happens after it."""

from __future__ import annotations

from dataclasses import dataclass

BITS_A_BYTE = 10
"""Start bit, 8 data bits, stop bit."""
PIECE = 64
"""Bytes put on the line at once; a USB packet."""
LATE_S = 2.0
"""How late a slow device is."""
PIECE_PAUSE_S = 0.02
"""Pause between the pieces of a fragmented answer."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that arrive at the host `after_s` from now; `then` is a command word obeyed after them."""

    after_s: float
    data: bytes
    then: str = ""


def paced(data: bytes, rate: int | None, start_s: float = 0.0, pause_s: float = 0.0) -> list[Piece]:
    """`data` at the pace of a line of `rate` bits a second, or at once where the line has no rate."""
    cut = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    byte_s = BITS_A_BYTE / rate if rate else 0.0
    return [
        Piece(start_s + pause_s * place + min(len(data), (place + 1) * PIECE) * byte_s, piece)
        for place, piece in enumerate(cut)
    ]


def broken_off(pieces: list[Piece], then: str) -> list[Piece]:
    """`pieces` with the command word `then` obeyed after the last of them."""
    if not pieces:
        return [Piece(0.0, b"", then)]
    return [*pieces[:-1], Piece(pieces[-1].after_s, pieces[-1].data, then)]


def seconds(size: int, rate: int | None) -> float:
    """How long `size` bytes are on the line."""
    return size * BITS_A_BYTE / rate if rate else 0.0
