"""Asking an SDT reader over a pipe: one request, one answer, within its time, with the resend of spec §8.

Damaged, cut or lost answers are asked for once more where that is harmless; after silence the input is
purged and ``11 FF`` tells a reader that is late from one that is dead. Answers that cannot belong to the
request (a late one to an earlier request) are dropped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Container
from dataclasses import dataclass

from drivers.card.content import MANAGEMENT_NUMBER_SIZE
from drivers.card.frame import HEAD_SIZE, PREAMBLE, Answer, Assembler, Damaged, encode, encode_answer
from drivers.card.sam import SAM_SIZE
from drivers.card.settings import SdtSettings
from drivers.card.sw3 import CARD_ANSWERS, LINK_ERRORS, Sw3
from drivers.errors import DeviceError, Garbled, TimedOut
from drivers.link.pipe import Pipe
from drivers.link.traffic import Traffic

SILENT = "card_reader.silent"
"""Code of a reader that does not even answer the status request."""

QUIET_S = 0.05
"""Silence that ends the remains of an earlier answer; several times the gap between bytes at 9600."""


_CARD_REQUESTS = frozenset({0x20, 0x30})
"""First bytes of the requests that concern a card."""


@dataclass(frozen=True, slots=True)
class Command:
    """A request and what a good answer to it looks like."""

    name: str
    body: bytes
    ok: Sw3 = Sw3.OK
    sizes: Container[int] = (0,)
    repeatable: bool = True
    """False when asking twice changes the outcome."""

    @property
    def about_card(self) -> bool:
        """True when the answer may say something about a card."""
        return self.body[0] in _CARD_REQUESTS


RESET = Command("reset", b"\x10\xff")
STATUS = Command("status", b"\x11\xff")
SAM_ID = Command("sam_id", b"\x12\xff", sizes=(SAM_SIZE,))
FIND = Command("find", b"\x20\x01", ok=Sw3.FOUND, sizes=(0, 4))
SELECT = Command("select", b"\x20\x02", sizes=(0, 8))
READ = Command("read", b"\x30\x01", sizes=range(4, 4096), repeatable=False)
READ_WITH_FINGERPRINTS = Command(
    "read_with_fingerprints", b"\x30\x10", sizes=range(6, 4096), repeatable=False
)
ADDITIONAL_ADDRESS = Command("additional_address", b"\x30\x03", sizes=range(0, 512))

MANAGEMENT_NUMBER = Command("management_number", b"\x30\x05", sizes=(MANAGEMENT_NUMBER_SIZE,))

_READING = (READ, READ_WITH_FINGERPRINTS)


def set_rate(index: int) -> Command:
    """The request to talk at the rate of this index in `drivers.card.settings.RATES` from now on."""
    return Command("set_rate", bytes([0x60, index]), repeatable=False)


def max_rf_frame(size: int) -> Command:
    """The request that limits the radio frame to `size`."""
    return Command("max_rf_frame", bytes([0x61, 0xFF, size]))


@dataclass(slots=True)
class _Asked:
    """A request whose answer is still due."""

    command: Command
    at: float
    answer_s: float
    frame_s: float
    tries: int = 1
    misfits: int = 0
    """Good answers to something else that came instead."""


class Channel:
    """The dialogue with one reader. Whoever waits no longer may come back for the same answer later."""

    def __init__(self, pipe: Pipe, settings: SdtSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._frames = Assembler()
        self._traffic = Traffic(pipe.address)
        self._asked: _Asked | None = None
        self._heard_at = 0.0

    def ask(self, command: Command, until: float = math.inf) -> Answer | None:
        """The answer to `command`; None when time.monotonic() reaches `until` first.

        After None the next `ask` of the same command goes on waiting. Raises `Garbled`
        ``card_reader.link`` (damaged twice) or ``card_reader.protocol`` (an answer to something else),
        `TimedOut` ``card_reader.late`` (it lives but did not answer) or ``card_reader.silent``, `Missing`.
        """
        asked = self._begin(command)
        while True:
            answer = self._receive(asked, until)
            if isinstance(answer, Answer) and answer.status not in LINK_ERRORS:
                self._asked = None
                return answer
            if answer is None and until < self._limit(asked):
                return None
            failure = self._failure(asked, answer)
            if asked.tries > 1 or not command.repeatable or failure.code == SILENT:
                self._asked = None
                raise failure
            self._send(asked)
            asked.tries += 1

    def answer(self, command: Command) -> Answer:
        """The answer to `command`, waiting as long as the settings allow."""
        answer = self.ask(command)
        if answer is None:
            raise TimedOut("card_reader.late", self._pipe.address, command=command.name)
        return answer

    def status_once(self) -> Answer | None:
        """What the reader says to ``11 FF`` within the short limit; None when nothing sensible came."""
        self._forget()
        asked = self._new(STATUS)
        self._send(asked)
        answer = self._receive(asked, math.inf)
        return answer if isinstance(answer, Answer) and answer.status not in LINK_ERRORS else None

    @property
    def heard(self) -> bool:
        """True when anything came since the last request, a good answer or not."""
        return self._frames.heard

    def _begin(self, command: Command) -> _Asked:
        due = self._asked
        if due is not None and due.command is command:
            return due
        if due is not None:
            self._receive(due, math.inf)
        self._asked = self._new(command)
        self._send(self._asked)
        return self._asked

    def _new(self, command: Command) -> _Asked:
        knobs = self._settings
        answer_ms = knobs.read_answer_ms if command in _READING else knobs.answer_ms
        if command is STATUS:
            answer_ms = knobs.search_ms
        frame_ms = knobs.search_ms if command is STATUS else knobs.frame_ms
        return _Asked(command, time.monotonic(), answer_ms / 1000, frame_ms / 1000)

    def _send(self, asked: _Asked) -> None:
        self._frames.reset()
        message = encode(asked.command.body)
        self._traffic.sent(message, len(message))
        asked.at = time.monotonic()
        self._pipe.send(message)

    def _receive(self, asked: _Asked, until: float) -> Answer | Damaged | None:
        """The next frame that can belong to `asked`; None when time is up, its own or the caller's."""
        over = False
        while True:
            while (frame := self._frames.take()) is not None:
                self._note(frame)
                if isinstance(frame, Damaged) or _fits(frame, asked.command):
                    return frame
                asked.misfits += 1
            left = min(until, self._limit(asked)) - time.monotonic()
            # Whoever comes back late still gets what has come meanwhile.
            piece = b"" if over else self._pipe.receive(max(0.0, left))
            if not piece:
                return None
            over = left <= 0
            self._frames.feed(piece)
            self._heard_at = time.monotonic()

    def _limit(self, asked: _Asked) -> float:
        """The time.monotonic() when waiting ends."""
        if not self._frames.begun:
            return asked.at + asked.answer_s
        whole = asked.at + max(asked.frame_s, asked.answer_s)
        # An answer whose head was heard comes in one go.
        return min(whole, self._heard_at + self._settings.gap_ms / 1000) if self._frames.half else whole

    def _failure(self, asked: _Asked, answer: Answer | Damaged | None) -> DeviceError:
        """What went wrong, after making sure that the reader lives and is quiet again."""
        heard = self._frames.heard
        if asked.misfits:
            return self._error(Garbled, "card_reader.protocol", asked)
        if isinstance(answer, Answer):
            return self._error(Garbled, "card_reader.link", asked, sw3=f"{answer.status:02X}")
        if isinstance(answer, Damaged):
            return self._error(Garbled, "card_reader.link", asked, reason="checksum")
        self._traffic.event(f"no answer to {asked.command.name}, noise: {heard}")
        alive = False
        if asked.command is not STATUS:
            alive = self.status_once() is not None
        noisy = self._frames.heard and not alive
        self._forget()
        if noisy or (heard and alive):
            return self._error(Garbled, "card_reader.link", asked, reason="incomplete")
        return self._error(TimedOut, "card_reader.late" if alive else SILENT, asked)

    def _forget(self) -> None:
        """Drop what came, and what is still coming of an answer that has begun."""
        ends = time.monotonic() + self._settings.search_ms / 1000
        self._pipe.purge()
        while self._pipe.receive(QUIET_S) and time.monotonic() < ends:
            self._traffic.event("dropped the rest of an answer")
        self._frames.reset()

    def _error(self, kind: type[DeviceError], code: str, asked: _Asked, **facts: object) -> DeviceError:
        return kind(
            code, self._pipe.address, command=asked.command.name, traffic=self._traffic.recent(), **facts
        )

    def _note(self, frame: Answer | Damaged) -> None:
        if isinstance(frame, Damaged):
            self._traffic.event(f"a frame of {frame.length} bytes with a wrong checksum")
            return
        head = encode_answer(frame.status)[:HEAD_SIZE]
        length = len(frame.data) + 4
        head = PREAMBLE + length.to_bytes(2, "big") + head[len(PREAMBLE) + 2 :]
        self._traffic.received(head, len(PREAMBLE) + 2 + length)


def _fits(answer: Answer, command: Command) -> bool:
    """False for an answer that belongs to something else, as far as that can be told."""
    if answer.status in {Sw3.OK, Sw3.FOUND}:
        return answer.status == command.ok and len(answer.data) in command.sizes
    return answer.status not in CARD_ANSWERS or command.about_card
