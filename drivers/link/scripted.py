"""A pipe that expects exactly these bytes and answers with those: protocol tests without a port.

A transcript is text: ``> hex`` is what the driver must send, ``< hex`` what the device answers (several
lines of the same direction are joined), ``< silence`` an answer that never comes, ``< unplugged`` the
cable pulled; ``#`` begins a remark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from drivers.errors import Missing

SILENCE = "silence"
UNPLUGGED = "unplugged"


class UnexpectedBytes(AssertionError):
    """The driver did not say what the transcript expects."""


@dataclass(slots=True)
class Turn:
    """One request and what follows it."""

    sent: bytes
    answered: bytes = b""
    unplugged: bool = False


@dataclass(slots=True)
class ScriptedPipe:
    """Plays the turns in order. `chunk` cuts answers into pieces of that many bytes; 0 leaves them whole."""

    turns: list[Turn]
    address: str = "scripted"
    chunk: int = 0
    _waiting: bytearray = field(default_factory=bytearray)
    _gone: bool = False

    @classmethod
    def of(cls, transcript: str, chunk: int = 0) -> Self:
        """The pipe of a transcript text. `ValueError` when the text is not a transcript."""
        return cls(parse(transcript), chunk=chunk)

    def send(self, data: bytes) -> None:
        """Check `data` against the next turn and make its answer ready."""
        self._require_live()
        if not self.turns:
            raise UnexpectedBytes(f"nothing more is expected, sent {data.hex(' ')}")
        turn = self.turns.pop(0)
        if data != turn.sent:
            raise UnexpectedBytes(f"expected {turn.sent.hex(' ')}, sent {data.hex(' ')}")
        self._waiting += turn.answered
        self._gone = turn.unplugged

    def receive(self, seconds: float) -> bytes:
        """The next piece of the answer; empty at once when there is none, as if `seconds` had passed."""
        if not self._waiting:
            self._require_live()
        size = self.chunk or len(self._waiting)
        piece, self._waiting = bytes(self._waiting[:size]), self._waiting[size:]
        return piece

    def purge(self) -> None:
        """Forget the rest of the answer."""
        self._require_live()
        self._waiting.clear()

    def check(self) -> None:
        """Raise `Missing` after the transcript's ``unplugged``."""
        self._require_live()

    def set_rate(self, rate: int) -> None:
        """A script has no rate."""

    def close(self) -> None:
        """End of the play."""
        self._gone = True

    def finish(self) -> None:
        """Raise `UnexpectedBytes` when the driver left turns unsaid or answers unread."""
        if self.turns or self._waiting:
            raise UnexpectedBytes(f"{len(self.turns)} turns unsaid, {len(self._waiting)} bytes unread")

    def _require_live(self) -> None:
        if self._gone:
            raise Missing("card_reader.unplugged", self.address)


def parse(transcript: str) -> list[Turn]:
    """The turns of a transcript text."""
    turns: list[Turn] = []
    before = "<"
    for number, line in enumerate(transcript.splitlines(), 1):
        sign, _, rest = line.split("#")[0].strip().partition(" ")
        if sign not in {"", "<", ">"} or (sign == "<" and not turns):
            raise ValueError(f"line {number} is neither '> hex' nor an answer '< hex'")
        if sign == ">" and before == ">":
            turns[-1].sent += bytes.fromhex(rest)
        elif sign == ">":
            turns.append(Turn(bytes.fromhex(rest)))
        elif sign == "<":
            _add_answer(turns[-1], rest.strip())
        before = sign or before
    return turns


def _add_answer(turn: Turn, text: str) -> None:
    if text == UNPLUGGED:
        turn.unplugged = True
    elif text != SILENCE:
        turn.answered += bytes.fromhex(text)
