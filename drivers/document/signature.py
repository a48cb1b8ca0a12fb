"""Does a signature fit bytes and key? RSA (PKCS #1 v1.5 and PSS) and ECDSA, as Doc 9303-12 allows them.

Keys are read with asn1crypto, which bears with old certificates; the mathematics is the cryptography
package's. An elliptic curve written out in full is taken only when it is exactly a well-known one: any
other generator would let anybody forge.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
LEAST_RSA_BITS = 1024
MOST_RSA_BITS = 8192
"""Larger keys would keep the terminal busy; no country uses them."""
_CURVES: dict[str, ec.EllipticCurve] = {
    "secp192r1": ec.SECP192R1(),
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "1.3.36.3.3.2.8.1.1.7": ec.BrainpoolP256R1(),
    "1.3.36.3.3.2.8.1.1.11": ec.BrainpoolP384R1(),
    "1.3.36.3.3.2.8.1.1.13": ec.BrainpoolP512R1(),
}
_WRITTEN_OUT: dict[str, ec.EllipticCurve] = {
    "08f1e4347b3bb20e9e5a0e43257f423fb5c6c05cf90f6cb3d38e1d8c9a72ff67": ec.SECP192R1(),
    "e566b73fb49733180b43cda65ea3c121b102660836e3b6212cecb54a061c1e5a": ec.SECP224R1(),
    "008878bc4674401d0830878dda00f5825b294352b7bd2df8ef73ddb3d4af3fa6": ec.SECP256R1(),
    "1cb794dc506929e290d78dff36381f252a2d1028aac966217162c2ac3c218b67": ec.SECP384R1(),
    "ee271372770946be7ddae04d123e7f7dacb5a2b615e6b21f17bbc94f1b848acb": ec.SECP521R1(),
    "5fbe6522433d9d1c742834a4996fe2049acaed94f634fc7476366ffdf5b514e9": ec.BrainpoolP256R1(),
    "75cc79c8ec410b08b6f03888f7cf639cc47edd9b319b04daf77641b012793bfd": ec.BrainpoolP384R1(),
    "7ad92ba253eee4a939a6cd2193dd0a9e2ac42f2de2586e9b0ba1fc7fb72f5fce": ec.BrainpoolP512R1(),
}
"""SHA-256 of prime, coefficients, generator and order → curve; the peers' test makes them with OpenSSL."""


class UnsupportedKey(Exception):
    """An algorithm, digest, curve or key size that is not checked here; nothing is said of the signature."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature was made."""

    method: str
    """rsassa_pkcs1v15, rsassa_pss or ecdsa."""
    digest: str
    mask_digest: str = ""
    salt_bytes: int = 0


def scheme_of(algorithm: algos.SignedDigestAlgorithm, digest: str = "") -> Scheme:
    """The scheme an algorithm identifier stands for; `digest` where it names none. `UnsupportedKey`."""
    name = algorithm["algorithm"].native
    if name == "rsassa_pss":
        parameters = algorithm["parameters"]
        mask = parameters["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1":
            raise UnsupportedKey("another mask function than MGF1")
        scheme = Scheme(
            "rsassa_pss",
            parameters["hash_algorithm"]["algorithm"].native,
            mask["parameters"]["algorithm"].native,
            parameters["salt_length"].native,
        )
    else:
        method = "ecdsa" if name == "ecdsa" or name.endswith("_ecdsa") else "rsassa_pkcs1v15"
        if method != "ecdsa" and name != method and not name.endswith("_rsa"):
            raise UnsupportedKey(f"signature algorithm {name}")
        own = name.split("_")[0] if name.endswith(("_rsa", "_ecdsa")) else ""
        scheme = Scheme(method, own or digest)
    if scheme.digest not in DIGESTS or (scheme.mask_digest and scheme.mask_digest not in DIGESTS):
        raise UnsupportedKey(f"digest {scheme.digest or 'not named'}")
    return scheme


def fits(key: keys.PublicKeyInfo, scheme: Scheme, signature: bytes, signed: bytes) -> bool:
    """True when `signature` over `signed` was made with the private part of `key`. `UnsupportedKey`."""
    public = public_key(key)
    digest = DIGESTS[scheme.digest]()
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            if scheme.method != "ecdsa":
                return False
            public.verify(signature, signed, ec.ECDSA(digest))
        else:
            if scheme.method == "ecdsa":
                return False
            public.verify(signature, signed, _padding(scheme), digest)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm as error:
        raise UnsupportedKey(str(error)) from error
    return True


def public_key(key: keys.PublicKeyInfo) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """The key itself. `UnsupportedKey` when it is of another kind, on another curve, or no point."""
    kind = key["algorithm"]["algorithm"].native
    try:
        if kind in ("rsa", "rsassa_pss"):
            numbers = key["public_key"].parsed
            modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
            if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
                raise UnsupportedKey(f"an RSA key of {modulus.bit_length()} bits")
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if kind == "ec":
            curve = _curve(key["algorithm"]["parameters"])
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, key["public_key"].native)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedKey(f"an unusable {kind} key") from error
    raise UnsupportedKey(f"a key of kind {kind}")


def curve_fingerprint(parameters: Any) -> str:
    """SHA-256 over a curve that is written out in full, in the one form our table knows."""
    field = parameters["field_id"]
    if field["field_type"].native != "prime_field":
        raise UnsupportedKey("a curve over another field than a prime one")
    prime = field["parameters"].native
    first, second = (int.from_bytes(parameters["curve"][name].native, "big") for name in ("a", "b"))
    base = parameters["base"].native
    if base[:1] == b"\x04":
        size, parity = (len(base) - 1) // 2, base[-1] & 1
    else:
        size, parity = len(base) - 1, base[0] & 1
    across = int.from_bytes(base[1 : 1 + size], "big")
    order = parameters["order"].native
    text = f"{prime:x} {first:x} {second:x} {across:x} {parity} {order:x}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _curve(parameters: Any) -> ec.EllipticCurve:
    if parameters.name == "named":
        curve = _CURVES.get(parameters.chosen.native) or _CURVES.get(parameters.chosen.dotted)
    elif parameters.name == "specified":
        curve = _WRITTEN_OUT.get(curve_fingerprint(parameters.chosen))
    else:
        curve = None
    if curve is None:
        raise UnsupportedKey("an elliptic curve that is none of the well-known ones")
    return curve


def _padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.method == "rsassa_pss":
        return padding.PSS(padding.MGF1(DIGESTS[scheme.mask_digest]()), scheme.salt_bytes)
    return padding.PKCS1v15()
