"""By what a simulated chip or reader is known as one, so that no terminal in service takes it for real."""

from __future__ import annotations

from functools import reduce
from operator import xor

MARK = b"RENZHENG-SIM"
"""Historical bytes of every simulated chip, which a real one never has."""
VIRTUAL_READERS = ("Virtual PCD", "Simulated")
"""What the names of readers without a reader begin with."""


def answer_to_reset(historical: bytes = MARK) -> bytes:
    """What a contact-less chip with these historical bytes says at power-up (PC/SC part 3 §3.1.3.2.3)."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    return b"\x3b" + body + bytes([reduce(xor, body)])


def is_simulated(reader: str, reset: bytes = b"") -> bool:
    """True when the reader's name or the chip's answer to reset says that there is none."""
    return reader.startswith(VIRTUAL_READERS) or MARK in reset
