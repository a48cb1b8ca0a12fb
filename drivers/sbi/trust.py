"""Whom the terminal trusts: the certificates of a folder, and whether a device's certificate leads to them.

Self-issued certificates are roots; others fill in the chain when a device sends its own certificate alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import verification

MOST_CHAIN = 8
SMALLEST_KEY = 2048
CERTIFICATE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for a certificate that is damaged or strange."""
_SUFFIXES = frozenset({".pem", ".crt", ".cer"})


class Untrusted(ValueError):
    """No root vouches for it."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Roots, and certificates between them and devices."""

    roots: tuple[x509.Certificate, ...] = ()
    between: tuple[x509.Certificate, ...] = ()

    def check(self, chain: Sequence[x509.Certificate], now: datetime) -> rsa.RSAPublicKey:
        """The key of the first certificate of `chain`, vouched for at `now`; `Untrusted` with the reason."""
        if not self.roots:
            raise Untrusted("no roots are configured")
        leaf, *others = chain
        try:
            key = leaf.public_key()
        except CERTIFICATE_ERRORS as error:
            raise Untrusted("the device's key is of no known kind") from error
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
            raise Untrusted("the device's key is not RSA of 2048 bits or more")
        policy = verification.PolicyBuilder().store(verification.Store(list(self.roots))).time(now)
        policy = policy.extension_policies(ca_policy=_issuers(), ee_policy=_devices())
        try:
            policy.build_client_verifier().verify(leaf, [*others, *self.between])
        except (verification.VerificationError, *CERTIFICATE_ERRORS) as error:
            raise Untrusted("no root vouches for the device's certificate") from error
        return key


def load(folder: Path | None) -> Trust:
    """The certificates in the PEM files of `folder`; none when there is no folder.

    `OSError` when it cannot be read, `ValueError` when a file in it is no certificate.
    """
    if folder is None:
        return Trust()
    found: list[x509.Certificate] = []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in _SUFFIXES:
            try:
                found += x509.load_pem_x509_certificates(file.read_bytes())
            except CERTIFICATE_ERRORS as error:
                raise ValueError(f"{file.name} is no certificate") from error
    roots = tuple(each for each in found if each.subject == each.issuer)
    return Trust(roots, tuple(each for each in found if each.subject != each.issuer))


def _issuers() -> verification.ExtensionPolicy:
    """Vendors leave most extensions out; that a certificate may issue others is never taken on faith."""
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _may_issue)
        .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_sign_certificates)
    )


def _devices() -> verification.ExtensionPolicy:
    return verification.ExtensionPolicy.permit_all().may_be_present(
        x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_sign
    )


def _may_issue(
    policy: verification.Policy, certificate: x509.Certificate, extension: x509.BasicConstraints
) -> None:
    if not extension.ca:
        raise ValueError("not an issuer")


def _may_sign_certificates(
    policy: verification.Policy, certificate: x509.Certificate, extension: x509.KeyUsage | None
) -> None:
    if extension is not None and not extension.key_cert_sign:
        raise ValueError("not for signing certificates")


def _may_sign(
    policy: verification.Policy, certificate: x509.Certificate, extension: x509.KeyUsage | None
) -> None:
    if extension is not None and not extension.digital_signature:
        raise ValueError("not for signatures")
