"""SM2 signatures with SM3 (GM/T 0003.2, GB/T 32918.2), by the GmSSL library where it is installed.

The signer's identity is the usual ``1234567812345678``; keys are raw (32 bytes secret, 64 bytes public), a
signature is the DER sequence of r and s.
"""

from __future__ import annotations

import importlib
from typing import Any


class Sm2Missing(Exception):
    """The library that knows SM2 is not installed (``renzheng[sm2]``)."""


def make_pair() -> tuple[bytes, bytes]:
    """A new key: public, secret. Raises Sm2Missing."""
    public, secret = _library().sm2_key_generate()
    return bytes(public), bytes(secret)


def sign(secret: bytes, public: bytes, message: bytes) -> bytes:
    """The signature of `message`. Raises Sm2Missing, and ValueError for keys that are none."""
    library = _library()
    try:
        return bytes(library.sm2_sign(secret, public, message))
    except library.GmsslInnerError as error:
        raise ValueError("no SM2 key") from error


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """True when `signature` is that of `message` by the key. Raises Sm2Missing, nothing else."""
    library = _library()
    try:
        return bool(library.sm2_verify(public, message, signature))
    except (library.GmsslInnerError, ValueError, TypeError, OverflowError):
        return False


def _library() -> Any:
    try:
        return importlib.import_module("gmssl_pyx")
    except ImportError as error:
        raise Sm2Missing from error
