"""Asking an EF01 module over a pipe: one command, one answer within its time, data phases either way.

An answer does not say which command it belongs to. So after anything that went wrong no answer is believed
until the module has answered a request for its parameters, whose answer looks like no other and comes after
all that were due before (a module works in order). Only then is a command sent again, once, where harmless.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from drivers.errors import DeviceError, Garbled, TimedOut
from drivers.fingerprint import confirmation
from drivers.fingerprint.commands import PARAMETERS, Command
from drivers.fingerprint.confirmation import Code
from drivers.fingerprint.packet import HEAD_SIZE, Assembler, Damaged, Packet, Pid, data_packets, encode
from drivers.fingerprint.settings import Ef01Settings
from drivers.link.pipe import Pipe
from drivers.link.traffic import Traffic

SILENT = "fingerprint.silent"
LINK = "fingerprint.link"

QUIET_S = 0.05
"""Silence that ends the remains of an earlier answer; several times the gap between bytes at 9600."""
DRAIN_LIMIT_S = 8.0
"""Longest time to let the rest of a picture pass by; it takes 7 s at 57600."""
DATA_LIMIT_S = 60.0
"""Longest data phase; a picture takes 42 s at 9600."""
MOST_DATA = 1 << 18
TRIES = 2


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledgement: the confirmation code and the results after it."""

    code: int
    result: bytes = field(default=b"", repr=False)


