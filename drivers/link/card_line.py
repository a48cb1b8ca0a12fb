"""A simulated card reader at the other end of a byte pipe, which says what cards say to the reader vpcd.

Each message is two bytes of length and a body: one byte is power off (0), on (1), reset (2) or the question
for the answer to reset (4), answered by nothing when no card lies there; any other body is a command.
For demonstration and training where there is no pcscd; whatever is read through it is simulated.
"""

from __future__ import annotations

import contextlib
import time

from drivers.errors import DeviceError, Retry, TimedOut
from drivers.link.opening import open_pipe
from drivers.link.pcsc import Topics
from drivers.link.pipe import Pipe
from drivers.link.traffic import Traffic

OFF, ON, RESET, ASK = b"\0", b"\1", b"\2", b"\4"
NAME = "Simulated reader"
ASK_S = 0.8
LOOK_S = 0.05
"""Pace of looking for a card."""


def frame(body: bytes) -> bytes:
    """A message."""
    return len(body).to_bytes(2, "big") + body


class LineReader:
    """One simulated reader. After `Missing` every call raises it again: open it anew."""

    name = NAME

    def __init__(self, address: str, topics: Topics, answer_s: float) -> None:
        self.address = address
        self.topics = topics
        self.answer_s = answer_s
        """Longest time that a card may take to answer."""
        self.traffic = Traffic(address)
        self._heard = bytearray()
        self._late = False
        self._pipe: Pipe = open_pipe(address, 0, topics.reader)
        try:
            self.check()
        except DeviceError:
            self.close()
            raise

    def check(self) -> None:
        """Raise `Missing` when the reader has gone."""
        self.ask(ASK, ASK_S)

    def wait(self, seconds: float) -> bool:
        """True as soon as a card is there; False after `seconds` without one."""
        ends = time.monotonic() + seconds
        while not self.ask(ASK, ASK_S):
            left = ends - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(LOOK_S, left))
        return True

    def connect(self) -> LineCard:
        """The card that is there, powered up. `Retry` ``none``."""
        answer_to_reset = self.ask(ASK, ASK_S)
        if not answer_to_reset:
            raise Retry(f"{self.topics.card}.none", self.address)
        self.tell(RESET)
        return LineCard(self, answer_to_reset)

    def close(self) -> None:
        """Hang up. Safe twice; never raises."""
        self._late = False
        self._pipe.close()

    def tell(self, body: bytes) -> None:
        """Send a message that has no answer."""
        if self._late:
            # What comes late must not be taken for the answer to something else.
            self._late = False
            self._pipe.close()
            self._heard.clear()
            self._pipe = open_pipe(self.address, 0, self.topics.reader)
        self._pipe.send(frame(body))

    def ask(self, body: bytes, seconds: float) -> bytes:
        """The answer to a message; `TimedOut` ``silent`` after `seconds`."""
        ends = time.monotonic() + seconds
        self.tell(body)
        while len(self._heard) < 2 or len(self._heard) < 2 + int.from_bytes(self._heard[:2], "big"):
            left = ends - time.monotonic()
            if left <= 0:
                self._late = True
                raise TimedOut(f"{self.topics.reader}.silent", self.address)
            self._heard += self._pipe.receive(left)
        answer = bytes(self._heard[2 : 2 + int.from_bytes(self._heard[:2], "big")])
        del self._heard[: 2 + len(answer)]
        return answer


class LineCard:
    """A card that is powered up."""

    def __init__(self, reader: LineReader, answer_to_reset: bytes) -> None:
        self._reader = reader
        self._powered = True
        self.answer_to_reset = answer_to_reset
        """What it said when it was powered up."""

    def exchange(self, command: bytes) -> bytes:
        """The answer to `command`. `Retry` ``removed`` or ``present_again``; `TimedOut` ``silent``."""
        reader = self._reader
        if not self._powered:
            raise Retry(f"{reader.topics.card}.removed", reader.address)
        reader.traffic.sent(command[:4], len(command))
        answer = reader.ask(command, reader.answer_s)
        if len(answer) < 2:
            what = "present_again" if answer else "removed"
            raise Retry(f"{reader.topics.card}.{what}", reader.address)
        reader.traffic.received(answer[-2:], len(answer))
        return answer

    def release(self) -> None:
        """Power the card down. Safe twice; never raises."""
        if self._powered:
            self._powered = False
            with contextlib.suppress(DeviceError):
                self._reader.tell(OFF)
