"""Stands in for pyscard's thin layer and the pcscd behind it: one reader, one simulated document."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

from drivers.document.simulated_document import Fault, SimulatedDocument

NO_SERVICE, STOPPED, INVALID, TIMEOUT = 0x8010001D, 0x8010001E, 0x80100003, 0x8010000A
UNKNOWN_READER, NO_READERS, NO_CARD = 0x80100009, 0x8010002E, 0x8010000C
UNRESPONSIVE = 0x80100066
SHARING, REMOVED, NOT_TRANSACTED = 0x8010000B, 0x80100069, 0x80100016
BROKEN = 0x8010006A
"""What libpcsclite 1.9.9 says when pcscd dies during a call; it means something else in its list."""
EMPTY, PRESENT, CHANGED, UNKNOWN = 0x10, 0x20, 0x02, 0x04


class StandIn:
    """The module, and the hands of the person before it. Results are signed, as on a 32-bit machine."""

    SCARD_SCOPE_USER = 0
    SCARD_SHARE_EXCLUSIVE = 1
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1 = 1, 2
    SCARD_PCI_T0, SCARD_PCI_T1 = "T0", "T1"
    SCARD_UNPOWER_CARD = 2

    def __init__(self, document: SimulatedDocument, reader: str = "Virtual PCD 00 00") -> None:
        self.document = document
        self.reader = reader
        self.protocol = self.SCARD_PROTOCOL_T1
        self.before: Callable[[bytes], bytes | None] = lambda command: None
        """Answers a command in the chip's stead."""
        self.held = False
        """Another program has the reader."""
        self.mute = False
        """The card does not power up."""
        self._running = True
        self._plugged = True
        self._present = True
        self._contexts: set[int] = set()
        self._handles: dict[int, int] = {}
        self._number = 0
        self._changed = threading.Condition()
        self._heard = threading.Event()

    # What the person does.

    def insert(self) -> None:
        self._set(_present=True)

    def remove(self) -> None:
        self._set(_present=False)

    def unplug(self) -> None:
        self._set(_plugged=False)

    def replug(self) -> None:
        self._set(_plugged=True, _running=True)

    def kill(self) -> None:
        self._contexts.clear()
        self._handles.clear()
        self._set(_running=False)

    def start(self) -> None:
        self._set(_running=True)

    def fault(self, name: str | Fault, times: int = 0) -> None:
        self.document.fault(Fault(name), times)

    def clear(self) -> None:
        self.document.clear()
        self.held = self.mute = False
        self.before = lambda command: None
        self._heard.set()
        self._heard = threading.Event()
        self.start()

    @property
    def open_contexts(self) -> int:
        return len(self._contexts)

    # What the library offers.

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        if not self._running:
            return _signed(NO_SERVICE), 0
        self._contexts.add(self._next())
        return 0, self._number

    def SCardReleaseContext(self, context: int) -> int:
        self._handles = {handle: owner for handle, owner in self._handles.items() if owner != context}
        self._contexts.discard(context)
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        if context not in self._contexts:
            return _signed(STOPPED if self._running else NO_SERVICE), []
        return (0, [self.reader]) if self._plugged else (_signed(NO_READERS), [])

    def SCardGetStatusChange(
        self, context: int, milliseconds: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        name, known = states[0]
        began = context in self._contexts
        with self._changed:
            self._changed.wait_for(lambda: self._state() & ~known, milliseconds / 1000)
        if context not in self._contexts:
            if began:
                return _signed(BROKEN), []
            return _signed(STOPPED if self._running else NO_SERVICE), []
        if name != self.reader or not self._plugged:
            return _signed(UNKNOWN_READER), [(name, UNKNOWN, [])]
        if not self._state() & ~known:
            return _signed(TIMEOUT), [(name, known, [])]
        return 0, [(name, self._state() | CHANGED, [])]

    def SCardConnect(self, context: int, name: str, mode: int, protocols: int) -> tuple[int, int, int]:
        refusal = self._refusal(context)
        if refusal:
            return _signed(refusal), 0, 0
        self._handles[self._next()] = context
        self.document.reset()
        return 0, self._number, self.protocol

    def SCardStatus(self, handle: int) -> tuple[int, str, int, int, list[int]]:
        return 0, self.reader, 0, self.protocol, list(self.document.answer_to_reset)

    def SCardTransmit(self, handle: int, protocol: str, command: list[int]) -> tuple[int, list[int]]:
        if handle not in self._handles:
            return _signed(INVALID if self._running else NO_SERVICE), []
        if not self._plugged or not self._present:
            return _signed(NOT_TRANSACTED if self._plugged else UNKNOWN_READER), []
        given = self.before(bytes(command))
        if given is not None:
            return 0, list(given)
        reply = self.document.transmit(bytes(command))
        if reply.removed:
            self.remove()
            return 0, []
        if reply.data is None:
            self._heard.wait(60)
            return _signed(NOT_TRANSACTED), []
        return 0, list(reply.data)

    def SCardDisconnect(self, handle: int, disposition: int) -> int:
        self._handles.pop(handle, None)
        return 0

    def _refusal(self, context: int) -> int:
        if context not in self._contexts:
            return STOPPED if self._running else NO_SERVICE
        if not self._plugged:
            return UNKNOWN_READER
        if self.held or self._handles:
            return SHARING
        if self.mute and self._present:
            return UNRESPONSIVE
        return 0 if self._present else NO_CARD

    def _state(self) -> int:
        if not self._running or not self._plugged:
            return UNKNOWN
        return PRESENT if self._present else EMPTY

    def _set(self, **states: bool) -> None:
        with self._changed:
            for name, value in states.items():
                setattr(self, name, value)
            self._changed.notify_all()

    def _next(self) -> int:
        self._number += 1
        return self._number


@contextlib.contextmanager
def standing_in(document: SimulatedDocument) -> Iterator[StandIn]:
    """Whoever imports ``smartcard.scard`` meanwhile gets the stand-in."""
    made = StandIn(document)
    before = sys.modules.get("smartcard.scard")
    sys.modules["smartcard.scard"] = made  # type: ignore[assignment]
    try:
        yield made
    finally:
        made.clear()
        if before is None:
            del sys.modules["smartcard.scard"]
        else:
            sys.modules["smartcard.scard"] = before


def _signed(code: int) -> int:
    return code - 2**32
