"""Signed messages: JSON Web Signatures (RFC 7515) in RS256 with the signer's certificates in them.

Nothing but RS256 is accepted, whatever the message says of itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from drivers.sbi import documents
from drivers.sbi.trust import CERTIFICATE_ERRORS, MOST_CHAIN, Trust

MOST_HEADER = 65536
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class NotSigned(ValueError):
    """It is no signed message in the form that the interface prescribes."""


class WrongAlgorithm(ValueError):
    """It is signed by a method that is not accepted, or not at all."""


class Forged(ValueError):
    """The signature is not that of the certificate in it."""


def verify(token: object, trust: Trust, now: datetime) -> Mapping[str, Any]:
    """What `token` says, once it is known who said it.

    Raises `NotSigned`, `WrongAlgorithm`, `Forged`, or `drivers.sbi.trust.Untrusted`.
    """
    if not isinstance(token, str) or token.count(".") != 2:
        raise NotSigned("not three parts")
    head, body, signature = token.split(".")
    header = _json(head, MOST_HEADER)
    algorithm = header.get("alg")
    if algorithm != "RS256":
        raise WrongAlgorithm(str(algorithm)[:16])
    if "crit" in header:
        raise NotSigned("demands an extension")
    key = trust.check(_certificates(header.get("x5c")), now)
    try:
        key.verify(decode(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Forged("signature") from error
    return _json(body, len(body))


def decode(text: object) -> bytes:
    """The bytes of base64url without padding (padding at the end is forgiven); `NotSigned` otherwise."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(bare := text.rstrip("=")):
        raise NotSigned("not base64url")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotSigned("not base64url") from error


def encode(data: bytes) -> str:
    """`data` as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(text: object) -> Mapping[str, Any]:
    """A JSON object that is only wrapped in base64url: to be shown, never to be trusted."""
    return _json(text, MOST_HEADER)


def peek(token: object) -> Mapping[str, Any]:
    """What a signed message says, unchecked: to look something up, never to be trusted."""
    if not isinstance(token, str) or token.count(".") != 2:
        raise NotSigned("not three parts")
    body = token.split(".")[1]
    return _json(body, len(body))


def _json(text: object, most: int) -> Mapping[str, Any]:
    if isinstance(text, str) and len(text) > most:
        raise NotSigned("too long")
    try:
        found = documents.loads(decode(text))
    except ValueError as error:
        raise NotSigned("not JSON") from error
    if not isinstance(found, dict):
        raise NotSigned("not an object")
    return found


def _certificates(value: object) -> list[x509.Certificate]:
    # The interface's own text shows a single certificate without a list around it.
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not 1 <= len(written) <= MOST_CHAIN:
        raise NotSigned("no certificates")
    try:
        # Some write the lines of a PEM file.
        bare = ["".join(each.split()) for each in written]
        return [x509.load_der_x509_certificate(base64.b64decode(each, validate=True)) for each in bare]
    except (AttributeError, *CERTIFICATE_ERRORS) as error:
        raise NotSigned("a certificate that is none") from error
