"""Smart-card readers over PC/SC, by pyscard's thin layer: which are there, is a card there, commands to it.

The thick layer of pyscard is not used: its connections reset whichever card lies there when they are
garbage collected. pcscd may be restarted under an open reader, which then carries on.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drivers.errors import Busy, DeviceError, Missing, Retry, TimedOut, Unsupported
from drivers.kept import kept
from drivers.link.lane import Hung, Lane, Result
from drivers.link.traffic import Traffic

SLICE_S = 0.5
"""Longest single wait in pcscd."""
SERVICE_S = 2.0
"""How long pcscd may be away, or a reader be unknown to it after it came back."""
CALL_S = 5.0
"""Longest time that connecting to a card, which powers it up, may take."""
MOMENT_S = 1.0
"""How long another program may hold the card, or the card be too dizzy to power up."""
PAUSE_S = 0.05
PROBE_S = 1.0
MOST_PIECES = 300
"""Of one answer, by T=0; more than the longest answer has."""

_OK = 0
_SERVICE_GONE = frozenset({0x8010001D, 0x8010001E, 0x80100003, 0x80100013})
"""No service, service stopped, a handle of an earlier service, line to the service cut."""
_READER_GONE = frozenset({0x80100009, 0x80100017, 0x8010002E})
"""Unknown reader, reader unavailable, no readers at all."""
_NO_CARD = frozenset({0x8010000C, 0x80100069})
_SHARED = 0x8010000B
_TIMEOUT = 0x8010000A
_EXPECTED = _READER_GONE | {_OK, _TIMEOUT}
"""Of waiting for a change."""
_STATE_LOST = 0x0004 | 0x0008
"""Reader unknown or unavailable."""
_STATE_PRESENT = 0x0020
_UNAWARE = 0
_MORE, _AGAIN = 0x61, 0x6C
"""First status bytes of T=0: more can be fetched; ask again with this length."""
_HEAD = 4


@dataclass(frozen=True, slots=True)
class Topics:
    """What the codes of errors begin with."""

    reader: str
    """Such as ``document_reader``: unplugged, busy, silent, no_pcsc, no_service."""
    card: str
    """Such as ``document``: none, removed, present_again."""


def list_readers(topics: Topics) -> tuple[str, ...]:
    """Names of the readers that pcscd knows now; none when it does not run.

    `Unsupported` when pyscard is not installed, `TimedOut` when pcscd does not answer.
    """
    scard = _library(topics, "pcsc:")
    lane = Lane("pcsc list")
    try:
        return lane.call(lambda: _names(scard), PROBE_S)
    except Hung as error:
        raise TimedOut(f"{topics.reader}.silent", "pcsc:") from error
    finally:
        lane.close()


class PcscReader:
    """One reader. After `Missing` every call raises it again: open it anew."""

    def __init__(self, name: str, topics: Topics, answer_s: float) -> None:
        """`name` may be only the beginning of a reader's name, or empty for the first."""
        self._address = f"pcsc:{name}"
        self._wanted = name
        self._topics = topics
        self._answer_s = answer_s
        self._scard = _library(topics, self._address)
        self._lane = Lane(self._address)
        self._context: Any = None
        self._dead: tuple[str, dict[str, object]] | None = None
        """Why there is no going on: end of a code, and facts."""
        self._stale = False
        """A call was given up in which a card is still held."""
        self._away_since = 0.0
        """time.monotonic() when pcscd was missed first; 0 while it is there."""
        self._restarts = 0
        """How often pcscd came back."""
        self.name = ""
        """As pcscd calls it."""
        with kept(self):
            self._begin()

    def check(self) -> None:
        """Raise `Missing` when the reader has gone, or pcscd for longer than `SERVICE_S`."""
        self._state(_UNAWARE, 0.0, PROBE_S / 2)

    def wait(self, seconds: float) -> bool:
        """True as soon as a card is there; False after `seconds` without one."""
        ends = time.monotonic() + seconds
        state = self._state(_UNAWARE, 0.0, seconds)
        while not state & _STATE_PRESENT:
            left = ends - time.monotonic()
            if left <= 0:
                return False
            state = self._state(state, min(left, SLICE_S), left)
        return True

    def connect(self) -> Card:
        """The card that is there, powered up and for nobody else.

        `Retry` ``none`` or ``present_again``; `Busy` when another program holds it for longer than a moment.
        """
        ends = time.monotonic() + MOMENT_S
        while True:
            result, card = self._call(self._connect)
            if card is not None:
                return Card(self, card)
            if result in _SERVICE_GONE:
                self._restored(SERVICE_S)
                self.wait(SERVICE_S)
            elif result in _NO_CARD:
                raise self._card_error("none", result)
            elif result in _READER_GONE:
                raise self._lost("unplugged", result)
            if time.monotonic() > ends:
                break
            time.sleep(PAUSE_S)
        raise self._error(Busy, "busy") if result == _SHARED else self._card_error("present_again", result)

    def close(self) -> None:
        """Let go of the reader. Safe twice; never raises."""
        self._dead = self._dead or ("unplugged", {"reason": "closed"})
        self._lane.close(self._release)

    def _begin(self) -> None:
        """Find the reader, or raise why it cannot be had."""
        if self._call(self._establish) != _OK:
            raise self._lost("no_service", 0)
        self.name = self._call(self._find)
        if not self.name:
            raise self._lost("unplugged", 0)

    def _restored(self, patience_s: float) -> bool:
        """Find pcscd and the reader again. False when that takes longer; `Missing` when it takes too long."""
        now = time.monotonic()
        self._away_since = self._away_since or now
        lost = self._away_since + SERVICE_S
        while True:
            served = self._call(self._establish) == _OK
            if served and self.name in self._call(lambda: _names_in(self._scard, self._context)):
                self._away_since = 0.0
                self._restarts += 1
                return True
            if time.monotonic() >= lost:
                raise self._lost("unplugged" if served else "no_service", 0)
            if time.monotonic() >= now + patience_s:
                return False
            time.sleep(PAUSE_S)

    def _state(self, known: int, seconds: float, patience_s: float) -> int:
        """The reader's state, as soon as it is another than `known`, after `seconds` at the latest.

        While pcscd is away, for `patience_s` at most, that of an empty reader.
        """
        result, state = self._call(lambda: self._change(known, seconds), seconds + PROBE_S)
        # A line to pcscd that breaks during the call gives any result at all.
        if result not in _EXPECTED:
            if not self._restored(patience_s):
                return _UNAWARE
            result, state = self._call(lambda: self._change(_UNAWARE, 0.0), PROBE_S)
        if result == _TIMEOUT:
            return known
        if result in _READER_GONE or state & _STATE_LOST:
            raise self._lost("unplugged", result)
        return state if result == _OK else _UNAWARE

    def _call(self, work: Callable[[], Result], seconds: float = CALL_S) -> Result:
        if self._dead is not None:
            raise self._error(Missing, self._dead[0], **self._dead[1])
        try:
            if self._stale:
                self._lane.call(self._establish, CALL_S)
                self._stale = False
            return self._lane.call(work, seconds)
        except Hung:
            self._stale = True
            raise self._error(TimedOut, "silent") from None

    def _establish(self) -> int:
        self._release()
        result, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        self._context = context if result == _OK else None
        return _unsigned(result)

    def _release(self) -> None:
        """Give the context back, and with it every card that is still held."""
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def _find(self) -> str:
        names = _names_in(self._scard, self._context)
        like = [each for each in names if each.startswith(self._wanted)]
        return self._wanted if self._wanted in names else next(iter(like), "")

    def _change(self, known: int, seconds: float) -> tuple[int, int]:
        if self._context is None:
            return next(iter(_SERVICE_GONE)), 0
        result, states = self._scard.SCardGetStatusChange(
            self._context, int(seconds * 1000), [(self.name, known)]
        )
        return _unsigned(result), int(states[0][1]) if states else 0

    def _connect(self) -> tuple[int, _Handle | None]:
        scard = self._scard
        if self._context is None:
            return next(iter(_SERVICE_GONE)), None
        result, handle, protocol = scard.SCardConnect(
            self._context,
            self.name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result != _OK:
            return _unsigned(result), None
        result, _, _, _, reset = scard.SCardStatus(handle)
        made = _Handle(handle, protocol, bytes(each & 0xFF for each in reset or ()))
        return _OK, made

    def _lost(self, what: str, result: int) -> DeviceError:
        self._dead = what, {"result": f"{result:08X}"} if result else {}
        return self._error(Missing, what, **self._dead[1])

    def _error(self, kind: type[DeviceError], what: str, **facts: object) -> DeviceError:
        return kind(f"{self._topics.reader}.{what}", self._address, **facts)

    def _card_error(self, what: str, result: int) -> Retry:
        return Retry(f"{self._topics.card}.{what}", self._address, result=f"{result:08X}")


@dataclass(frozen=True, slots=True)
class _Handle:
    handle: Any
    protocol: int
    answer_to_reset: bytes


class Card:
    """A card that is connected to. Release it: until then nobody else can have it."""

    def __init__(self, reader: PcscReader, handle: _Handle) -> None:
        self._reader = reader
        self._handle: _Handle | None = handle
        self._traffic = Traffic(reader._address)
        self.answer_to_reset = handle.answer_to_reset
        """What it said when it was powered up."""

    def exchange(self, command: bytes) -> bytes:
        """The answer to `command`, whole, status at its end; what T=0 makes of it is undone.

        `Retry` ``removed`` when the card has gone, ``present_again`` when it does not answer properly;
        `TimedOut` ``silent`` when nothing comes back at all.
        """
        answer = self._send(self._sendable(command))
        if answer[-2] == _AGAIN:
            answer = self._send(command[:-1] + answer[-1:])
        whole = b""
        for _ in range(MOST_PIECES):
            if answer[-2] != _MORE:
                return whole + answer
            whole += answer[:-2]
            answer = self._send(bytes([command[0] & 0x03, 0xC0, 0, 0, answer[-1]]))
        raise self._reader._card_error("present_again", 0)

    def release(self) -> None:
        """Power the card down, so that nothing of this session stays in it. Safe twice; never raises."""
        handle, self._handle = self._handle, None
        if handle is not None:
            scard = self._reader._scard
            with contextlib.suppress(DeviceError):
                self._reader._call(lambda: scard.SCardDisconnect(handle.handle, scard.SCARD_UNPOWER_CARD))

    def _sendable(self, command: bytes) -> bytes:
        """T=0 has no room for the length of an answer behind data (ISO/IEC 7816-3 §12.2.5)."""
        old = self._handle is not None and self._handle.protocol == self._reader._scard.SCARD_PROTOCOL_T0
        both = len(command) > _HEAD + 1 and len(command) == _HEAD + 2 + command[_HEAD]
        return command[:-1] if old and both else command

    def _send(self, command: bytes) -> bytes:
        handle = self._handle
        if handle is None:
            raise self._reader._card_error("removed", 0)
        self._traffic.sent(command[:_HEAD], len(command))
        scard = self._reader._scard
        protocol = scard.SCARD_PCI_T0 if handle.protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        result, answer = self._reader._call(
            lambda: scard.SCardTransmit(handle.handle, protocol, list(command)), self._reader._answer_s
        )
        data = bytes(each & 0xFF for each in answer or ())
        if result != _OK or len(data) < 2:
            self.release()
            raise self._failure(_unsigned(result))
        self._traffic.received(data[-2:], len(data))
        return data

    def _failure(self, result: int) -> DeviceError:
        """Why a command was not answered."""
        self._traffic.event(f"not answered: {result:08X}")
        before = self._reader._restarts
        present = self._reader.wait(0)
        restarted = self._reader._restarts > before or self._reader._away_since > 0
        return self._reader._card_error("present_again" if present or restarted else "removed", result)


def _library(topics: Topics, address: str) -> Any:
    """pyscard's thin layer."""
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise Unsupported(f"{topics.reader}.no_pcsc", address, missing="pyscard") from error


def _names(scard: Any) -> tuple[str, ...]:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != _OK:
        return ()
    try:
        return _names_in(scard, context)
    finally:
        scard.SCardReleaseContext(context)


def _names_in(scard: Any, context: Any) -> tuple[str, ...]:
    result, names = scard.SCardListReaders(context, [])
    return tuple(names) if result == _OK else ()


def _unsigned(result: int) -> int:
    return int(result) & 0xFFFFFFFF
