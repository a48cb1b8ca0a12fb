"""The private key with which rule packs are signed: kept by who may sign, never on a terminal.

Ed25519 keys are PKCS#8 PEM, as those for calibrations (`terminal.calibration_keys`). For SM2, which that form
cannot carry here, the file is JSON: the secret under AES-256-GCM by a key that scrypt makes of the password.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from config.settings import SignatureKind
from sync.keys import key_id_of
from terminal import calibration_keys
from terminal.calibration_keys import LEAST_PASSWORD, KeyTrouble
from terminal.rules import sm2
from terminal.rules.signature import Signature, encoded, signed_bytes

SM2_SCHEMA = "renzheng.rules.sm2-key/1"
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
WORK = {"n": 2**15, "r": 8, "p": 1}
"""Cost of trying one password (RFC 7914): 32 MB and some tenths of a second."""


@dataclass(frozen=True, slots=True)
class PackKey:
    """A key that can sign packs."""

    algorithm: SignatureKind
    public: bytes
    """Raw."""
    _sign: Callable[[bytes], bytes] = field(repr=False)

    @property
    def id(self) -> str:
        """As trusted keys are called."""
        return key_id_of(self.public)

    def sign(self, content: bytes) -> Signature:
        """The signature of a pack with this content. Raises `terminal.rules.sm2.Sm2Missing`."""
        value = encoded(self._sign(signed_bytes(content)))
        return Signature(key_id=self.id, algorithm=self.algorithm, value=value)


def make_pack_key(target: Path, password: str, algorithm: SignatureKind) -> PackKey:
    """Write a new private key to `target`, under `password`, for its owner only.

    Raises KeyTrouble ``calibrate.key_exists``, ``calibrate.password_short``, `terminal.rules.sm2.Sm2Missing`
    and OSError.
    """
    if algorithm is SignatureKind.ED25519:
        calibration_keys.make_key(target, password)
        return read_pack_key(target, password)
    if len(password) < LEAST_PASSWORD:
        raise KeyTrouble("calibrate.password_short", target.name)
    public, secret = sm2.make_pair()
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise KeyTrouble("calibrate.key_exists", target.name) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(_closed(public, secret, password))
    return _sm2_key(public, secret)


def read_pack_key(source: Path, password: str | None) -> PackKey:
    """The private key in `source`. Raises KeyTrouble as `terminal.calibration_keys.read_key`."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise KeyTrouble("calibrate.key_missing", source.name) from error
    if content.lstrip().startswith(b"{"):
        return _opened(content, password, source.name)
    private = calibration_keys.read_key(source, password)
    return PackKey(SignatureKind.ED25519, private.public_key().public_bytes_raw(), private.sign)


def needs_password(source: Path) -> bool:
    """True when the key file is under a password."""
    try:
        return source.read_bytes().lstrip().startswith(b"{") or calibration_keys.locked(source)
    except OSError:
        return False


def _sm2_key(public: bytes, secret: bytes) -> PackKey:
    return PackKey(SignatureKind.SM2, public, lambda message: sm2.sign(secret, public, message))


def _closed(public: bytes, secret: bytes, password: str) -> str:
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(_stretched(password, salt)).encrypt(nonce, secret, public)
    parts = {"public": public, "salt": salt, "nonce": nonce, "sealed": sealed}
    return json.dumps({"schema": SM2_SCHEMA, **{name: encoded(part) for name, part in parts.items()}}) + "\n"


def _opened(content: bytes, password: str | None, name: str) -> PackKey:
    try:
        said = json.loads(content)
        if said["schema"] != SM2_SCHEMA:
            raise KeyTrouble("calibrate.key_unusable", name)
        public, salt, nonce, sealed = (
            base64.b64decode(said[part], validate=True) for part in ("public", "salt", "nonce", "sealed")
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KeyTrouble("calibrate.key_unusable", name) from error
    try:
        secret = AESGCM(_stretched(password or "", salt)).decrypt(nonce, sealed, public)
    except (InvalidTag, ValueError) as error:
        raise KeyTrouble("calibrate.key_locked", name) from error
    return _sm2_key(public, secret)


def _stretched(password: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, **WORK).derive(password.encode())
