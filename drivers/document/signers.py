"""The country signers a bank trusts: a folder of certificates, master lists and revocation lists.

``*.pem``, ``*.crt``, ``*.cer``, ``*.der`` hold certificates, ``*.ml`` ICAO master lists, ``*.crl`` revocation
lists. Whoever can write into the folder decides what is genuine: keep it as the program's own files are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from asn1crypto import core, crl, pem, x509

from drivers.document import cms, signature
from drivers.document.cms import Malformed, reading
from drivers.document.signature import UnsupportedKey

MASTER_LIST = "2.23.136.1.1.2"
"""Content type of a list of country signers (Doc 9303-12)."""
MOST_BYTES = 8_000_000
MOST_FILES = 5_000
_SUFFIXES = (".pem", ".crt", ".cer", ".der", ".ml", ".crl")


class _Certificates(core.SetOf):  # type: ignore[misc]
    _child_spec = x509.Certificate


class _MasterList(core.Sequence):  # type: ignore[misc]
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012  asn1crypto's own form


@dataclass(frozen=True, slots=True)
class SignerStore:
    """Whom the bank trusts to say that a document is genuine; empty when nothing is configured."""

    anchors: tuple[x509.Certificate, ...] = ()
    """Country signers (CSCA)."""
    others: tuple[x509.Certificate, ...] = ()
    """Document signers, for chips that do not bring theirs along; not trusted by being here."""
    revocations: tuple[crl.CertificateList, ...] = ()
    problems: tuple[str, ...] = ()
    """Files that could not be used, each with why; no personal data."""

    @classmethod
    def load(cls, folder: Path | None) -> Self:
        """What is in `folder` and below; empty for None. Never raises: see `problems`."""
        if folder is None:
            return cls()
        if not folder.is_dir():
            return cls(problems=(f"{folder.name}: no such folder",))
        try:
            paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
        except OSError as error:
            return cls(problems=(f"{folder.name}: {error.strerror}",))
        certificates: list[x509.Certificate] = []
        revocations: list[crl.CertificateList] = []
        problems = [f"{folder.name}: more than {MOST_FILES} files"] if len(paths) > MOST_FILES else []
        for path in paths[:MOST_FILES]:
            try:
                content = _content(path)
                if path.suffix.lower() == ".crl":
                    revocations.append(_revocations(content))
                else:
                    certificates += _certificates(content, is_list=path.suffix.lower() == ".ml")
            except (OSError, Malformed) as error:
                problems.append(f"{path.name}: {error}")
        return cls._of(certificates, revocations, problems)

    @classmethod
    def _of(
        cls,
        certificates: Sequence[x509.Certificate],
        revocations: Sequence[crl.CertificateList],
        problems: Sequence[str],
    ) -> Self:
        unique = {each.sha256: each for each in certificates}.values()
        anchors = tuple(each for each in unique if is_country_signer(each))
        others = tuple(each for each in unique if not is_country_signer(each))
        return cls(anchors, others, tuple(revocations), tuple(problems))

    def countries(self) -> frozenset[str]:
        """Two-letter codes of the countries that have a signer here."""
        return frozenset(country(each.subject) for each in self.anchors)

    def issuer_of(self, certificate: x509.Certificate, at: datetime) -> x509.Certificate | None:
        """The country signer, valid at `at`, that signed `certificate`.

        `UnsupportedKey` when one of that name is there but its signature cannot be checked.
        """
        unsupported: UnsupportedKey | None = None
        for anchor in self.anchors:
            if anchor.subject != certificate.issuer or not is_valid(anchor, at):
                continue
            try:
                if _signed(certificate, anchor):
                    return anchor
            except UnsupportedKey as error:
                unsupported = error
        if unsupported is not None:
            raise unsupported
        return None

    def revoked(self, certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
        """True when a list of the country signer `anchor` names `certificate`. Others' lists are not heard.

        A country signs its one list with its newest key, also for what older keys of its signed.
        """
        keys = [each for each in self.anchors if each.subject == anchor.subject]
        for each in self.revocations:
            with reading():
                if each.issuer != anchor.subject or not any(_list_signed(each, key) for key in keys):
                    continue
                rows = each["tbs_cert_list"]["revoked_certificates"]
                if any(row["user_certificate"].native == certificate.serial_number for row in rows):
                    return True
        return False


def is_country_signer(certificate: x509.Certificate) -> bool:
    """True for a certificate that may sign document signers."""
    basic, usage = certificate.basic_constraints_value, certificate.key_usage_value
    may_sign = usage is None or "key_cert_sign" in usage.native
    return basic is not None and bool(basic["ca"].native) and may_sign


def is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    """True when `at` (with a time zone) lies in the certificate's time."""
    return bool(certificate.not_valid_before <= at <= certificate.not_valid_after)


def country(name: x509.Name) -> str:
    """The two-letter code in a name, in capitals; empty without one."""
    code = name.native.get("country_name", "")
    return code.upper() if isinstance(code, str) else ""


def _content(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise Malformed("the file is far too large")
    return path.read_bytes()


def _certificates(content: bytes, *, is_list: bool) -> list[x509.Certificate]:
    if is_list:
        return _master_list(content)
    with reading():
        found = [x509.Certificate.load(each, strict=True) for each in _der(content)]
        for each in found:
            cms.touch(each)
    return found


def _revocations(content: bytes) -> crl.CertificateList:
    with reading():
        found = crl.CertificateList.load(next(_der(content)), strict=True)
        _ = found.issuer.hashable, found.native
        return found


def _der(content: bytes) -> Iterator[bytes]:
    """The blocks of a PEM file, or the file itself."""
    if not pem.detect(content):
        yield content
        return
    for _, _, block in pem.unarmor(content, multiple=True):
        yield block


def _master_list(content: bytes) -> list[x509.Certificate]:
    """The certificates of a master list that one of its own certificates' keys signed, directly or below."""
    signed = cms.read(content)
    if signed.content_type != MASTER_LIST:
        raise Malformed("a signed message, but no master list")
    with reading():
        listed = list(_MasterList.load(signed.content, strict=True)["certificates"])
        for each in listed:
            cms.touch(each)
    signer = signed.signers[0]
    certificate = cms.certificate_of(signer, (*signed.certificates, *listed))
    try:
        if certificate is None or not cms.is_signed_by(signed, signer, certificate):
            raise Malformed("the master list's signature does not hold")
    except UnsupportedKey as error:
        raise Malformed(f"the master list's signature cannot be checked: {error}") from error
    return listed


def _signed(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    with reading():
        scheme = signature.scheme_of(certificate["signature_algorithm"])
        covered = certificate["tbs_certificate"].dump()
        return signature.fits(anchor.public_key, scheme, certificate.signature, covered)


def _list_signed(revocations: crl.CertificateList, anchor: x509.Certificate) -> bool:
    try:
        scheme = signature.scheme_of(revocations["signature_algorithm"])
        covered = revocations["tbs_cert_list"].dump()
        return signature.fits(anchor.public_key, scheme, revocations.signature, covered)
    except UnsupportedKey:
        return False
