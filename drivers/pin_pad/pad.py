"""PIN pads behind the openly documented protocol of `drivers.pin_pad.frame`.

The pad encrypts the PIN under a key of its own (DUKPT); this program passes the block on to the centre and
can open it no more than the line can. There are no keys here: `drivers.pin_pad.dukpt` is for the simulator
and the centre, and this module does not import it.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import Self

from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.around import PinBlock
from drivers.errors import Busy, DeviceError, Garbled, Refused, Retry, TimedOut
from drivers.kept import kept
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.link.ports import serial_ports
from drivers.link.traffic import Traffic
from drivers.pin_pad import blocks
from drivers.pin_pad.frame import HEAD_SIZE, Assembler, Block, Command, Damaged, Entry, Frame, Reply, encode
from drivers.pin_pad.frame import names as names_of
from drivers.pin_pad.settings import PinPadSettings
from drivers.registry import driver

GRACE_S = 2.0
"""How much later than this program the pad ends an entry by itself, should the line be lost."""
LOOK_S = 0.05
"""Longest until a `cancel` from another thread is noticed."""
QUIET_S = 0.1
"""Silence that ends the remains of an entry."""
SEQUENCES = 255
RECENT = 3
"""Requests back to which an answer may still be on the line."""
NOISE_BYTES = 64
"""Bytes without a frame among them that no loss on the line explains."""
_FORMATS = {"iso-4": 4, "iso-0": 0}
_OUTCOMES: dict[int, tuple[type[DeviceError], str]] = {
    Reply.CANCELLED: (Retry, "pin.cancelled"),
    Reply.TOO_SHORT: (Retry, "pin.too_short"),
    Reply.TIME_IS_UP: (Retry, "pin.timeout"),
    Reply.NO_KEY: (Refused, "pin_pad.no_key"),
    Reply.TAMPERED: (Refused, "pin_pad.tampered"),
    Reply.UNKNOWN_COMMAND: (Refused, "pin_pad.refused"),
    Reply.BUSY: (Busy, "pin_pad.busy"),
    Reply.DAMAGED: (Garbled, "pin_pad.garbled"),
}


@driver(
    "pin-pad",
    Kind.PIN_PAD,
    PinPadSettings,
    Grade.PROTOCOL_TESTED,
    addresses="/dev/ttyUSB0, tcp:HOST:PORT",
)
class OpenPinPad:
    """PIN pad of the openly documented protocol; the template for a maker's own."""

    def __init__(self, pipe: Pipe, settings: PinPadSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._frames = Assembler()
        self._traffic = Traffic(pipe.address)
        self._sequence = 0
        self._cancelled = threading.Event()
        self._used: dict[bytes, int] = {}
        """Newest counter seen of each key."""
        self._names = names_of(self._ask(Command.IDENTIFY).body)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Serial ports of this machine, not opened: any of them may have a PIN pad on it."""
        return serial_ports("pin-pad")

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the PIN pad at `address`."""
        knobs = PinPadSettings.model_validate(settings.model_dump())
        with kept(open_pipe(address, knobs.rate, "pin_pad")) as pipe:
            return cls(pipe, knobs)

    @property
    def about(self) -> About:
        """Who the pad says it is."""
        maker, model, serial, firmware = self._names
        simulated = maker.upper() == "SIMULATED"
        return About(
            driver="pin-pad",
            address=self._pipe.address,
            vendor="Simulated" if simulated else maker,
            model=model or "PIN pad",
            serial=serial,
            firmware=firmware,
            simulated=simulated,
        )

    @property
    def can(self) -> Can:
        """Nothing beyond the contract."""
        return Can.NOTHING

    def enter(self, account_number: str, seconds: float) -> PinBlock:
        """The PIN for `account_number`, encrypted by the pad.

        `Retry` ``pin.cancelled``, ``pin.too_short``, ``pin.timeout``; `Refused` ``pin_pad.no_key`` or
        ``pin_pad.tampered``; `Garbled` ``pin_pad.sequence``, ``pin_pad.replayed`` or
        ``pin_pad.clear_block`` when the answer must not be used. Never asked twice by itself.
        """
        if not (account_number.isascii() and account_number.isdigit() and 12 <= len(account_number) <= 19):
            raise self._error(Refused, "pin_pad.refused", reason="an account number has 12 to 19 digits")
        self._cancelled.clear()
        knobs = self._settings
        entry = Entry(
            math.ceil(max(0.0, seconds) + GRACE_S),
            knobs.fewest,
            knobs.most,
            _FORMATS[knobs.format],
            account_number,
        )
        try:
            begun = self._ask(Command.ENTER, entry.encode(), Reply.ENTERING)
            frame = self._outcome(begun.sequence, time.monotonic() + max(0.0, seconds))
            return self._block(frame, account_number)
        except (Garbled, Busy):
            self._abandon()
            raise

    def cancel(self) -> None:
        """End an entry under way; harmless when there is none. May be called from another thread."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise why no PIN can be entered now: gone, silent, without key or tampered with."""
        self._pipe.check()
        self._ask(Command.STATE)

    def close(self) -> None:
        """Release the pad. Safe twice; never raises."""
        self._pipe.close()

    def _ask(self, command: Command, body: bytes = b"", expected: Reply = Reply.OK) -> Frame:
        """The answer to a request; asked once more after damage, but an entry is never begun twice."""
        tries = 1 if command is Command.ENTER else 2
        for left in reversed(range(tries)):
            sequence = self._send(command, body)
            try:
                answer = self._receive(sequence, self._settings.answer_ms / 1000)
                if answer is None:
                    raise self._error(TimedOut, "pin_pad.silent", command=command.name)
                if answer.code == expected:
                    return answer
                raise self._meaning(answer)
            except Garbled:
                if not left:
                    raise
        raise self._error(TimedOut, "pin_pad.silent", command=command.name)

    def _send(self, command: Command, body: bytes = b"") -> int:
        self._sequence = self._sequence % SEQUENCES + 1
        message = encode(Frame(self._sequence, command, body))
        self._pipe.purge()
        self._frames.reset()
        self._traffic.sent(message[:HEAD_SIZE], len(message))
        self._pipe.send(message)
        return self._sequence

    def _receive(self, sequence: int, seconds: float) -> Frame | None:
        """The next frame, which must bear `sequence`; None when none came within `seconds`.

        Late answers to the requests just before are dropped: nobody waits for them any more.
        """
        ends = time.monotonic() + seconds
        while True:
            frame = self._frames.take()
            if isinstance(frame, Damaged) or self._frames.dropped > NOISE_BYTES:
                self._frames.reset()
                raise self._error(Garbled, "pin_pad.garbled", reason="checksum")
            if frame is not None:
                head = encode(frame)[:HEAD_SIZE]
                self._traffic.received(head, len(frame.body) + HEAD_SIZE + 2)
                if frame.sequence == sequence:
                    return frame
                if (sequence - frame.sequence) % SEQUENCES > RECENT:
                    raise self._error(Garbled, "pin_pad.sequence")
                continue
            left = ends - time.monotonic()
            piece = self._pipe.receive(left) if left > 0 else b""
            if not piece:
                return None
            self._frames.feed(piece)

    def _outcome(self, sequence: int, ends: float) -> Frame:
        """How the entry ends; the pad is told to stop when it is cancelled or the pad itself does not."""
        incomplete = math.inf
        while True:
            if self._cancelled.is_set():
                raise self._stopped("pin.cancelled")
            if time.monotonic() > ends:
                raise self._stopped("pin.timeout")
            frame = self._receive(sequence, LOOK_S)
            if frame is not None and frame.code != Reply.ENTERING:
                return frame
            if frame is not None or not self._frames.begun:
                incomplete = time.monotonic() + self._settings.answer_ms / 1000
            elif time.monotonic() > incomplete:
                raise self._error(Garbled, "pin_pad.garbled", reason="incomplete")

    def _abandon(self) -> None:
        """End whatever entry the pad may still be in, so that the next one can begin."""
        ends = time.monotonic() + self._settings.answer_ms / 1000
        with contextlib.suppress(DeviceError):
            self._stopped("pin.cancelled")
        with contextlib.suppress(DeviceError):
            while self._pipe.receive(QUIET_S) and time.monotonic() < ends:
                self._traffic.event("dropped the rest of an entry")

    def _stopped(self, code: str) -> DeviceError:
        """Tell the pad to end the entry: `Retry` `code`, or `TimedOut` when it does not obey."""
        sequence = self._send(Command.CANCEL)
        ends = time.monotonic() + self._settings.answer_ms / 1000
        while (left := ends - time.monotonic()) > 0:
            if self._receive(sequence, left) is not None:
                return self._error(Retry, code)
        return self._error(TimedOut, "pin_pad.silent", command=Command.CANCEL.name)

    def _block(self, frame: Frame, account_number: str) -> PinBlock:
        if frame.code != Reply.BLOCK:
            raise self._meaning(frame)
        try:
            block = Block.decode(frame.body)
        except ValueError as error:
            raise self._error(Garbled, "pin_pad.garbled", reason=str(error)) from error
        wanted = _FORMATS[self._settings.format]
        if block.format != wanted or len(block.data) != blocks.SIZES[wanted]:
            raise self._error(Garbled, "pin_pad.garbled", reason="another block format")
        if blocks.looks_clear(block.data, wanted, account_number):
            raise self._error(Garbled, "pin_pad.clear_block")
        self._require_fresh(block.key_serial)
        return PinBlock(block.data, self._settings.format, block.key_serial, block.digits)

    def _require_fresh(self, key_serial: bytes) -> None:
        """Each key serves once: the counter at the end of its serial (DUKPT) must have moved on."""
        if len(key_serial) <= blocks.COUNTER_SIZE:
            raise self._error(Garbled, "pin_pad.garbled", reason="key serial too short")
        key, counter = key_serial[: -blocks.COUNTER_SIZE], key_serial[-blocks.COUNTER_SIZE :]
        number = int.from_bytes(counter, "big")
        if number <= self._used.get(key, 0):
            raise self._error(Garbled, "pin_pad.replayed", counter=number)
        self._used[key] = number

    def _meaning(self, frame: Frame) -> DeviceError:
        kind, code = _OUTCOMES.get(frame.code, (Garbled, "pin_pad.garbled"))
        return self._error(kind, code, reply=f"{frame.code:02X}")

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._pipe.address, traffic=self._traffic.recent(), **facts)
