"""Seals evidence to the centre's public key; whoever seals cannot open it again.

Format of a sealed item, version 1 (all lengths in bytes)::

    0   4   magic ``RZSL``
    4   1   version, 1
    5   1   algorithm: 1 = X25519, HKDF-SHA256, AES-256-GCM (2 is kept for SM2, SM3, SM4-GCM)
    6   8   hint: first bytes of SHA-256 of the recipient's raw public key
    14  32  ephemeral X25519 public key, new for every item
    46  n   ciphertext, as long as the plain text
    −16 16  GCM tag

HKDF (RFC 5869): input the X25519 shared secret (RFC 7748), salt = ephemeral key ‖ recipient key,
info = ``renzheng.seal/1`` ‖ version ‖ algorithm; 44 bytes out: 32 of key, 12 of nonce. A key seals one item
only, so the nonce cannot repeat. GCM authenticates header (bytes 0–45) ‖ `aad`; `aad` names record and
evidence, so that an item moved to another record or name no longer opens.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync.errors import SealBroken
from sync.records import EvidenceRef, SealedEvidence, canonical, sha256

MAGIC = b"RZSL"
VERSION = 1
HINT = slice(6, 14)
EPHEMERAL = slice(14, 46)
HEADER_BYTES = 46
TAG_BYTES = 16
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
INFO = b"renzheng.seal/1"


class Algorithm(enum.IntEnum):
    """How an item is sealed; the sixth byte of its header."""

    X25519_AES_256_GCM = 1


def seal(plain: bytes, recipient_x25519_raw: bytes, aad: bytes) -> bytes:
    """`plain`, readable only by the holder of the recipient's private key, bound to `aad`.

    ValueError when the recipient's key is not a usable raw X25519 key of 32 bytes.
    """
    ephemeral = X25519PrivateKey.generate()
    recipient = X25519PublicKey.from_public_bytes(recipient_x25519_raw)
    public = ephemeral.public_key().public_bytes_raw()
    header = _header(recipient_x25519_raw, public)
    with _keys(ephemeral.exchange(recipient), public, recipient_x25519_raw) as (key, nonce):
        return header + AESGCM(key).encrypt(nonce, plain, header + aad)


def unseal(blob: bytes, private_key: X25519PrivateKey, aad: bytes) -> bytes:
    """What `seal` was given; SealBroken when the item is changed, swapped, or for another key."""
    recipient = private_key.public_key().public_bytes_raw()
    header, public = _read_header(blob, recipient)
    try:
        shared = private_key.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise SealBroken("seal.altered", part="ephemeral key") from None
    with _keys(shared, public, recipient) as (key, nonce):
        try:
            return AESGCM(key).decrypt(nonce, blob[HEADER_BYTES:], header + aad)
        except InvalidTag:
            raise SealBroken("seal.altered", part="contents or what they belong to") from None


def evidence_aad(record_id: str, name: str) -> bytes:
    """What evidence is bound to: its record and its name there."""
    return canonical({"evidence": name, "record": record_id, "schema": "renzheng.evidence/1"})


def seal_evidence(
    record_id: str, name: str, media_type: str, plain: bytes, recipient_x25519_raw: bytes
) -> tuple[EvidenceRef, SealedEvidence]:
    """An evidence item sealed to the centre, and its mention for the signed record.

    The mention holds the SHA-256 of `plain`: for anything that can be guessed (names, numbers) use
    `seal_values`, which adds salt.
    """
    blob = seal(plain, recipient_x25519_raw, evidence_aad(record_id, name))
    ref = EvidenceRef(
        name=name,
        media_type=media_type,
        sha256_plain=sha256(plain),
        sha256_sealed=sha256(blob),
        size=len(plain),
    )
    return ref, SealedEvidence(name=name, blob=blob)


def seal_values(
    record_id: str, name: str, values: Mapping[str, Any], recipient_x25519_raw: bytes
) -> tuple[EvidenceRef, SealedEvidence]:
    """JSON `values` sealed as `seal_evidence` does, with a random ``salt`` so that no hash can be guessed."""
    salted = {**values, "salt": os.urandom(SALT_BYTES).hex()}
    return seal_evidence(record_id, name, "application/json", canonical(salted), recipient_x25519_raw)


def unseal_evidence(item: SealedEvidence, record_id: str, private_key: X25519PrivateKey) -> bytes:
    """The plain bytes of an item of record `record_id`; SealBroken as in `unseal`."""
    return unseal(item.blob, private_key, evidence_aad(record_id, item.name))


def wipe(buffer: bytearray) -> None:
    """Overwrite `buffer` with zeros; copies that Python or a library made are beyond reach."""
    buffer[:] = bytes(len(buffer))


def _header(recipient: bytes, ephemeral: bytes) -> bytes:
    kind = bytes((VERSION, Algorithm.X25519_AES_256_GCM))
    return MAGIC + kind + bytes.fromhex(sha256(recipient))[:8] + ephemeral


def _read_header(blob: bytes, recipient: bytes) -> tuple[bytes, bytes]:
    """Header and ephemeral key of `blob`, checked against the recipient."""
    if len(blob) < HEADER_BYTES + TAG_BYTES or not blob.startswith(MAGIC):
        raise SealBroken("seal.format", size=len(blob))
    if blob[4] != VERSION or blob[5] != Algorithm.X25519_AES_256_GCM:
        raise SealBroken("seal.unknown_algorithm", version=blob[4], algorithm=blob[5])
    if blob[HINT] != bytes.fromhex(sha256(recipient))[:8]:
        raise SealBroken("seal.other_key")
    return blob[:HEADER_BYTES], blob[EPHEMERAL]


@contextmanager
def _keys(shared: bytes, ephemeral: bytes, recipient: bytes) -> Iterator[tuple[memoryview, memoryview]]:
    """Key and nonce of one item, wiped afterwards."""
    derived = bytearray(KEY_BYTES + NONCE_BYTES)
    info = INFO + bytes((VERSION, Algorithm.X25519_AES_256_GCM))
    HKDF(SHA256(), len(derived), salt=ephemeral + recipient, info=info).derive_into(shared, derived)
    view = memoryview(derived)
    try:
        yield view[:KEY_BYTES], view[KEY_BYTES:]
    finally:
        view.release()
        wipe(derived)
