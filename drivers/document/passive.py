"""Passive authentication (Doc 9303-11 §5.1): did the issuing state write what the chip holds?

It finds data that were altered, signed by a stranger or taken from another state's document. It does not
find a chip that was copied as a whole; that is what the photo is compared for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from asn1crypto import algos, core, x509
from asn1crypto import cms as asn1_cms

from drivers.capture import Authentic
from drivers.document import cms, lds, mrz, states
from drivers.document.cms import Malformed, Signed, reading
from drivers.document.signature import DIGESTS, UnsupportedKey, scheme_of
from drivers.document.signers import SignerStore, country, is_country_signer, is_valid

SECURITY_OBJECT = "2.23.136.1.1.1"
"""Content type of the LDS security object."""
_SOD_TAG = b"\x77"
_CLOCK_SLACK = timedelta(days=1)
_FAILING = frozenset(
    f"document.auth.{reason}"
    for reason in (
        "malformed",
        "not_security_object",
        "altered",
        "not_listed",
        "signature",
        "unknown_signer",
        "signer_not_valid",
        "signer_usage",
        "signer_revoked",
        "wrong_country",
    )
)
_OPEN = frozenset(
    f"document.auth.{reason}"
    for reason in (
        "no_signers",
        "no_signers_for_country",
        "signer_absent",
        "signer_expired",
        "signed_in_future",
        "state_unknown",
        "nothing_read",
        "unsupported_algorithm",
    )
)
_OTHER_SIGNERS = frozenset({"2.23.136.1.1.3", "2.23.136.1.1.8", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
"""Extended key usages of those who sign master lists and deviation lists, and of servers and clients."""


class _Hash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _Hashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Hash


class _Versions(core.Sequence):  # type: ignore[misc]
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class SecurityObject(core.Sequence):  # type: ignore[misc]
    """The LDS security object, version 0 or 1, as asn1crypto reads and writes it (Doc 9303-10 §4.6.2)."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("digest", algos.DigestAlgorithm),
        ("hashes", _Hashes),
        ("versions", _Versions, {"optional": True}),
    ]


def authenticate(
    sod: bytes, groups: Mapping[int, bytes], signers: SignerStore, now: datetime
) -> tuple[Authentic, tuple[str, ...]]:
    """What EF.SOD `sod` says of the data groups read (number → file), and why, as message keys.

    `now` needs a time zone. Only with a chain to a signer in `signers`, of the state that the zone in DG1
    names, is the answer `VERIFIED`. Never raises, whatever the bytes.
    """
    try:
        # Some of a strange structure shows only when it is looked at, wherever that is.
        with reading():
            found = dict.fromkeys(_reasons(sod, groups, signers, now))
        reasons = tuple(f"document.auth.{each}" for each in found)
    except Malformed:
        reasons = ("document.auth.malformed",)
    failing = tuple(each for each in reasons if each in _FAILING)
    if failing:
        return Authentic.FAILED, (*failing, *(each for each in reasons if each not in _FAILING))
    if any(each in _OPEN for each in reasons):
        return Authentic.NOT_VERIFIED, reasons
    return Authentic.VERIFIED, reasons


def listed(sod: bytes) -> frozenset[int]:
    """The data groups that EF.SOD lists, nothing of it checked; none when it is not readable."""
    try:
        with reading():
            found = SecurityObject.load(cms.read(_message(sod)).content, strict=True)["hashes"]
            return frozenset(each["number"].native for each in found)
    except Malformed:
        return frozenset()


def _reasons(sod: bytes, groups: Mapping[int, bytes], signers: SignerStore, now: datetime) -> Iterator[str]:
    signed = cms.read(_message(sod))
    if signed.content_type != SECURITY_OBJECT:
        yield "not_security_object"
        return
    yield from _group_reasons(signed.content, groups)
    outcomes = [tuple(_signer_reasons(signed, each, groups, signers, now)) for each in signed.signers]
    yield from min(outcomes, key=_weight)


def _weight(reasons: tuple[str, ...]) -> int:
    keys = {f"document.auth.{each}" for each in reasons}
    return 2 if keys & _FAILING else 1 if keys & _OPEN else 0


