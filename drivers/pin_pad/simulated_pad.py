"""What a simulated PIN pad does: takes a PIN inside its own process and gives it out encrypted.

By default it makes the PIN up itself, so that no other process has ever held it; ``enter random FILE`` writes
it into a file for a centre under test to compare.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from drivers.pin_pad import dukpt
from drivers.pin_pad.frame import (
    Assembler,
    Block,
    Command,
    Damaged,
    Entry,
    Frame,
    Reply,
    encode,
    encode_names,
)
from drivers.sim.faultlist import FaultList
from drivers.sim.wire import Piece

KEY_S = 0.01
"""Between two keys of the simulated person."""
LONGEST_PIN = 12


class PinPadFault(enum.StrEnum):
    """What goes wrong."""

    SILENCE = "silence"
    MUTE_ENTRY = "mute_entry"
    """An entry begins and is never heard of again, nor does the pad obey to cancel it."""
    NO_KEY = "no_key"
    TAMPERED = "tampered"
    WRONG_SEQUENCE = "wrong_sequence"
    """The outcome bears the number of another request."""
    REPLAY = "replay"
    """It gives out the block of the entry before."""
    CLEAR_BLOCK = "clear_block"
    """It gives out the PIN unencrypted."""
    WRONG_FORMAT = "wrong_format"
    """The block is of a format that was not asked for."""
    WRONG_CRC = "wrong_crc"
    """The checksum of every answer is wrong."""
    HALF_FRAME = "half_frame"
    """The outcome breaks off in the middle."""
    NOISE = "noise"
    """Every request is answered with bytes that are no frame."""
    CANCELLED = "cancelled"
    """The person presses Cancel."""
    TOO_SHORT = "too_short"
    """The person presses OK too early."""
    NOBODY = "nobody"
    """Nobody presses a key; the pad itself lets time go by."""
    TIME_IS_UP = "time_is_up"
    """The pad says that the person took too long."""
    UNPLUGGED_MID_ENTRY = "unplugged_mid_entry"


@dataclass(frozen=True, slots=True)
class _Begun:
    sequence: int
    entry: Entry


class SimulatedPinPad:
    """The instrument: ``enter random [FILE]`` or ``enter PIN``, ``press cancel``, faults.

    Unless told otherwise the person enters a random PIN as soon as an entry begins.
    """

    words = ("enter", "wait", "press", "fault", "clear")

    def __init__(self, rate: int | None, initial_key: bytes, identity: bytes) -> None:
        self.rate = rate
        self._initial_key = initial_key
        self._identity = identity
        self._counter = 0
        self._faults = FaultList(PinPadFault)
        self._frames = Assembler()
        self._begun: _Begun | None = None
        self._waiting = False
        """True when the person waits to be told."""
        self._last: Block | None = None

    def plugged(self) -> Iterable[Piece]:
        """Powered up: no entry is under way. The key counter is kept."""
        self._frames.reset()
        self._begun = None
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """What comes back for a request."""
        self._frames.feed(data)
        pieces: list[Piece] = []
        while (frame := self._frames.take()) is not None:
            if self._faults.meets(PinPadFault.SILENCE):
                continue
            if self._faults.meets(PinPadFault.NOISE):
                pieces.append(Piece(0.0, b"\xff" * 80))
            elif isinstance(frame, Damaged):
                pieces += self._say(0, Reply.DAMAGED)
            else:
                pieces += self._answer(frame)
        return pieces

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out a command."""
        match word:
            case "wait":
                self._waiting = True
            case "enter":
                return self._enter(argument)
            case "press":
                return self._end(Reply.CANCELLED)
            case "fault":
                self._faults.give(argument)
            case "clear":
                self._faults.clear()
                self._waiting = False
                self._begun = None
        return ()

    def _answer(self, frame: Frame) -> list[Piece]:
        match frame.code:
            case Command.IDENTIFY:
                return self._say(
                    frame.sequence,
                    Reply.OK,
                    encode_names("SIMULATED", "PIN-SIM", self._identity.hex(), "1.0"),
                )
            case Command.STATE:
                return self._say(frame.sequence, self._state())
            case Command.CANCEL:
                if self._faults.has(PinPadFault.MUTE_ENTRY):
                    return []
                pieces = self._end(Reply.CANCELLED)
                return [*pieces, *self._say(frame.sequence, Reply.OK)]
            case Command.ENTER:
                return self._begin(frame)
        return self._say(frame.sequence, Reply.UNKNOWN_COMMAND)

    def _state(self) -> Reply:
        if self._faults.has(PinPadFault.TAMPERED):
            return Reply.TAMPERED
        if self._faults.has(PinPadFault.NO_KEY) or self._counter >= dukpt.LAST_COUNTER:
            return Reply.NO_KEY
        return Reply.OK

    def _begin(self, frame: Frame) -> list[Piece]:
        state = self._state()
        if state is not Reply.OK:
            return self._say(frame.sequence, state)
        if self._begun is not None:
            return self._say(frame.sequence, Reply.BUSY)
        try:
            entry = Entry.decode(frame.body)
        except ValueError:
            return self._say(frame.sequence, Reply.UNKNOWN_COMMAND)
        self._begun = _Begun(frame.sequence, entry)
        pieces = self._say(frame.sequence, Reply.ENTERING, b"\0")
        return pieces + self._person(entry)

    def _person(self, entry: Entry) -> list[Piece]:
        """What the person before the pad does, as far as no fault or command has them do otherwise."""
        if self._faults.has(PinPadFault.MUTE_ENTRY) or self._faults.meets(PinPadFault.NOBODY):
            return []
        if self._faults.meets(PinPadFault.TIME_IS_UP):
            return self._end(Reply.TIME_IS_UP)
        if self._faults.meets(PinPadFault.UNPLUGGED_MID_ENTRY):
            return [Piece(3 * KEY_S, b"", "unplug")]
        if self._faults.meets(PinPadFault.CANCELLED):
            return self._end(Reply.CANCELLED)
        if self._faults.meets(PinPadFault.TOO_SHORT):
            return self._end(Reply.TOO_SHORT)
        return [] if self._waiting else self._enter("random")

    def _enter(self, argument: str) -> list[Piece]:
        """The digits go in, one by one, and the block comes out."""
        if self._begun is None:
            raise ValueError("no entry is under way")
        entry, sequence = self._begun.entry, self._begun.sequence
        kind, _, file = argument.partition(" ")
        pin = _random_pin(entry) if kind == "random" else kind
        if not (pin.isdecimal() and len(pin) <= LONGEST_PIN):
            raise ValueError("a PIN has up to 12 digits")
        if file:
            Path(file).write_text(pin, encoding="ascii")
        if len(pin) < entry.fewest:
            return self._end(Reply.TOO_SHORT)
        pieces = [
            Piece(count * KEY_S, self._frame(sequence, Reply.ENTERING, bytes([count])))
            for count in range(1, len(pin) + 1)
        ]
        self._begun = None
        return pieces + self._give_out(sequence, self._block(pin, entry), KEY_S * (len(pin) + 1))

    def _block(self, pin: str, entry: Entry) -> Block:
        if self._last is not None and self._faults.meets(PinPadFault.REPLAY):
            return self._last
        self._counter += 1
        serial = self._identity + self._counter.to_bytes(4, "big")
        key = dukpt.pin_key(self._initial_key, serial, entry.format)
        data = dukpt.seal(pin, entry.account, key, entry.format)
        if self._faults.meets(PinPadFault.CLEAR_BLOCK):
            data = bytes.fromhex(f"4{len(pin):x}{pin}".ljust(16, "a")) + secrets.token_bytes(8)
        shown = entry.format ^ 4 if self._faults.meets(PinPadFault.WRONG_FORMAT) else entry.format
        self._last = Block(shown, len(pin), serial, data)
        return self._last

    def _give_out(self, sequence: int, block: Block, after_s: float) -> list[Piece]:
        if self._faults.meets(PinPadFault.WRONG_SEQUENCE):
            sequence = sequence % 255 + 1
        message = self._frame(sequence, Reply.BLOCK, block.encode())
        if self._faults.meets(PinPadFault.HALF_FRAME):
            message = message[: len(message) // 2]
        return [Piece(after_s, message)]

    def _end(self, reply: Reply) -> list[Piece]:
        """The entry ends without a block; nothing when there is none."""
        begun, self._begun = self._begun, None
        return self._say(begun.sequence, reply) if begun is not None else []

    def _say(self, sequence: int, reply: Reply, body: bytes = b"") -> list[Piece]:
        return [Piece(0.0, self._frame(sequence, reply, body))]

    def _frame(self, sequence: int, reply: Reply, body: bytes = b"") -> bytes:
        message = encode(Frame(sequence, reply, body))
        if self._faults.has(PinPadFault.WRONG_CRC):
            message = message[:-1] + bytes([message[-1] ^ 0xFF])
        return message


def _random_pin(entry: Entry) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(entry.most))
