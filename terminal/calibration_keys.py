"""The key with which a bank signs its calibrations: Ed25519, kept by the bank, never on a terminal."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sync.keys import key_id_of
from terminal.calibrations import CalibrationFile, SignatureNote

LEAST_PASSWORD = 8


class KeyTrouble(Exception):
    """A signing key that cannot be used; `code` is a message key."""

    def __init__(self, code: str, source: str = "") -> None:
        super().__init__(f"{code}: {source}")
        self.code = code
        self.source = source


def make_key(target: Path, password: str) -> str:
    """Write a new private key (PKCS#8 PEM, under `password`, for its owner only); its public key as base64.

    Raises KeyTrouble ``calibrate.key_exists``, ``calibrate.password_short``, and OSError.
    """
    if len(password) < LEAST_PASSWORD:
        raise KeyTrouble("calibrate.password_short", target.name)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise KeyTrouble("calibrate.key_exists", target.name) from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return public_text(key)


def read_key(source: Path, password: str | None) -> Ed25519PrivateKey:
    """The private key in a PEM file.

    Raises KeyTrouble ``calibrate.key_missing``, ``calibrate.key_locked`` (wrong or no password) or
    ``calibrate.key_unusable``.
    """
    try:
        pem = source.read_bytes()
    except OSError as error:
        raise KeyTrouble("calibrate.key_missing", source.name) from error
    try:
        key = load_pem_private_key(pem, password.encode() if password else None)
    except TypeError as error:
        if password and b"ENCRYPTED" not in pem:
            return read_key(source, None)
        raise KeyTrouble("calibrate.key_locked", source.name) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        locked = b"ENCRYPTED" in pem
        raise KeyTrouble(
            "calibrate.key_locked" if locked else "calibrate.key_unusable", source.name
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyTrouble("calibrate.key_unusable", source.name)
    return key


def locked(source: Path) -> bool:
    """True when the key file needs a password."""
    try:
        return b"ENCRYPTED" in source.read_bytes()
    except OSError:
        return False


def sign(file: CalibrationFile, key: Ed25519PrivateKey) -> CalibrationFile:
    """The same file with the signature of `key`. Raises ModelError when it holds no calibration."""
    file.opened()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = base64.b64encode(key.sign(file.signed_bytes())).decode("ascii")
    note = SignatureNote(algorithm="ed25519", key_id=key_id_of(public), value=value)
    return file.model_copy(update={"signature": note})


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key as the settings hold it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")
