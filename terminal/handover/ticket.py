"""The one-time code of a handed-over case, and what is made of it: the centre's reference, and a key.

75 random bits and a check sign, in letters and digits that are not mistaken for one another. HKDF-SHA256
(RFC 5869) makes reference and key of it, so that whoever keeps the reference knows neither code nor key.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from terminal.handover.errors import HandoverError
from terminal.reference import LETTERS

SIGNS = 16
GROUP = 4
BYTES = 32
NONCE_BYTES = 12
INFO = b"renzheng.handover/1 "


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code; never shown by repr, never logged."""

    code: str = field(repr=False)
    """Without spaces or dashes."""

    @property
    def shown(self) -> str:
        """As it is printed: ``7K2M-…`` in four groups."""
        return "-".join(self.code[at : at + GROUP] for at in range(0, SIGNS, GROUP))

    @property
    def reference(self) -> str:
        """What the centre keeps the case under, 64 hex digits."""
        return self._made(b"reference").hex()

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """`plain` for whoever has the code (AES-256-GCM); `aad` says what it belongs to."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._made(b"key")).encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """What was sealed; HandoverError ``handover.data_altered``."""
        try:
            return AESGCM(self._made(b"key")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):
            raise HandoverError("handover.data_altered") from None

    def _made(self, what: bytes) -> bytes:
        return HKDF(SHA256(), BYTES, salt=None, info=INFO + what).derive(self.code.encode("ascii"))


def new_ticket() -> Ticket:
    """A new code."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(SIGNS - 1))
    return Ticket(drawn + _check(drawn))


def read_ticket(text: str) -> Ticket:
    """The code somebody typed, in small or capital letters; HandoverError ``handover.bad_code``."""
    code = "".join(text.split()).replace("-", "").upper()
    if len(code) != SIGNS or not set(code) <= set(LETTERS) or _check(code[:-1]) != code[-1]:
        raise HandoverError("handover.bad_code")
    return Ticket(code)


def _check(drawn: str) -> str:
    return LETTERS[hashlib.sha256(drawn.encode("ascii")).digest()[0] % len(LETTERS)]
