"""Writes the files of an invented e-document and signs them, with country and document signers of its own.

For the simulated chip, for tests and for training: every certificate says that it is a test, its keys exist
in memory only, and nothing trusts it unless its country signer is put into a store.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from drivers.document import lds, states, tlv
from drivers.document.documentfile import DocumentFile, zone
from drivers.document.passive import SECURITY_OBJECT, SecurityObject
from drivers.iso19794 import face

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
COM, SOD = 0x011E, 0x011D
FILES = {1: 0x0101, 2: 0x0102, 11: 0x010B, 12: 0x010C}
"""Data group → file identifier."""
_TAGS = {number: tag for tag, number in lds.GROUP_TAGS.items()}
_ORGANISATION = "Renzheng TEST, not a state"
_COUNTRY_YEARS, _SIGNER_YEARS = 15, 11
_DIGEST = "sha256"
_DG11_TAGS = {name: tag for tag, name in lds.DG11_NAMES.items()}
_DG12_TAGS = {name: tag for tag, name in lds.DG12_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


class TestAuthority:
    """Country signer and document signer of each of some states, made on the spot."""

    __test__ = False
    """Nothing that pytest should collect."""

    def __init__(
        self,
        states_served: Sequence[str] = ("UTO", "CHN"),
        method: str = "ecdsa",
        now: datetime | None = None,
    ) -> None:
        """`method`: ecdsa (P-256), brainpool, rsa (PKCS #1 v1.5) or pss. Valid from the day before `now`."""
        self.method = method
        self.now = now or datetime.now(UTC)
        self.country_signers: dict[str, Holder] = {}
        self.document_signers: dict[str, Holder] = {}
        for state in states_served:
            code = min(states.countries(state))
            self.country_signers[state] = self._country_signer(code)
            self.document_signers[state] = self._document_signer(code, self.country_signers[state])

    def save(self, folder: Path) -> None:
        """Write the country signers into `folder`, which `SignerStore.load` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        for state, holder in self.country_signers.items():
            pem = holder.certificate.public_bytes(serialization.Encoding.PEM)
            (folder / f"test-{state.lower()}.pem").write_bytes(pem)

    def sod(self, groups: Mapping[int, bytes], state: str) -> bytes:
        """EF.SOD over `groups`, signed by the document signer of `state`."""
        content = security_object(groups)
        return tlv.encode(0x77, sign(content, self.document_signers[state], self.method, self.now))

    def _country_signer(self, code: str) -> Holder:
        key = make_key(self.method)
        name = _name(code, "TEST country signer")
        usage = _usage(key_cert_sign=True, crl_sign=True)
        builder = self._builder(name, name, key, _COUNTRY_YEARS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        return Holder(builder.sign(key, hashes.SHA256()), key)

    def _document_signer(self, code: str, issuer: Holder) -> Holder:
        key = make_key(self.method)
        name = _name(code, "TEST document signer")
        builder = self._builder(name, issuer.certificate.subject, key, _SIGNER_YEARS)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        return Holder(builder.sign(issuer.key, hashes.SHA256()), key)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: Key, years: int
    ) -> x509.CertificateBuilder:
        begins = self.now - timedelta(days=1)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=365 * years))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def issue(person: DocumentFile, authority: TestAuthority) -> dict[int, bytes]:
    """The files of `person`'s chip by file identifier. `ValueError` when it serves another state."""
    state = "CHN" if person.code.startswith("C") else person.issuer
    if state not in authority.document_signers:
        raise ValueError(f"the test authority does not serve {state}")
    groups = data_groups(person)
    files = {FILES[number]: file for number, file in groups.items()}
    return {**files, COM: _com(groups), SOD: authority.sod(groups, state)}


def data_groups(person: DocumentFile) -> dict[int, bytes]:
    """DG1, and DG2, DG11, DG12 where there is something to say, by number."""
    groups = {1: tlv.encode(0x61, tlv.encode(0x5F1F, "".join(zone(person)).encode("ascii")))}
    if person.portrait:
        groups[2] = _dg2(person.portrait)
    details = {**({"native_name": person.native_name} if person.native_name else {}), **person.details}
    for number, tags in ((11, _DG11_TAGS), (12, _DG12_TAGS)):
        items = [(tags[name], text) for name, text in details.items() if name in tags]
        if items:
            groups[number] = tlv.encode(_TAGS[number], _detail_list(items))
    unknown = details.keys() - _DG11_TAGS.keys() - _DG12_TAGS.keys()
    if unknown:
        raise ValueError(f"no such details: {', '.join(sorted(unknown))}")
    return groups


def security_object(groups: Mapping[int, bytes], digest: str = _DIGEST) -> bytes:
    """The LDS security object over `groups`."""
    rows = [
        {"number": number, "value": hashlib.new(digest, file).digest()}
        for number, file in sorted(groups.items())
    ]
    content: bytes = SecurityObject({"version": 0, "digest": {"algorithm": digest}, "hashes": rows}).dump()
    return content


def sign(
    content: bytes, holder: Holder, method: str, at: datetime, content_type: str = SECURITY_OBJECT
) -> bytes:
    """A signed message (CMS) around `content`, with the signer's certificate in it."""
    certificate = asn1_x509.Certificate.load(holder.certificate.public_bytes(serialization.Encoding.DER))
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
            cms.CMSAttribute({"type": "signing_time", "values": [core.UTCTime(at.replace(microsecond=0))]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(_DIGEST, content).digest()]}),
        ]
    )
    sorted_attributes = cms.CMSAttributes.load(attributes.dump(force=True))
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
        ),
        "digest_algorithm": {"algorithm": _DIGEST},
        "signed_attrs": sorted_attributes,
        "signature_algorithm": _algorithm(method),
        "signature": _signature(holder.key, method, sorted_attributes.dump()),
    }
    data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": _DIGEST}],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    message: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return message


