"""The keys and certificates of a simulated service: a root of its own, a maker under it, one device.

Nothing of it is secret or trusted by anybody who was not told to.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from drivers.sbi.documents import dumps
from drivers.sbi.jws import encode

NAMES = ("root", "maker", "device", "stranger")
VALID = timedelta(days=30)
ROOT_FILE = "simulated-sbi-root.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """Private keys by `NAMES`, and the device's certificates."""

    private: Mapping[str, rsa.RSAPrivateKey]
    root: x509.Certificate
    maker: x509.Certificate
    device: x509.Certificate
    expired: x509.Certificate
    """The device's key under a certificate that ran out."""
    stranger: x509.Certificate
    """A device that nobody vouches for but itself, under the same name."""
    minor: x509.Certificate
    """The stranger's key vouched for by the device, which has no right to do so."""

    def save_root(self, folder: Path) -> None:
        """Write the root's certificate into `folder`, for the terminal to trust."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ROOT_FILE).write_bytes(self.root.public_bytes(Encoding.PEM))

    def sign(self, payload: Mapping[str, object], way: str = "") -> str:
        """A signed message with `payload`; `way` names what is wrong with it (`drivers.sbi.attacks`)."""
        signer, chain = self.private["device"], [self.device, self.maker]
        if way == "other_signer":
            signer, chain = self.private["stranger"], [self.stranger]
        elif way == "minor_signer":
            signer, chain = self.private["stranger"], [self.minor, self.device, self.maker]
        elif way == "expired":
            chain = [self.expired, self.maker]
        elif way == "wrong_key":
            signer = self.private["stranger"]
        header: dict[str, object] = {"alg": _ALGORITHMS.get(way, "RS256"), "typ": "JWT"}
        if way != "no_chain":
            written = [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain]
            header["x5c"] = written
        message = f"{encode(dumps(header))}.{encode(dumps(payload))}"
        if way == "alg_none":
            return message + "."
        if way == "hs256":
            return f"{message}.{encode(_by_public_key(self.device, message))}"
        signature = signer.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        if way == "altered":
            changed = {**payload, "qualityScore": "99"}
            message = f"{encode(dumps(header))}.{encode(dumps(changed))}"
        return f"{message}.{encode(signature)}"


_ALGORITHMS = {"alg_none": "none", "hs256": "HS256", "rs512": "RS512"}


def make(folder: Path | None) -> Keys:
    """New keys, or those kept in `folder`, which spares making them again."""
    private = {name: _key(folder, name) for name in NAMES}
    root = _certificate("Simulated root", private["root"].public_key(), None, private["root"], issues=True)
    maker = _certificate("Simulated maker", private["maker"].public_key(), root, private["root"], issues=True)
    public = private["device"].public_key()
    device = _certificate("Simulated device", public, maker, private["maker"])
    expired = _certificate("Simulated device", public, maker, private["maker"], age=2 * VALID)
    other = private["stranger"].public_key()
    stranger = _certificate("Simulated device", other, None, private["stranger"])
    minor = _certificate("Simulated device", other, device, private["device"])
    return Keys(private, root, maker, device, expired, stranger, minor)


def _key(folder: Path | None, name: str) -> rsa.RSAPrivateKey:
    file = folder / f"{name}.key" if folder is not None else None
    if file is not None and file.is_file():
        kept = serialization.load_pem_private_key(file.read_bytes(), None)
        if not isinstance(kept, rsa.RSAPrivateKey):
            raise ValueError(f"{file} is not an RSA key")
        return kept
    fresh = rsa.generate_private_key(65537, 2048)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return fresh


def _certificate(
    name: str,
    public: rsa.RSAPublicKey,
    issuer: x509.Certificate | None,
    signer: rsa.RSAPrivateKey,
    issues: bool = False,
    age: timedelta = timedelta(days=1),
) -> x509.Certificate:
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) - age
    builder = x509.CertificateBuilder(
        issuer.subject if issuer is not None else own, own, public, x509.random_serial_number(), begins,
        begins + VALID,
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(issues, None), critical=True)
    return builder.sign(signer, hashes.SHA256())


def _by_public_key(certificate: x509.Certificate, message: str) -> bytes:
    """A signature in HS256 with the public key as its secret, which some verifiers fall for."""
    public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    maker = hmac.HMAC(public, hashes.SHA256())
    maker.update(message.encode())
    return maker.finalize()
