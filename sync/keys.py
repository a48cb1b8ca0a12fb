"""The terminal's own keys: Ed25519 to sign with, 32 bytes that open the book.

Both are made once, together, and live in the operating system's keyring or in a file only its owner can
read; `where` says which. A key place that was chosen is never silently left for another one: new keys would
not open the old book.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from config.durable import sync_folder
from sync import oskeyring
from sync.errors import KeyFault
from sync.records import sha256

CHOICES = ("auto", "keyring", "file")

FILE_NAME = "terminal.keys"
ENTRY_NAME = "terminal.keyring"
"""Holds the name of the keyring entry; its presence says that the keys are in the keyring."""
SCHEMA = "renzheng.keys/1"
SECRET_BYTES = 32
FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077


class Signer(Protocol):
    """Signs in the name of this terminal."""

    @property
    def key_id(self) -> str:
        """Which key: the first 32 hex digits of SHA-256 of `public_der`."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature (RFC 8032), 64 bytes."""
        ...

    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        ...


class Keys(Signer, Protocol):
    """All keys of a terminal."""

    @property
    def where(self) -> str:
        """``keyring`` or ``file, mode 0600``, for `renzheng doctor`."""
        ...

    def database_key(self) -> bytes:
        """32 bytes that open the book."""
        ...


def open_keys(folder: Path, choice: str = "auto", *, make: bool = True) -> Keys:
    """The keys of `folder`, made when there are none yet; KeyFault when they cannot be had safely.

    Without `make`, for who only reads or where a book exists already, none is KeyFault ``keys.missing``.

    ``auto`` takes what is there, else the keyring where one answers unasked, else a file. Takes at most some
    seconds (`oskeyring.TIME_LIMIT_S` a question) and never waits for a person. ValueError when `choice` is
    none of `CHOICES`.
    """
    if choice not in CHOICES:
        raise ValueError(f"unknown choice of key place: {choice}")
    _ready(folder)
    in_file = (folder / FILE_NAME).exists()
    in_keyring = (folder / ENTRY_NAME).exists()
    if choice == "file" and in_keyring and not in_file:
        raise KeyFault("keys.elsewhere", chosen="file", found="keyring")
    if choice == "keyring" and in_file and not in_keyring:
        raise KeyFault("keys.elsewhere", chosen="keyring", found="file")
    if not (make or in_file or in_keyring):
        raise KeyFault("keys.missing")
    if in_file and choice != "keyring":
        return _from_file(folder / FILE_NAME)
    if in_keyring or choice == "keyring":
        return _from_keyring(folder / ENTRY_NAME)
    if choice == "auto" and oskeyring.usable():
        try:
            return _from_keyring(folder / ENTRY_NAME)
        except KeyFault:
            if (folder / ENTRY_NAME).exists():
                raise
    return _new_file(folder / FILE_NAME)


def verifies(public_der: bytes, signature: bytes, message: bytes) -> bool:
    """True when `signature` is the Ed25519 signature of `message` by the key; never raises."""
    try:
        key = load_der_public_key(public_der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def key_id_of(public_der: bytes) -> str:
    """The short name of a public key: 32 hex digits of its SHA-256."""
    return sha256(public_der)[:32]


@dataclass(frozen=True, slots=True)
class _Held:
    """Keys held in memory; never shown by repr."""

    where: str
    _signing: Ed25519PrivateKey = field(repr=False)
    _database: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        return key_id_of(self.public_der())

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def public_der(self) -> bytes:
        return self._signing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def database_key(self) -> bytes:
        return self._database


def _from_file(path: Path) -> Keys:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise KeyFault("keys.unreadable", reason=error.strerror or "") from None
    with os.fdopen(handle, encoding="ascii", errors="replace") as file:
        state = os.fstat(file.fileno())
        _refuse_others(state, "file")
        return _parse(file.read(), f"file, mode {stat.S_IMODE(state.st_mode):04o}")


def _new_file(path: Path) -> Keys:
    """Keys in a file that appears whole or not at all; whoever else was quicker wins."""
    fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        _write_new(fresh, _generate())
        with suppress(FileExistsError):
            os.link(fresh, path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeyFault("keys.unwritable", reason=error.strerror or "") from None
    finally:
        fresh.unlink(missing_ok=True)
    return _from_file(path)


def _from_keyring(marker: Path) -> Keys:
    try:
        if not marker.exists():
            _new_entry(marker)
        text = oskeyring.read(marker.read_text("ascii").strip())
    except oskeyring.NoKeyring as error:
        raise KeyFault("keys.no_keyring", reason=str(error)) from None
    except OSError as error:
        raise KeyFault("keys.unreadable", reason=error.strerror or "") from None
    if text is None:
        raise KeyFault("keys.gone", place="keyring")
    return _parse(text, "keyring")


def _new_entry(marker: Path) -> None:
    """Put new keys into the keyring, then say so beside; the marker appears only when the keys are safe."""
    entry = f"terminal-{os.urandom(8).hex()}"
    oskeyring.write(entry, _generate())
    fresh = marker.with_name(f".{marker.name}.{entry}")
    try:
        _write_new(fresh, entry)
        with suppress(FileExistsError):
            os.link(fresh, marker)
        sync_folder(marker.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _generate() -> str:
    signing = Ed25519PrivateKey.generate().private_bytes_raw()
    database = os.urandom(SECRET_BYTES)
    secrets = {"signing": _text(signing), "database": _text(database)}
    return json.dumps({"schema": SCHEMA, **secrets, "check": sha256(signing + database)[:16]})


def _parse(text: str, where: str) -> Keys:
    """Keys from their stored text; the check keeps a damaged file from becoming other keys."""
    try:
        stored = json.loads(text)
        signing = base64.b64decode(stored["signing"], validate=True)
        database = base64.b64decode(stored["database"], validate=True)
        sound = stored["schema"] == SCHEMA and stored["check"] == sha256(signing + database)[:16]
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise KeyFault("keys.damaged", place=where) from None
    if not sound or len(signing) != SECRET_BYTES or len(database) != SECRET_BYTES:
        raise KeyFault("keys.damaged", place=where)
    return _Held(where, Ed25519PrivateKey.from_private_bytes(signing), database)


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _ready(folder: Path) -> None:
    """Make `folder` for its owner only; refuse one that others can look into."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError as error:
        raise KeyFault("keys.unwritable", reason=error.strerror or "") from None
    _refuse_others(state, "folder")


def _refuse_others(state: os.stat_result, what: str) -> None:
    mode = stat.S_IMODE(state.st_mode)
    if mode & OTHERS:
        raise KeyFault("keys.permissions", what=what, mode=f"{mode:04o}")
    if state.st_uid != os.geteuid():
        raise KeyFault("keys.owner", what=what)


def _write_new(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