def make_key(method: str) -> Key:
    """A fresh key of the kind that `method` needs."""
    if method in ("rsa", "pss"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.BrainpoolP256R1() if method == "brainpool" else ec.SECP256R1())


def _algorithm(method: str) -> algos.SignedDigestAlgorithm:
    if method == "pss":
        digest = {"algorithm": _DIGEST}
        parameters = {
            "hash_algorithm": digest,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
            "salt_length": 32,
        }
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    name = f"{_DIGEST}_rsa" if method == "rsa" else f"{_DIGEST}_ecdsa"
    return algos.SignedDigestAlgorithm({"algorithm": name})


def _signature(key: Key, method: str, covered: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(covered, ec.ECDSA(hashes.SHA256()))
    filling: padding.AsymmetricPadding = padding.PKCS1v15()
    if method == "pss":
        filling = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return key.sign(covered, filling, hashes.SHA256())


def _name(code: str, common: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, code),
        (NameOID.ORGANIZATION_NAME, _ORGANISATION),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _com(groups: Mapping[int, bytes]) -> bytes:
    versions = tlv.encode(0x5F01, b"0107") + tlv.encode(0x5F36, b"040000")
    return tlv.encode(0x60, versions + tlv.encode(0x5C, bytes(_TAGS[number] for number in sorted(groups))))


def _dg2(portrait: bytes) -> bytes:
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(portrait), formats=("JPEG", "JPEG2000")) as opened:
        coding = face.Coding.JPEG if opened.format == "JPEG" else face.Coding.JPEG2000
        record = face.encode(face.FaceImage(portrait, coding, opened.width, opened.height))
    # Patron header of CBEFF: face, owner and type of the format as ISO registered them.
    header = tlv.encode(0x80, b"\x01\x01") + tlv.encode(0x81, b"\x02")
    header += tlv.encode(0x87, b"\x01\x01") + tlv.encode(0x88, b"\x00\x08")
    template = tlv.encode(0x7F60, tlv.encode(0xA1, header) + tlv.encode(0x5F2E, record))
    return tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(0x02, b"\x01") + template))


def _detail_list(items: Sequence[tuple[int, str]]) -> bytes:
    present = tlv.encode(0x5C, b"".join(tag.to_bytes(2, "big") for tag, _ in items))
    return present + b"".join(tlv.encode(tag, text.encode("utf-8")) for tag, text in items)
