"""Password Authenticated Connection Establishment on elliptic curves, generic mapping (Doc 9303-11 §4.4).

Strong where Basic Access Control is weak: the key of the zone cannot be found by listening in. The chip
says in EF.CardAccess what it offers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import core

from drivers.capture import DocumentKey
from drivers.document import suite, tlv
from drivers.document.apdu import CHAINED, SHORT, Command, Ins
from drivers.document.bac import Declined, Denied, Transmit, zone_information
from drivers.document.curve import CURVES, Curve
from drivers.document.messaging import Session
from drivers.document.suite import FOR_PASSWORD, AesSuite, Suite, TripleDesSuite

_ECDH_GM = "0.4.0.127.0.7.2.2.4.2."
"""id-PACE-ECDH-GM; what follows names the cipher."""
_KEY_SIZES = {"1": 0, "2": 16, "3": 24, "4": 32}
"""Last arc of the protocol → bytes of an AES key; none for Triple-DES."""
_ENCRYPTED_NONCE, _MAP_OURS, _MAP_THEIRS, _KEY_OURS, _KEY_THEIRS, _TOKEN_OURS, _TOKEN_THEIRS = (
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
)  # fmt: skip
_DYNAMIC = 0x7C
_PROTOCOL, _PASSWORD, _PARAMETERS = 0x80, 0x83, 0x84
_ZONE = b"\x01"
"""The password is what the zone says."""
_PUBLIC_KEY, _OBJECT, _POINT = 0x7F49, 0x06, 0x86

Secrets = Callable[[Curve], int]


class _Info(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012  asn1crypto's way
        ("protocol", core.ObjectIdentifier),
        ("version", core.Any),
        ("parameters", core.Any, {"optional": True}),
    ]


class _Infos(core.SetOf):  # type: ignore[misc]
    _child_spec = _Info


@dataclass(frozen=True, slots=True)
class Offer:
    """One way of PACE that a chip offers and this reader knows."""

    protocol: str
    """Its object identifier."""
    parameters: int
    """The number of its curve."""
    named: bool = False
    """The chip offers several curves, so that the reader must say which."""

    @property
    def curve(self) -> Curve:
        """The curve."""
        return CURVES[self.parameters]

    @property
    def key_size(self) -> int:
        """Bytes of an AES key; 0 for Triple-DES."""
        return _KEY_SIZES[self.protocol.removeprefix(_ECDH_GM)]

    @property
    def object_bytes(self) -> bytes:
        """The object identifier as it stands in data objects, without tag and length."""
        return bytes(core.ObjectIdentifier(self.protocol).contents)

    def session_suite(self, seed: bytes) -> Suite:
        """The ciphers whose keys are derived from `seed`."""
        return suite.aes(seed, self.key_size) if self.key_size else suite.triple_des(seed)

    def nonce_suite(self, key: DocumentKey) -> Suite:
        """The ciphers that the nonce is encrypted with."""
        seed = hashlib.sha1(zone_information(key)).digest()
        if self.key_size:
            return AesSuite(suite.aes_key(seed, FOR_PASSWORD, self.key_size), b"")
        return TripleDesSuite(suite.triple_des_key(seed, FOR_PASSWORD), b"")

    def token(self, session: Suite, public_key: bytes) -> bytes:
        """What proves to have agreed on `session`, over the other side's public key."""
        inside = tlv.encode(_OBJECT, self.object_bytes) + tlv.encode(_POINT, public_key)
        return session.token(tlv.encode(_PUBLIC_KEY, inside))


def offers(card_access: bytes) -> tuple[Offer, ...]:
    """What EF.CardAccess offers, as far as this reader knows it, strongest first. Empty when it is none."""
    try:
        found = [each.native for each in _Infos.load(card_access)]
    except ValueError:
        return ()
    ways = {
        (each["protocol"], each["parameters"])
        for each in found
        if _is_known(each["protocol"]) and each["parameters"] in CURVES
    }
    named = len(ways) > len({protocol for protocol, _ in ways})
    known = [Offer(protocol, parameters, named) for protocol, parameters in ways]
    return tuple(sorted(known, key=lambda each: (-each.key_size, each.parameters)))


