"""Hostile bytes from fingerprint modules."""

from __future__ import annotations

import re
from functools import cache

from drivers.capture import FingerTemplate
from drivers.errors import DeviceError, Garbled
from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.fingerprint.identity import Parameters, Product
from drivers.fingerprint.packet import ANY_ADDRESS, Assembler, Packet, Pid, data_packets, encode
from drivers.fingerprint.settings import Ef01Settings
from tests.fuzz.target import Target

TEMPLATE = FingerTemplate(bytes(range(256)) * 2, "ef01")
PARAMETERS = bytes.fromhex("0000 0009 03E8 0003 FFFFFFFF 0002 0006")
MATCHED = re.compile(rb"\xef\x01\xff\xff\xff\xff\x07\x00\x05\x00(..)(..)", re.DOTALL)


def acknowledge(code: int, result: bytes = b"") -> bytes:
    return encode(ANY_ADDRESS, Pid.ACKNOWLEDGE, bytes([code]) + result)


class HostileModule:
    """A pipe to a module that does as the manual says, but answers a comparison with any bytes."""

    address = "hostile"

    def __init__(self) -> None:
        self.hostile = b""
        self._heard = Assembler(ANY_ADDRESS)
        self._waiting = b""
        self._stored = b""

    def send(self, data: bytes) -> None:
        self._heard.feed(data)
        while isinstance(packet := self._heard.take(), Packet):
            if packet.pid is Pid.COMMAND:
                self._waiting += self._answer(packet.payload)
            else:
                self._stored = (self._stored + packet.payload)[-len(TEMPLATE.data) :]

    def receive(self, seconds: float) -> bytes:
        said, self._waiting = self._waiting, b""
        return said

    def purge(self) -> None:
        self._waiting = b""

    def check(self) -> None:
        """Always there."""

    def set_rate(self, rate: int) -> None:
        """Any."""

    def close(self) -> None:
        """Nothing to release."""

    def _answer(self, command: bytes) -> bytes:
        match command[0]:
            case 0x03:
                return self.hostile
            case 0x0F:
                return acknowledge(0, PARAMETERS)
            case 0x3C:
                return acknowledge(1)
            case 0x08:
                return acknowledge(0) + b"".join(data_packets(ANY_ADDRESS, self._stored, 128))
        return acknowledge(0)


@cache
def sensor() -> tuple[HostileModule, Ef01Sensor]:
    pipe = HostileModule()
    pipe.send(b"".join(data_packets(ANY_ADDRESS, TEMPLATE.data, 128)))
    return pipe, Ef01Sensor(pipe, Ef01Settings(rate=57600))


def ef01_packets(data: bytes) -> None:
    """Fed in pieces; a packet that comes out was in the bytes, whole and with its sum."""
    assembler = Assembler(ANY_ADDRESS)
    piece = 1 + (data[0] if data else 0) % 64
    for at in range(0, len(data), piece):
        assembler.feed(data[at : at + piece])
        while (found := assembler.take()) is not None:
            if isinstance(found, Packet):
                assert encode(ANY_ADDRESS, found.pid, found.payload) in data


def ef01_match(data: bytes) -> None:
    """No answer makes a match but a whole one of this module: 00, a score that is not 0, the right sum."""
    pipe, opened = sensor()
    pipe.hostile = data
    try:
        found = opened.match(TEMPLATE, 0)
    except DeviceError:
        return
    if found.matched:
        true = [each for each in MATCHED.findall(data) if each[1] == summed(each[0])]
        assert any(int.from_bytes(score, "big") == found.score for score, _ in true)


def summed(score: bytes) -> bytes:
    return (0x07 + 0x05 + sum(score)).to_bytes(2, "big")


def ef01_identity(data: bytes) -> None:
    """What a module says of itself makes values or a fault."""
    Product.of(data[:46].ljust(46, b"\0"))
    try:
        found = Parameters.of(data[:16].ljust(16, b"\0"), "hostile")
    except Garbled:
        return
    assert found.packet_size in (32, 64, 128, 256)


TARGETS: tuple[Target, ...] = (
    Target(
        "ef01_packets",
        ef01_packets,
        (acknowledge(0, PARAMETERS), b"".join(data_packets(ANY_ADDRESS, bytes(range(200)), 64))),
    ),
    Target(
        "ef01_match",
        ef01_match,
        (acknowledge(0, b"\x00\x64"), acknowledge(8, bytes(2)), acknowledge(0) + acknowledge(8)),
        share=0.3,
    ),
    Target("ef01_identity", ef01_identity, (PARAMETERS, bytes(46)), share=0.2),
)
