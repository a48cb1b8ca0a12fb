"""The simulated EF01 module: a process that speaks its bytes on a pseudo-terminal or a TCP port.

    python -m drivers.fingerprint.ef01_simulator [--make r50x] [--link PATH | --tcp]

Commands on standard input besides those of drivers.sim.play: ``touch NAME [QUALITY]``, ``lift``,
``fault NAME [TIMES]``, ``clear``, ``holds`` (fails unless the module remembers nothing).
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import click

from drivers.fingerprint.ef01_faults import ANSWERS, Fault, Faults
from drivers.fingerprint.ef01_module import SPEAKS_AT, Answer, SimulatedModule
from drivers.fingerprint.ef01_products import MAKES
from drivers.fingerprint.packet import ANY_ADDRESS, Assembler, Damaged, Packet, Pid, data_packets, encode
from drivers.sim.play import play
from drivers.sim.port import Port, PtyPort, TcpPort
from drivers.sim.wire import LATE_S, PIECE_PAUSE_S, Piece, broken_off, paced, seconds

NOISE = bytes.fromhex("00 FF EF EF 01 00 13 37 55 AA EF")
READY = b"\x55"
"""What newer makes say when they have started."""
SMALL_PIECE = 5
SET_ADDRESS = 0x15
_SEEING = frozenset({0x01, 0x02, 0x28})
"""Commands that take a real module its time."""


class Ef01Instrument:
    """Bytes of the host in, bytes of the module out, with the faults it has just now."""

    def __init__(self, module: SimulatedModule, wire_rate: int | None, work_s: float) -> None:
        self._module = module
        self._wire_rate = wire_rate
        self._work_s = work_s
        self._packets = Assembler(module.address)
        self._faults = Faults()
        self._wanting: tuple[int, int, bool] | None = None
        self._data = bytearray()
        self._before = b""
        self._free_at = 0.0

    @property
    def rate(self) -> int | None:
        """The module's rate, or None on a network."""
        return self._module.rate if self._wire_rate is not None else None

    @property
    def words(self) -> tuple[str, ...]:
        """What a person can do to it."""
        return ("touch", "lift", "fault", "clear", "holds")

    def plugged(self) -> Iterable[Piece]:
        """Powered up."""
        self._module.power_up()
        self._packets = Assembler(self._module.address)
        self._wanting, self._before, self._free_at = None, b"", 0.0
        return [Piece(0.0, READY)] if self._module.make.newer else []

    def hear(self, data: bytes) -> Iterable[Piece]:
        """Answer each whole packet, one after the other."""
        self._packets.feed(data)
        pieces: list[Piece] = []
        while (packet := self._packets.take()) is not None:
            pieces += self._hear_packet(packet)
        return pieces

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Play the person, or break."""
        match word:
            case "touch":
                name, _, quality = argument.partition(" ")
                self._module.touch(name, int(quality or 80))
            case "lift":
                self._module.lift()
            case "fault":
                self._faults.add(argument)
            case "clear":
                self._faults.clear()
            case _ if self._module.remembers:
                raise ValueError(f"it holds {self._module.remembers} templates and pictures")
        return []

    def _hear_packet(self, packet: Packet | Damaged) -> list[Piece]:
        if packet.pid in (Pid.DATA, Pid.LAST_DATA):
            self._take_data(packet)
            return []
        if isinstance(packet, Damaged):
            return self._send(self._ack(Answer(0x01)), frozenset())
        command = packet.payload[0]
        faults = self._faults.concerning(command)
        if Fault.OTHER_ADDRESS in faults:
            return []
        codes = [ANSWERS[each][1] for each in sorted(faults) if each in ANSWERS]
        answer = Answer(codes[0]) if codes else self._module.answer(packet.payload)
        if answer.wants is not None:
            buffer = packet.payload[1] if len(packet.payload) > 1 else 0
            self._wanting = (answer.wants, buffer, Fault.DEAF_DOWNLOAD in faults)
            self._data.clear()
        busy = self._work_s if command in _SEEING else 0.0
        pieces = self._send(self._plan(answer, faults), faults, busy)
        if answer.reset:
            self._module.power_up()
            pieces.append(Piece(pieces[-1].after_s if pieces else 0.0, READY))
        if command == SET_ADDRESS:
            self._packets = Assembler(self._module.address)
        return pieces

    def _take_data(self, packet: Packet | Damaged) -> None:
        if self._wanting is None or isinstance(packet, Damaged):
            return
        self._data += packet.payload
        if packet.pid is Pid.LAST_DATA:
            command, buffer, deaf = self._wanting
            if not deaf:
                self._module.take_data(command, buffer, bytes(self._data))
            self._wanting = None

    def _plan(self, answer: Answer, faults: Collection[Fault]) -> bytes:
        """The bytes of an answer, distorted."""
        if Fault.SILENCE in faults or Fault.MUTE_MATCH in faults:
            return b""
        if Fault.NOISE in faults:
            return NOISE
        ack = self._ack(answer)
        repeated, self._before = self._before, ack
        if Fault.FOREIGN_ANSWER in faults:
            ack = encode(self._module.address ^ 1, Pid.ACKNOWLEDGE, bytes([answer.code]) + answer.result)
        if Fault.WRONG_SUM in faults:
            ack = ack[:-1] + bytes([ack[-1] ^ 0xFF])
        if Fault.HALF_PACKET in faults:
            return ack[: len(ack) // 2]
        if Fault.STRAY_IN_HEAD in faults:
            ack = ack[:1] + b"\0" + ack[1:]
        if Fault.STRAY_BYTES in faults:
            ack = READY + ack[:1] + ack
        if Fault.STALE_ANSWER in faults:
            ack = repeated + ack
        return ack + b"".join(self._data_out(answer.data, faults))

    def _data_out(self, data: bytes | None, faults: Collection[Fault]) -> list[bytes]:
        if data is None:
            return []
        if Fault.EARLY_END in faults:
            data = data[: len(data) // 2]
        packets = list(data_packets(self._module.address, data, self._module.packet_size))
        if Fault.DATA_WRONG_SUM in faults:
            packets[0] = packets[0][:-1] + bytes([packets[0][-1] ^ 0xFF])
        if Fault.LOST_PACKET in faults:
            del packets[len(packets) // 2]
        if Fault.LOST_LAST in faults:
            del packets[-1]
        return packets

    def _ack(self, answer: Answer) -> bytes:
        return encode(self._module.address, Pid.ACKNOWLEDGE, bytes([answer.code]) + answer.result)

    def _send(self, data: bytes, faults: Collection[Fault], busy_s: float = 0.0) -> list[Piece]:
        """When the bytes are there: a module works in order, so never before what was asked earlier."""
        now = time.monotonic()
        late = LATE_S if {Fault.SLOW, Fault.LATE_MATCH} & set(faults) else 0.0
        start = max(self._free_at - now, seconds(12, self._wire_rate)) + late + busy_s
        if Fault.FRAGMENTS in faults:
            cut = [data[at : at + SMALL_PIECE] for at in range(0, min(len(data), 200), SMALL_PIECE)]
            cut.append(data[200:])
            pieces = [Piece(start + PIECE_PAUSE_S * place, each) for place, each in enumerate(cut) if each]
        else:
            pieces = paced(data, self._wire_rate, start)
        if Fault.UNPLUGGED_MID_UPLOAD in faults:
            pieces = broken_off(pieces[: max(1, len(pieces) // 2)], "unplug")
        self._free_at = now + (pieces[-1].after_s if pieces else start)
        return pieces


@click.command()
@click.option("--make", type=click.Choice(sorted(MAKES)), default="r30x", show_default=True)
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="Listen on a TCP port of this machine instead.")
@click.option("--rate", type=click.Choice([str(each) for each in SPEAKS_AT]), default="57600")
@click.option("--wire-rate", type=click.IntRange(1200), help="Pace of the wire, when not that of --rate.")
@click.option("--module-address", type=click.IntRange(0, ANY_ADDRESS), default=ANY_ADDRESS)
@click.option("--password", default="00000000", help="Eight hexadecimal digits.")
@click.option(
    "--work-ms", type=click.IntRange(0, 5000), default=100, help="Time for a picture or its features."
)
def main(
    make: str,
    link: Path | None,
    tcp: bool,
    rate: str,
    wire_rate: int | None,
    module_address: int,
    password: str,
    work_ms: int,
) -> None:
    """Simulate a fingerprint module."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    module = SimulatedModule(MAKES[make], int(rate), module_address, bytes.fromhex(password))
    port: Port = TcpPort() if tcp else PtyPort(link)
    pace = None if tcp else wire_rate or int(rate)
    play(Ef01Instrument(module, pace, work_ms / 1000), port, parent)


if __name__ == "__main__":
    main()
