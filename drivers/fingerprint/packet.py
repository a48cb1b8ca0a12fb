"""Packets of the EF01 protocol (specs/fingerprint_serial_protocol.md §2).

``EF 01 | address(4) | PID(1) | LEN(2) | payload | SUM(2)``, big endian; LEN counts payload and SUM, SUM is
the 16-bit sum of PID, LEN and payload.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

START = b"\xef\x01"
ANY_ADDRESS = 0xFFFFFFFF
"""The address that modules have when they leave the factory."""
HEAD_SIZE = 9
"""Start, address, PID and LEN: what may be logged of a packet with data."""
SUM_SIZE = 2
LONGEST_PAYLOAD = 256
"""The largest data packet; every acknowledgement is shorter."""
DATA_SIZES = (32, 64, 128, 256)
"""Payload of a data packet by the parameter p, 32 << p."""


class Pid(enum.IntEnum):
    """What a packet is."""

    COMMAND = 0x01
    DATA = 0x02
    ACKNOWLEDGE = 0x07
    LAST_DATA = 0x08


@dataclass(frozen=True, slots=True)
class Packet:
    """A well-formed packet; its address was checked."""

    pid: Pid
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A whole packet whose sum is wrong."""

    pid: Pid
    length: int


def encode(address: int, pid: Pid, payload: bytes) -> bytes:
    """The packet around `payload`."""
    counted = bytes([pid]) + (len(payload) + SUM_SIZE).to_bytes(2, "big") + payload
    return START + address.to_bytes(4, "big") + counted + (sum(counted) & 0xFFFF).to_bytes(2, "big")


def data_packets(address: int, data: bytes, size: int) -> Iterator[bytes]:
    """`data` cut into packets of `size` bytes of payload, the last marked as such."""
    for start in range(0, len(data), size):
        pid = Pid.DATA if start + size < len(data) else Pid.LAST_DATA
        yield encode(address, pid, data[start : start + size])


class Assembler:
    """Finds the packets of one address in a byte stream with noise in it. Inside one only LEN counts."""

    def __init__(self, address: int) -> None:
        self._head = START + address.to_bytes(4, "big")
        self._buffer = bytearray()
        self.dropped = 0
        """Bytes since the last `reset` that belonged to no packet of this address."""

    @property
    def heard(self) -> bool:
        """True when anything at all came since the last `reset`."""
        return bool(self._buffer) or self.dropped > 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        self._buffer += data

    def reset(self) -> None:
        """Forget everything."""
        self._buffer.clear()
        self.dropped = 0

    def take(self) -> Packet | Damaged | None:
        """The next whole packet, or None when more bytes are needed."""
        while self._align():
            pid, length = self._buffer[6], int.from_bytes(self._buffer[7:HEAD_SIZE], "big")
            if pid not in Pid.__members__.values() or not SUM_SIZE < length <= LONGEST_PAYLOAD + SUM_SIZE:
                self._drop(1)
                continue
            size = HEAD_SIZE + length
            if len(self._buffer) < size:
                return None
            counted = bytes(self._buffer[6 : size - SUM_SIZE])
            told = int.from_bytes(self._buffer[size - SUM_SIZE : size], "big")
            del self._buffer[:size]
            if sum(counted) & 0xFFFF != told:
                return Damaged(Pid(pid), length)
            return Packet(Pid(pid), counted[3:])
        return None

    def _align(self) -> bool:
        """Bring a head with this address to the front; True when PID and LEN are there too."""
        start = self._buffer.find(self._head)
        if start < 0:
            start = len(self._buffer) - _overlap(self._buffer, self._head)
        self._drop(start)
        return len(self._buffer) >= HEAD_SIZE

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self.dropped += count


def _overlap(data: bytearray, head: bytes) -> int:
    """How many bytes at the end of `data` may begin a head."""
    longest = min(len(data), len(head) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(head[:size])), 0)
