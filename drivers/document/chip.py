"""The chip of an e-document as a reader sees it: opened with the zone's key, then read file by file.

Whatever the chip answers becomes a `DeviceError`; codes begin with ``document.`` where a person or another
document can help, with ``document_reader.`` where not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.capture import DocumentKey
from drivers.document import bac, pace, tlv
from drivers.document.apdu import Command, Ins, Response, Sw, select_application, select_file
from drivers.document.bac import Declined, Denied
from drivers.document.messaging import Broken, Session
from drivers.document.settings import EmrtdSettings
from drivers.errors import DeviceError, Garbled, Refused, Retry, TimedOut, Unsupported

APPLICATION = bytes.fromhex("A0000002471001")
CARD_ACCESS = 0x011C
HEAD_SIZE = 6
"""Bytes that hold the head of any file, and that no file is shorter than."""
_FAR = 0x8000
"""Where a short offset ends."""
_OFFSET, _DATA = 0x54, 0x53
_ABSENT = frozenset({Sw.NO_FILE, Sw.WRONG_DATA, Sw.WRONG_PARAMETERS})
_ENDED = frozenset({Sw.SHORTER, Sw.WRONG_OFFSET})
"""There is less of the file than was asked for, or nothing."""
_LOCKED = frozenset({Sw.SECURITY_STATUS, Sw.CONDITIONS})
_SESSION_OVER = frozenset({Sw.NO_PROTECTION, Sw.WRONG_PROTECTION})

Exchange = Callable[[bytes], bytes]
Heard = Callable[[int, int], None]
"""Called with the bytes read of a file, and how many it has."""


@dataclass(slots=True)
class Chip:
    """One chip in the field. `exchange` is what reaches it, within a time limit."""

    exchange: Exchange
    device: str
    settings: EmrtdSettings
    ends: float
    """time.monotonic() when reading must have ended."""
    session: Session | None = None
    card_access: bytes = b""
    """EF.CardAccess, when the chip has it."""

    def open(self, key: DocumentKey) -> str:
        """Open the application with `key`: by ``pace`` if both sides can, else by ``bac``; which it was.

        `Retry` ``document.wrong_key``; `Unsupported` ``document.not_icao`` or ``document.no_common_access``.
        """
        self.card_access = self._read_card_access()
        ways = pace.offers(self.card_access) if self.settings.pace else ()
        if ways and self._opened_by_pace(ways[0], key):
            self._select_application()
            return "pace"
        self._select_application()
        if not self.settings.bac:
            raise self._error(Unsupported, "document.no_common_access", pace=bool(self.card_access))
        try:
            self.session = bac.open_session(self._ask, key)
        except Denied as error:
            raise self._error(Retry, "document.wrong_key", sw=_shown(error.sw)) from error
        except Declined as error:
            raise self._error(Unsupported, "document.no_common_access", sw=_shown(error.sw)) from error
        return "bac"

    def read_file(self, number: int, heard: Heard) -> bytes | None:
        """The file with identifier `number`; None when there is none. `Refused` when it may not be read."""
        answer = self._ask(select_file(number))
        if answer.sw in _ABSENT:
            return None
        self._require(answer, number)
        start = self._read(0, HEAD_SIZE, number)
        try:
            whole = tlv.head(start).whole
        except ValueError as error:
            raise self._error(Garbled, "document_reader.file", file=f"{number:04X}") from error
        if whole > self.settings.max_file_bytes:
            raise self._error(Garbled, "document_reader.file", file=f"{number:04X}", bytes=whole)
        data = bytearray(start[:whole])
        while len(data) < whole:
            data += self._read(len(data), min(self.settings.chunk_bytes, whole - len(data)), number)
            heard(len(data), whole)
        return bytes(data)

    def _read_card_access(self) -> bytes:
        """EF.CardAccess, which stands outside of the application; empty where there is none."""
        if not self._ask(select_file(CARD_ACCESS)).ok:
            return b""
        answer = self._ask(Command(Ins.READ_BINARY, expected=HEAD_SIZE))
        try:
            whole = tlv.head(answer.data).whole
        except ValueError:
            return b""
        data = answer.data
        while 0 < len(data) < min(whole, self.settings.max_file_bytes):
            at, size = len(data), min(self.settings.chunk_bytes, whole - len(data))
            answer = self._ask(Command(Ins.READ_BINARY, at >> 8, at & 0xFF, expected=size))
            if not answer.data:
                return b""
            data += answer.data
        return data

    def _opened_by_pace(self, way: pace.Offer, key: DocumentKey) -> bool:
        try:
            self.session = pace.open_session(self._ask, way, key)
        except Denied as error:
            raise self._error(Retry, "document.wrong_key", sw=_shown(error.sw)) from error
        except Declined as error:
            if self.settings.bac:
                return False
            raise self._error(Unsupported, "document.no_common_access", sw=_shown(error.sw)) from error
        return True

    def _select_application(self) -> None:
        answer = self._ask(select_application(APPLICATION))
        if not answer.ok:
            raise self._error(Unsupported, "document.not_icao", sw=_shown(answer.sw))

    def _read(self, at: int, size: int, number: int) -> bytes:
        """Up to `size` bytes at `at`, at least one."""
        if at < _FAR:
            answer = self._ask(Command(Ins.READ_BINARY, at >> 8, at & 0xFF, expected=size))
            data = answer.data
        else:
            offset = tlv.encode(_OFFSET, at.to_bytes((at.bit_length() + 7) // 8, "big"))
            answer = self._ask(Command(Ins.READ_BINARY_FAR, data=offset, expected=size + HEAD_SIZE))
            data = self._unwrapped(answer.data, number)
        if answer.sw not in _ENDED:
            self._require(answer, number)
        if not data:
            raise self._error(Garbled, "document_reader.cut_off", file=f"{number:04X}", at=at)
        return data[:size]

    def _unwrapped(self, data: bytes, number: int) -> bytes:
        try:
            return tlv.only(data, _DATA) if data else b""
        except ValueError as error:
            raise self._error(Garbled, "document_reader.file", file=f"{number:04X}") from error

    def _ask(self, command: Command) -> Response:
        """The chip's answer, through secure messaging once there is a session."""
        if time.monotonic() > self.ends:
            raise self._error(TimedOut, "document_reader.late")
        if self.session is None:
            return self._plainly(command)
        answer = self._plainly(self.session.protect(command))
        if not answer.data and answer.sw != Sw.OK:
            raise self._error(Garbled, "document_reader.session", sw=_shown(answer.sw))
        try:
            return self.session.unprotect(answer)
        except Broken as error:
            raise self._error(Garbled, "document_reader.session", reason=str(error)) from error

    def _plainly(self, command: Command) -> Response:
        try:
            return Response.decode(self.exchange(command.encode()))
        except ValueError as error:
            raise self._error(Garbled, "document_reader.garbled", ins=f"{command.ins:02X}") from error

    def _require(self, answer: Response, number: int) -> None:
        facts = {"file": f"{number:04X}", "sw": _shown(answer.sw)}
        if answer.sw in _LOCKED:
            raise self._error(Refused, "document.locked", **facts)
        if not answer.ok:
            raise self._error(Garbled, "document_reader.status", **facts)

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self.device, **facts)


def _shown(sw: int | None) -> str:
    return "none" if sw is None else f"{sw:04X}"