class Channel:
    """The dialogue with one module."""

    def __init__(self, pipe: Pipe, settings: Ef01Settings) -> None:
        self._pipe = pipe
        self._address = settings.module_address
        self._packets = Assembler(settings.module_address)
        self._traffic = Traffic(pipe.address)
        self._gap_s = settings.gap_ms / 1000
        self._misfits = 0
        self._doubtful = False
        self.answer_s = settings.answer_ms / 1000
        """How long the module may take to answer."""

    @property
    def heard(self) -> bool:
        """True when anything came since the last command, an answer or not."""
        return self._packets.heard

    def ask(self, command: Command) -> Ack:
        """The answer to `command`, whatever its code.

        Raises `Garbled` ``fingerprint.link`` (damaged) or ``fingerprint.protocol`` (answers to something
        else), `TimedOut` ``fingerprint.late`` (it lives but did not answer) or ``fingerprint.silent``.
        """
        if self._doubtful:
            self._settle(command)
        tries = 0
        while True:
            tries += 1
            answer = self._try(command, self.answer_s)
            if isinstance(answer, Ack):
                # 01: the module did not understand the packet, so it did nothing.
                if answer.code != Code.PACKET_ERROR or tries == TRIES:
                    return answer
                continue
            failure = self._failure(command, answer)
            self._settle(command)
            if tries == TRIES or not command.repeatable:
                raise failure

    def demand(self, command: Command) -> bytes:
        """The results of `command`, or the error that its confirmation code means."""
        answer = self.ask(command)
        if answer.code != Code.OK:
            raise confirmation.error(answer.code, self._pipe.address, command.name)
        return answer.result

    def once(self, command: Command, seconds: float) -> Ack | None:
        """What the module says to `command` within `seconds`; None when nothing sensible came."""
        answer = self._try(command, seconds)
        if isinstance(answer, Ack):
            return answer
        self._doubtful = True
        return None

    def fetch(self, command: Command) -> bytes:
        """The data that the module sends after a good answer to `command`. Raises as `demand` does.

        `Garbled` ``fingerprint.incomplete`` when its end never comes.
        """
        tries = 0
        while True:
            tries += 1
            self.demand(command)
            data = self._receive_data(command)
            if isinstance(data, bytes):
                return data
            self._settle(command)
            if tries == TRIES:
                raise data

    def put(self, command: Command, data: bytes, packet_size: int) -> None:
        """Send `data` after a good answer to `command`. The module does not say whether it came (spec §3)."""
        self.demand(command)
        packets = list(data_packets(self._address, data, packet_size))
        for packet in packets:
            self._traffic.sent(packet[:HEAD_SIZE], len(packet))
        self._pipe.send(b"".join(packets))
        # A make that acknowledges data all the same must not answer the next command with it.
        self._drain()

    def _try(self, command: Command, seconds: float) -> Ack | Damaged | None:
        self._pipe.purge()
        self._packets.reset()
        self._misfits = 0
        message = encode(self._address, Pid.COMMAND, command.payload)
        self._traffic.sent(message[: HEAD_SIZE + 1], len(message))
        self._pipe.send(message)
        return self._receive(command, time.monotonic() + seconds)

    def _receive(self, command: Command, ends: float) -> Ack | Damaged | None:
        """The next acknowledgement that can belong to `command`; None when time is up."""
        while (packet := self._next(ends)) is not None:
            if packet.pid is Pid.ACKNOWLEDGE:
                if isinstance(packet, Damaged):
                    return packet
                answer = Ack(packet.payload[0], packet.payload[1:])
                if _fits(answer, command):
                    return answer
            self._misfits += 1
        return None

    def _receive_data(self, command: Command) -> bytes | DeviceError:
        """The data phase, or why it is worth nothing. What is damaged is heard to its end all the same."""
        data, damaged = bytearray(), False
        limit = time.monotonic() + DATA_LIMIT_S
        while len(data) <= MOST_DATA:
            packet = self._next(limit, self._gap_s)
            if packet is None:
                reason = "checksum" if damaged else "no end"
                return self._error(Garbled, "fingerprint.incomplete", command, reason=reason)
            if isinstance(packet, Damaged):
                damaged = True
            elif packet.pid in (Pid.DATA, Pid.LAST_DATA):
                data += packet.payload
            if packet.pid is Pid.LAST_DATA:
                return self._error(Garbled, LINK, command, reason="checksum") if damaged else bytes(data)
        return self._error(Garbled, "fingerprint.protocol", command, reason="endless data")

    def _next(self, ends: float, gap_s: float = math.inf) -> Packet | Damaged | None:
        """The next packet; None at `ends`, or when nothing at all came for `gap_s`."""
        while (packet := self._packets.take()) is None:
            left = min(gap_s, ends - time.monotonic())
            piece = self._pipe.receive(left) if left > 0 else b""
            if not piece:
                return None
            self._packets.feed(piece)
        self._note(packet)
        return packet

    def _settle(self, command: Command) -> None:
        """Make sure that the module lives, understands, and owes no answer; else raise why not."""
        self._doubtful = True
        heard = False
        for _ in range(TRIES):
            self._drain()
            answer = self._try(PARAMETERS, self.answer_s)
            heard = heard or self._packets.heard or answer is not None
            if isinstance(answer, Ack) and answer.code == Code.OK:
                self._drain()
                self._doubtful = False
                return
        if heard:
            raise self._error(Garbled, LINK, command, reason="no sensible answer")
        raise self._error(TimedOut, SILENT, command)

    def _drain(self) -> None:
        """Let pass what is still coming."""
        ends = time.monotonic() + DRAIN_LIMIT_S
        while self._pipe.receive(QUIET_S) and time.monotonic() < ends:
            self._traffic.event("dropped the rest of an answer")
        self._packets.reset()

    def _failure(self, command: Command, answer: Damaged | None) -> DeviceError:
        if isinstance(answer, Damaged):
            return self._error(Garbled, LINK, command, reason="checksum")
        self._traffic.event(f"no answer to {command.name}, noise: {self._packets.heard}")
        if self._misfits:
            return self._error(Garbled, "fingerprint.protocol", command, misfits=self._misfits)
        if self._packets.heard:
            return self._error(Garbled, LINK, command, reason="incomplete")
        return self._error(TimedOut, "fingerprint.late", command)

    def _error(self, kind: type[DeviceError], code: str, command: Command, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, command=command.name, traffic=self._traffic.recent(), **facts)

    def _note(self, packet: Packet | Damaged) -> None:
        if isinstance(packet, Damaged):
            self._traffic.event(f"a packet of {packet.length} bytes with a wrong sum")
            return
        whole = encode(self._address, packet.pid, packet.payload)
        code = 1 if packet.pid is Pid.ACKNOWLEDGE else 0
        self._traffic.received(whole[: HEAD_SIZE + code], len(whole))


def _fits(answer: Ack, command: Command) -> bool:
    """False for an answer that belongs to something else, as far as that can be told."""
    size = len(answer.result)
    return size in command.sizes if answer.code == Code.OK else not size or size in command.sizes
