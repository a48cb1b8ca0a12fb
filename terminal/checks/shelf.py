"""The watch lists of this terminal: the newest good edition of each, sealed, never replaced by a worse one.

A list that is unsigned, altered, expired or older than the one in force is refused, and the one in force
stays. On disk a list is encrypted (AES-256-GCM, a key derived from the terminal's own), because who is on it
must not be read off a stolen disk (requirements T01, T05).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import ValidationError

from config.durable import OWNER_ONLY, write_whole
from config.paths import ready
from models.api import ModelError
from sync.keys import key_id_of
from sync.list_notes import Edition
from terminal.calibrations import SignatureNote, public_key
from terminal.checks.list_file import SCHEMA, ListEntry, ListError, ListFile, ListHeader, parse_list

ENDING = ".list"
KEY_BYTES, NONCE_BYTES = 32, 12
SLOW_CLOCK = timedelta(days=1)
"""A list may be dated so much later than this terminal's clock."""


class ListState(StrEnum):
    """Whether a list serves."""

    CURRENT = "current"
    GRACE = "grace"
    """Expired, and still used for the days the rules allow."""
    EXPIRED = "expired"
    DAMAGED = "damaged"
    """Not as it was put here, or of a key that is believed no more."""
    MISSING = "missing"
    """Was put in force here, and is gone."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One list of this terminal."""

    id: str
    kind: str
    state: ListState
    header: ListHeader | None = None
    entries: tuple[ListEntry, ...] = field(default=(), repr=False)

    @property
    def serves(self) -> bool:
        """True when it is searched."""
        return self.state in (ListState.CURRENT, ListState.GRACE)


class Shelf:
    """A folder of lists; `trusted` holds public keys (short name → DER), `secret` is the terminal's."""

    def __init__(self, folder: Path, trusted: Mapping[str, bytes], secret: bytes) -> None:
        self._folder = folder
        self._trusted = trusted
        self._cipher = AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=SCHEMA.encode()).derive(secret))

    def add(self, file: ListFile, now: datetime, noted: Mapping[str, Edition]) -> Edition:
        """Put `file` in force, whole or not at all; `noted` are the editions that the book's log knows.

        The same edition again is harmless. ListError as `ListFile.checked`, and ``lists.expired``,
        ``lists.of_the_future``, ``lists.older``; OSError. After any of them the list in force is as before.
        """
        header = file.checked(self._trusted)
        file.entries()
        if header.expires < now.date():
            raise ListError("lists.expired", list=header.id, expires=header.expires)
        if header.dated > now + SLOW_CLOCK:
            raise ListError("lists.of_the_future", list=header.id, dated=header.dated.isoformat())
        edition = Edition(header.id, header.kind, header.dated.isoformat(), header.sha256)
        for before in (noted.get(header.id), self._edition(header.id)):
            _refuse_older(edition, before)
        write_whole(ready(self._folder) / f"{header.id}{ENDING}", self._sealed(file, header.id), OWNER_ONLY)
        return edition

    def lists(self, on: date, grace_days: int, noted: Mapping[str, Edition]) -> tuple[Shelved, ...]:
        """All lists as they are on day `on`, those gone or damaged among them."""
        there = {path.name.removesuffix(ENDING) for path in self._folder.glob(f"*{ENDING}")}
        return tuple(
            self._shelved(each, on, grace_days, noted.get(each)) for each in sorted(there | set(noted))
        )

    def _shelved(self, list_id: str, on: date, grace_days: int, noted: Edition | None) -> Shelved:
        kind = noted.kind if noted else ""
        if not self._place(list_id).exists():
            return Shelved(list_id, kind, ListState.MISSING)
        try:
            file = self._opened(list_id)
            header = file.checked(self._trusted)
            _refuse_older(Edition(header.id, header.kind, header.dated.isoformat(), header.sha256), noted)
            entries = file.entries()
        except ListError:
            return Shelved(list_id, kind, ListState.DAMAGED)
        state = ListState.CURRENT
        if header.expires < on:
            late = (on - header.expires).days
            state = ListState.GRACE if late <= grace_days else ListState.EXPIRED
        return Shelved(list_id, header.kind, state, header, entries if state is not ListState.EXPIRED else ())

    def _edition(self, list_id: str) -> Edition | None:
        """The edition in force; None when there is none, or only one that may be replaced by any."""
        try:
            header = self._opened(list_id).checked(self._trusted)
        except ListError:
            return None
        return Edition(header.id, header.kind, header.dated.isoformat(), header.sha256)

    def _place(self, list_id: str) -> Path:
        return self._folder / f"{list_id}{ENDING}"

    def _sealed(self, file: ListFile, list_id: str) -> bytes:
        note = file.note.model_dump_json().encode() if file.note is not None else b""
        nonce = os.urandom(NONCE_BYTES)
        plain = b"\n".join((note, file.header_line, file.body))
        return nonce + self._cipher.encrypt(nonce, plain, list_id.encode())

    def _opened(self, list_id: str) -> ListFile:
        try:
            held = self._place(list_id).read_bytes()
            plain = self._cipher.decrypt(held[:NONCE_BYTES], held[NONCE_BYTES:], list_id.encode())
            note, _, content = plain.partition(b"\n")
            return parse_list(content, SignatureNote.model_validate_json(note))
        except (OSError, InvalidTag, ValueError, ValidationError):
            raise ListError("lists.altered", list=list_id) from None


def trusted_keys(texts: Iterable[str]) -> dict[str, bytes]:
    """Public keys as the settings hold them, by their short names; ListError ``lists.key``."""
    found = {}
    for text in texts:
        try:
            key = public_key(text)
        except ModelError:
            raise ListError("lists.key", key=text[:12]) from None
        found[key_id_of(key)] = key
    return found


def _refuse_older(new: Edition, before: Edition | None) -> None:
    """An older edition, or another one of the same date, must not take a newer one's place."""
    if before is None or new.sha256 == before.sha256:
        return
    if datetime.fromisoformat(new.dated) <= datetime.fromisoformat(before.dated):
        raise ListError("lists.older", list=new.list_id, dated=before.dated)
