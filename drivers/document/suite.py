"""The ciphers of secure messaging: Triple-DES with a retail MAC, or AES with a CMAC (Doc 9303-11 §9.8).

Also how their keys are derived. Triple-DES is what Basic Access Control prescribes, broken or not.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

MAC_SIZE = 8
FOR_ENCRYPTION, FOR_MAC, FOR_PASSWORD = 1, 2, 3
"""What a derived key is for (Doc 9303-11 §9.7.1)."""


class Suite(Protocol):
    """Ciphers with the two keys of one session, or of one document."""

    @property
    def block(self) -> int:
        """Bytes of a block, of the counter too."""

    def encrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """Whole blocks encrypted; with `counter` as secure messaging does at that count."""

    def decrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """The reverse. `ValueError` when `data` is not whole blocks."""

    def mac(self, data: bytes) -> bytes:
        """8 bytes over whole blocks."""

    def token(self, data: bytes) -> bytes:
        """8 bytes over data of any length, as PACE's tokens are."""


class TripleDesSuite:
    """Two-key Triple-DES in CBC mode from zero, and the MAC of ISO/IEC 9797-1 algorithm 3."""

    block = 8

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        self._key = encryption_key
        self._mac_key = mac_key

    def encrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """CBC from zero; the counter is in the MAC only."""
        return _encrypt(_two_key(self._key), data, bytes(self.block))

    def decrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """The reverse."""
        return _decrypt(_two_key(self._key), data, bytes(self.block))

    def mac(self, data: bytes) -> bytes:
        """Single DES through all blocks but the last, Triple-DES for that one."""
        single = TripleDES(self._mac_key[:8] * 3)
        chained = _encrypt(single, data[: -self.block], bytes(self.block))
        start = chained[-self.block :] or bytes(self.block)
        return _encrypt(_two_key(self._mac_key), data[-self.block :], start)

    def token(self, data: bytes) -> bytes:
        """The MAC of the padded data."""
        return self.mac(pad(data, self.block))


class AesSuite:
    """AES in CBC mode from the encrypted counter, and the first half of a CMAC."""

    block = 16

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        self._key = encryption_key
        self._mac_key = mac_key

    def encrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """CBC from the encrypted counter, or from zero without one."""
        return _encrypt(AES(self._key), data, self._start(counter))

    def decrypt(self, data: bytes, counter: bytes = b"") -> bytes:
        """The reverse."""
        return _decrypt(AES(self._key), data, self._start(counter))

    def mac(self, data: bytes) -> bytes:
        """CMAC, cut to 8 bytes."""
        whole = CMAC(AES(self._mac_key))
        whole.update(data)
        return whole.finalize()[:MAC_SIZE]

    def token(self, data: bytes) -> bytes:
        """The same; CMAC pads for itself."""
        return self.mac(data)

    def _start(self, counter: bytes) -> bytes:
        if not counter:
            return bytes(self.block)
        cipher = Cipher(AES(self._key), ECB()).encryptor()
        return cipher.update(counter) + cipher.finalize()


def triple_des_key(seed: bytes, purpose: int) -> bytes:
    """A 16-byte key with odd parity, derived from `seed`."""
    key = hashlib.sha1(_counted(seed, purpose)).digest()[:16]
    return bytes(byte & 0xFE | (byte >> 1).bit_count() % 2 ^ 1 for byte in key)


def aes_key(seed: bytes, purpose: int, size: int) -> bytes:
    """A key of `size` bytes (16, 24 or 32), derived from `seed`."""
    digest = hashlib.sha1 if size == 16 else hashlib.sha256
    return digest(_counted(seed, purpose)).digest()[:size]


def triple_des(seed: bytes) -> TripleDesSuite:
    """The suite whose keys are derived from `seed`."""
    return TripleDesSuite(triple_des_key(seed, FOR_ENCRYPTION), triple_des_key(seed, FOR_MAC))


def aes(seed: bytes, size: int) -> AesSuite:
    """The suite whose keys of `size` bytes are derived from `seed`."""
    return AesSuite(aes_key(seed, FOR_ENCRYPTION, size), aes_key(seed, FOR_MAC, size))


def pad(data: bytes, block: int) -> bytes:
    """`data` with 80 and zeros up to whole blocks (ISO/IEC 9797-1 method 2)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """The reverse. `ValueError` when there is no padding."""
    bare = data.rstrip(b"\0")
    if not bare.endswith(b"\x80"):
        raise ValueError("no padding")
    return bare[:-1]


def _two_key(key: bytes) -> TripleDES:
    """The cipher with the first half of `key` as its third part too."""
    return TripleDES(key + key[:8])


def _counted(seed: bytes, purpose: int) -> bytes:
    return seed + purpose.to_bytes(4, "big")


def _encrypt(algorithm: CipherAlgorithm, data: bytes, start: bytes) -> bytes:
    cipher = Cipher(algorithm, CBC(start)).encryptor()
    return cipher.update(data) + cipher.finalize()


def _decrypt(algorithm: CipherAlgorithm, data: bytes, start: bytes) -> bytes:
    cipher = Cipher(algorithm, CBC(start)).decryptor()
    return cipher.update(data) + cipher.finalize()