def _message(sod: bytes) -> bytes:
    """The signed message within tag 77; padding behind it is left out."""
    if sod[:1] != _SOD_TAG:
        raise Malformed("not EF.SOD")
    content: bytes = core.Any.load(sod).contents
    return content


def _group_reasons(content: bytes, groups: Mapping[int, bytes]) -> Iterator[str]:
    listed = SecurityObject.load(content, strict=True)
    if listed["version"].native not in (0, 1):
        raise Malformed("a security object of an unknown version")
    digest = listed["digest"]["algorithm"].native
    hashes = {each["number"].native: each["value"].native for each in listed["hashes"]}
    if len(hashes) != len(listed["hashes"]):
        raise Malformed("a security object that lists a group twice")
    if 1 not in groups:
        yield "nothing_read"
    if digest not in DIGESTS:
        yield "unsupported_algorithm"
        return
    if digest == "sha1":
        yield "sha1"
    for number, file in groups.items():
        if number not in hashes:
            yield "not_listed"
        elif not hmac.compare_digest(hashes[number], hashlib.new(digest, file).digest()):
            yield "altered"


def _signer_reasons(
    signed: Signed,
    signer: asn1_cms.SignerInfo,
    groups: Mapping[int, bytes],
    signers: SignerStore,
    now: datetime,
) -> Iterator[str]:
    certificate = cms.certificate_of(signer, (*signed.certificates, *signers.others))
    if certificate is None:
        yield "signer_absent"
        return
    try:
        if not cms.is_signed_by(signed, signer, certificate):
            yield "signature"
            return
        if "sha1" in (cms.digest_of(signer), scheme_of(certificate["signature_algorithm"]).digest):
            yield "sha1"
        yield from _usage_reasons(certificate)
        signing_time = cms.signing_time(signer)
        yield from _time_reasons(certificate, signing_time, now)
        yield from _chain_reasons(certificate, groups, signers, min(signing_time or now, now))
    except UnsupportedKey:
        yield "unsupported_algorithm"


def _usage_reasons(certificate: x509.Certificate) -> Iterator[str]:
    usage, extended = certificate.key_usage_value, certificate.extended_key_usage_value
    wrong_use = usage is None or "digital_signature" not in usage.native
    other_signer = extended is not None and _OTHER_SIGNERS & {each.dotted for each in extended}
    if wrong_use or other_signer or is_country_signer(certificate):
        yield "signer_usage"


def _time_reasons(certificate: x509.Certificate, signed_at: datetime | None, now: datetime) -> Iterator[str]:
    """A signer outlives the documents it signs (Doc 9303-12), so that it must also be valid today."""
    if signed_at is not None and signed_at > now + _CLOCK_SLACK:
        yield "signed_in_future"
    elif signed_at is not None and not is_valid(certificate, signed_at):
        yield "signer_not_valid"
    if now < certificate.not_valid_before - _CLOCK_SLACK:
        yield "signed_in_future"
    elif now > certificate.not_valid_after:
        yield "signer_expired"


def _chain_reasons(
    certificate: x509.Certificate, groups: Mapping[int, bytes], signers: SignerStore, at: datetime
) -> Iterator[str]:
    if not signers.anchors:
        yield "no_signers"
        return
    allowed = _countries(groups)
    anchor = signers.issuer_of(certificate, at)
    if anchor is None:
        claimed = allowed | {country(certificate.issuer)}
        yield "unknown_signer" if claimed & signers.countries() else "no_signers_for_country"
        return
    if signers.revoked(certificate, anchor):
        yield "signer_revoked"
    if not allowed:
        yield "state_unknown"
    elif country(anchor.subject) not in allowed:
        yield "wrong_country"


def _countries(groups: Mapping[int, bytes]) -> frozenset[str]:
    """The countries whose signers may vouch for the state that the zone in DG1 names."""
    try:
        return states.countries(mrz.parse(lds.parse_dg1(groups.get(1, b""))).issuer)
    except (lds.BadData, mrz.NotAZone):
        return frozenset()