def encode_offers(ways: tuple[Offer, ...]) -> bytes:
    """EF.CardAccess of a chip that offers `ways`."""
    infos = [
        {"protocol": each.protocol, "version": core.Integer(2), "parameters": core.Integer(each.parameters)}
        for each in ways
    ]
    return bytes(_Infos(infos).dump())


def offer(key_size: int, parameters: int) -> Offer:
    """The offer of AES with keys of `key_size` bytes (0: Triple-DES) on the curve `parameters`."""
    arc = next(arc for arc, size in _KEY_SIZES.items() if size == key_size)
    return Offer(_ECDH_GM + arc, parameters)


def open_session(transmit: Transmit, way: Offer, key: DocumentKey, secret: Secrets = Curve.secret) -> Session:
    """A session with the chip. `Denied` when the key is wrong, `Declined` when the chip will not do it so."""
    curve = way.curve
    _choose(transmit, way)
    nonce = _nonce(transmit, way, key)
    mine = secret(curve)
    theirs = _exchange(transmit, curve, _MAP_OURS, curve.multiply(mine, curve.generator))
    generator = curve.map(int.from_bytes(nonce, "big"), curve.multiply(mine, theirs))
    mine = secret(curve)
    public = curve.multiply(mine, generator)
    theirs = _exchange(transmit, curve, _KEY_OURS, public)
    if theirs == public:
        raise Declined
    seed = curve.multiply(mine, theirs)[0].to_bytes(curve.size, "big")
    ciphers = way.session_suite(seed)
    proof = tlv.encode(_TOKEN_OURS, way.token(ciphers, curve.encode(theirs)))
    answer = _step(transmit, proof, _TOKEN_THEIRS, last=True)
    if not hmac.compare_digest(answer, way.token(ciphers, curve.encode(public))):
        raise Denied
    return Session(ciphers, bytes(ciphers.block))


def _choose(transmit: Transmit, way: Offer) -> None:
    data = tlv.encode(_PROTOCOL, way.object_bytes) + tlv.encode(_PASSWORD, _ZONE)
    if way.named:
        data += tlv.encode(_PARAMETERS, bytes([way.parameters]))
    answer = transmit(Command(Ins.MANAGE_SECURITY, 0xC1, 0xA4, data))
    if not answer.ok:
        raise Declined(answer.sw)


def _nonce(transmit: Transmit, way: Offer, key: DocumentKey) -> bytes:
    try:
        return way.nonce_suite(key).decrypt(_step(transmit, b"", _ENCRYPTED_NONCE))
    except ValueError as error:
        raise Declined from error


def _exchange(transmit: Transmit, curve: Curve, tag: int, point: tuple[int, int]) -> tuple[int, int]:
    try:
        return curve.decode(_step(transmit, tlv.encode(tag, curve.encode(point)), tag + 1))
    except ValueError as error:
        raise Declined from error


def _step(transmit: Transmit, data: bytes, wanted: int, last: bool = False) -> bytes:
    """One round of general authentication: the value of the data object `wanted` in the answer."""
    cla = 0 if last else CHAINED
    body = tlv.encode(_DYNAMIC, data)
    answer = transmit(Command(Ins.GENERAL_AUTHENTICATE, data=body, expected=SHORT, cla=cla))
    if not answer.ok:
        raise (Denied if last else Declined)(answer.sw)
    try:
        return tlv.first(tlv.only(answer.data, _DYNAMIC), wanted)
    except ValueError as error:
        raise Declined(answer.sw) from error


def _is_known(protocol: str) -> bool:
    return protocol.startswith(_ECDH_GM) and protocol.removeprefix(_ECDH_GM) in _KEY_SIZES
