"""Signed messages (CMS, RFC 5652) as e-documents and master lists use them: read, and check one signature.

Reading takes any bytes and raises nothing but `Malformed`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, x509

from drivers.document import signature
from drivers.document.signature import DIGESTS, UnsupportedKey

MOST_BYTES = 4_000_000
"""A longer message is refused unread; the largest master list has about one million."""
_MOST_SIGNERS = 4
_SET = b"\x31"


class Malformed(ValueError):
    """These bytes are not the structure they should be."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed message, nothing of it checked yet."""

    content_type: str
    """Dotted object identifier."""
    content: bytes
    certificates: tuple[x509.Certificate, ...]
    signers: tuple[cms.SignerInfo, ...]


@contextmanager
def reading() -> Iterator[None]:
    """Turns what asn1crypto raises on strange bytes, some of it only on access, into `Malformed`."""
    try:
        yield
    except Malformed:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise Malformed(f"not readable: {type(error).__name__}") from error


def read(message: bytes) -> Signed:
    """The parts of a signed message. `Malformed` for anything else."""
    if len(message) > MOST_BYTES:
        raise Malformed(f"a message of {len(message)} bytes")
    with reading():
        outer = cms.ContentInfo.load(message, strict=True)
        if outer["content_type"].native != "signed_data":
            raise Malformed("not a signed message")
        data = outer["content"]
        inner = data["encap_content_info"]
        content = bytes(inner["content"])
        signers = tuple(data["signer_infos"])
        if not content or not 1 <= len(signers) <= _MOST_SIGNERS:
            raise Malformed("a signed message without content or signer")
        chosen = (each for each in data["certificates"] if each.name == "certificate")
        certificates = tuple(each.chosen for each in chosen)
        for each in certificates:
            touch(each)
        return Signed(inner["content_type"].dotted, content, certificates, signers)


def touch(certificate: x509.Certificate) -> None:
    """Read what will be asked of a certificate later, so that what is malformed shows now."""
    _ = certificate.issuer.hashable, certificate.subject.hashable, certificate.serial_number
    _ = certificate.not_valid_before, certificate.not_valid_after, certificate.key_identifier
    _ = certificate.key_usage_value, certificate.basic_constraints_value, certificate.signature


def certificate_of(signer: cms.SignerInfo, candidates: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """The certificate a signer names, by issuer and serial number or by key identifier."""
    with reading():
        name = signer["sid"]
        for each in candidates:
            if name.name == "issuer_and_serial_number":
                wanted = name.chosen
                same_serial = each.serial_number == wanted["serial_number"].native
                if same_serial and each.issuer == wanted["issuer"]:
                    return each
            elif each.key_identifier == name.chosen.native:
                return each
    return None


def is_signed_by(signed: Signed, signer: cms.SignerInfo, certificate: x509.Certificate) -> bool:
    """True when content and attributes are as signed, and signed with this certificate's key.

    Signed attributes must be there and tell content type and digest, once each. `UnsupportedKey`.
    """
    with reading():
        digest = digest_of(signer)
        attributes = _attributes(signer)
        if attributes.get("content_type") != [signed.content_type]:
            return False
        told = attributes.get("message_digest", [])
        found = hashlib.new(digest, signed.content).digest()
        if len(told) != 1 or not hmac.compare_digest(told[0], found):
            return False
        scheme = signature.scheme_of(signer["signature_algorithm"], digest)
        # As Doc 9303-10 and RFC 5652 §5.4: over the set as encoded, with the tag of a SET.
        covered = _SET + signer["signed_attrs"].dump()[1:]
        return signature.fits(certificate.public_key, scheme, signer["signature"].native, covered)


def digest_of(signer: cms.SignerInfo) -> str:
    """The digest a signer used over the content. `UnsupportedKey` for one that is not checked here."""
    with reading():
        name: str = signer["digest_algorithm"]["algorithm"].native
    if name not in DIGESTS:
        raise UnsupportedKey(f"digest {name}")
    return name


def signing_time(signer: cms.SignerInfo) -> datetime | None:
    """When the signer says it signed."""
    with reading():
        told = _attributes(signer).get("signing_time", [])
        return told[0] if len(told) == 1 and isinstance(told[0], datetime) else None


def _attributes(signer: cms.SignerInfo) -> dict[str, list[Any]]:
    """The signed attributes' values by name; one that stands twice has the values of both."""
    found: dict[str, list[Any]] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        values = [value.dotted if name == "content_type" else value.native for value in attribute["values"]]
        found.setdefault(name, []).extend(values)
    return found
