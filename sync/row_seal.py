"""Seals bytes into a row of the book: AES-256-GCM, a key for each purpose, bound to the row's names."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class RowSeal:
    """Seals and opens for one purpose; `secret` is the terminal's (32 bytes), kept apart from the book."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        key = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(secret)
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes, named: bytes) -> bytes:
        """`clear` sealed; it opens only together with the same `named`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, clear, named)

    def open(self, sealed: bytes, named: bytes) -> bytearray | None:
        """What was sealed, for the caller to wipe; None if altered, of other names, or of another book."""
        try:
            return bytearray(self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], named))
        except (InvalidTag, ValueError):
            return None
