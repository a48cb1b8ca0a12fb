"""What may be kept of a template: a reference that can be revoked and that links to nothing (ISO/IEC 24745).

A template is veiled with a key made for one enrolment alone (its pseudonymous identifier). Under the same key
scores stay what they are, so no accuracy is lost; under another key the same person is a stranger, so two
books cannot be joined, and an enrolment that leaked is worthless once its key is gone. Whoever holds the key
can lift the veil: a veiled template is kept sealed, and its key apart from it.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.api import Embedding

Bits = npt.NDArray[np.bool_]

SCHEME = "veil/1"
"""Names what is done here; another way of veiling gets another name."""
SEED_BYTES = 16
KEY_BYTES = 32
ROUNDS = 3
"""Turns of sign, order and mixing; with three every number of a template reaches every number of the veil."""


def new_seed() -> bytes:
    """The auxiliary data of a new enrolment: 16 random bytes, different every time."""
    return os.urandom(SEED_BYTES)


def veil_key(secret: bytes, seed: bytes, purpose: str) -> bytes:
    """The key of one enrolment: from the terminal's `secret`, the enrolment's `seed` and what it is for."""
    return HKDF(SHA256(), KEY_BYTES, salt=seed, info=f"renzheng.{SCHEME} {purpose}".encode()).derive(secret)


class VectorVeil:
    """A keyed rotation of templates of `length` numbers, for faces; `length` is a power of two.

    Signs are flipped and places exchanged as the key says, then all numbers are mixed by the
    Walsh-Hadamard transform, three times over: an orthogonal map, so cosines between veiled templates equal
    those between the templates.
    """

    def __init__(self, key: bytes, length: int) -> None:
        if length < 2 or length & (length - 1):
            raise ValueError(f"a template of {length} numbers: only powers of two can be veiled")
        stream = _Stream(key)
        self._turns = tuple((stream.signs(length), stream.order(length)) for _ in range(ROUNDS))
        self._length = length

    def over(self, template: Embedding) -> Embedding:
        """The veiled template, of the same length."""
        if template.shape != (self._length,):
            raise ValueError(f"a template of shape {template.shape}, not ({self._length},)")
        veiled = template.astype(np.float64)
        for signs, order in self._turns:
            veiled = _mixed((veiled * signs)[order])
        return veiled.astype(np.float32)


class BitVeil:
    """A keyed exchange of places and flipping of bits, for iris codes of `length` bits.

    Distances between codes veiled alike equal those between the codes. A code must be turned before it is
    veiled: afterwards nobody can turn it.
    """

    def __init__(self, key: bytes, length: int) -> None:
        stream = _Stream(key)
        self._order = stream.order(length)
        self._flips = stream.signs(length) < 0

    def over(self, code: Bits, mask: Bits) -> tuple[Bits, Bits]:
        """Veiled code and its mask, both flat; what is masked shows nothing of the code."""
        places = self._order
        if code.shape != places.shape or mask.shape != places.shape:
            raise ValueError(f"code {code.shape} and mask {mask.shape}, not {places.shape}")
        return (code[places] ^ self._flips) & mask[places], mask[places]


def wipe(*buffers: npt.NDArray[Any] | None) -> None:
    """Overwrite what the arrays hold with zeros; copies that a library made are beyond reach.

    An array that may not be written (a view of somebody else's memory) is left as it is.
    """
    for buffer in buffers:
        if buffer is not None and buffer.flags.writeable:
            buffer.fill(0)


class _Stream:
    """Numbers that only the key's holder can foresee: the key stream of AES-256 in counter mode."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes, not {KEY_BYTES}")
        # The key serves this one stream only, so the counter may begin at zero.
        self._cipher = Cipher(AES256(key), CTR(bytes(16))).encryptor()

    def signs(self, length: int) -> npt.NDArray[np.float64]:
        """+1 and −1."""
        bits = np.unpackbits(np.frombuffer(self._bytes((length + 7) // 8), np.uint8))[:length]
        return 1.0 - 2.0 * bits.astype(np.float64)

    def order(self, length: int) -> npt.NDArray[np.intp]:
        """A permutation, all nearly equally likely (two equal 64-bit keys keep their order)."""
        return np.argsort(np.frombuffer(self._bytes(8 * length), "<u8"), kind="stable")

    def _bytes(self, count: int) -> bytes:
        return self._cipher.update(bytes(count))


def _mixed(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The Walsh-Hadamard transform, scaled to keep lengths."""
    length, half = len(values), 1
    while half < length:
        pairs = values.reshape(-1, 2, half)
        values = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(length)
        half *= 2
    return np.asarray(values / math.sqrt(length), np.float64)
