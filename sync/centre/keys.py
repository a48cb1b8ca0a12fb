"""The centre's own keys and name: made at its first start, kept in files only their owner may read."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from sync.centre.errors import Code, Refusal
from sync.records import CentreIdentity, sha256

DOMAINS = ("test", "production")
FINGERPRINT_LENGTH = 16
"""Hex digits of the receipt key's hash that a token carries, so that a terminal knows whom it enrols with."""


@dataclass(frozen=True, slots=True)
class CentreKeys:
    """What only this centre has."""

    identity: CentreIdentity
    receipts: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature with the receipt key."""
        return self.receipts.sign(data)


def load_or_make(folder: Path, domain: str | None = None) -> CentreKeys:
    """The keys in `folder`/keys, made when absent.

    `domain` None takes the stored one (``test`` for a new centre). Refusal ``centre.wrong_domain`` when the
    centre was founded for another domain, ``centre.keys_exposed`` when others may read the files.
    """
    home = folder / "keys"
    if not home.exists():
        _make(folder, home, domain or "test")
    keys = _load(home)
    if domain is not None and keys.identity.domain != domain:
        raise Refusal(Code.WRONG_DOMAIN, {"domain": keys.identity.domain})
    return keys


def is_signing_key(public_key_der: bytes) -> bool:
    """True for an Ed25519 public key in DER."""
    try:
        return isinstance(load_der_public_key(public_key_der), Ed25519PublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


def fingerprint(receipt_key_der: bytes) -> str:
    """The short name of a receipt key."""
    return sha256(receipt_key_der)[:FINGERPRINT_LENGTH]


def _make(folder: Path, home: Path, domain: str) -> None:
    """Write a complete set beside `home` and rename it, so that two first starts agree on one."""
    if domain not in DOMAINS:
        raise Refusal(Code.WRONG_DOMAIN, {"domain": domain})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(prefix=".keys-", dir=folder))
    receipts = Ed25519PrivateKey.generate()
    public = receipts.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    about = {"centre_id": f"centre-{fingerprint(public)}", "domain": domain}
    _write(draft / "receipts.pem", _pem(receipts))
    _write(draft / "sealing.pem", _pem(X25519PrivateKey.generate()))
    _write(draft / "centre.json", json.dumps(about).encode())
    try:
        draft.rename(home)
    except OSError:
        shutil.rmtree(draft)
        if not home.exists():
            raise


def _load(home: Path) -> CentreKeys:
    about = json.loads(_read(home / "centre.json"))
    receipts = load_pem_private_key(_read(home / "receipts.pem"), None)
    sealing = load_pem_private_key(_read(home / "sealing.pem"), None)
    if not isinstance(receipts, Ed25519PrivateKey) or not isinstance(sealing, X25519PrivateKey):
        raise Refusal(Code.MALFORMED, {"where": "keys"})
    identity = CentreIdentity(
        centre_id=about["centre_id"],
        domain=about["domain"],
        receipt_key=receipts.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        sealing_key=sealing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )
    return CentreKeys(identity, receipts, sealing)


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(Code.KEYS_EXPOSED, {"file": path.name})
    return path.read_bytes()
