"""Password Authenticated Connection Establishment on elliptic curves, generic mapping (Doc 9303-11 §4.4).

Strong where Basic Access Control is weak: the key of the zone cannot be found by listening in. The chip
says in EF.CardAccess what it offers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from drivers.capture import DocumentKey
from drivers.document import suite, tlv
from drivers.document.apdu import CHAINED, SHORT, Command, Ins
from drivers.document.bac import Declined, Denied, Transmit, zone_information
from drivers.document.curve import CURVES, Curve
from drivers.document.messaging import Session
from drivers.document.suite import FOR_PASSWORD, AesSuite, Suite, TripleDesSuite

_ECDH_GM = bytes.fromhex("04007F000702020402")
"""id-PACE-ECDH-GM, 0.4.0.127.0.7.2.2.4.2; what follows names the cipher."""
_KEY_SIZES = {1: 0, 2: 16, 3: 24, 4: 32}
"""Last arc of the protocol → bytes of an AES key; none for Triple-DES."""
_ENCRYPTED_NONCE, _MAP_OURS, _MAP_THEIRS, _KEY_OURS, _KEY_THEIRS, _TOKEN_OURS, _TOKEN_THEIRS = (
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
)  # fmt: skip
_DYNAMIC = 0x7C
_PROTOCOL, _PASSWORD, _PARAMETERS = 0x80, 0x83, 0x84
_ZONE = b"\x01"
"""The password is what the zone says."""
_PUBLIC_KEY, _OBJECT, _POINT = 0x7F49, 0x06, 0x86
_SET, _SEQUENCE, _INTEGER = 0x31, 0x30, 0x02
_VERSION = b"\x02"

Secrets = Callable[[Curve], int]


@dataclass(frozen=True, slots=True)
class Offer:
    """One way of PACE that a chip offers and this reader knows."""

    protocol: bytes
    """Its object identifier, without tag and length."""
    parameters: int
    """The number of its curve."""
    named: bool = False
    """The chip offers the protocol with several curves, so that the reader must say which."""

    @property
    def curve(self) -> Curve:
        """The curve."""
        return CURVES[self.parameters]

    @property
    def key_size(self) -> int:
        """Bytes of an AES key; 0 for Triple-DES."""
        return _KEY_SIZES[self.protocol[-1]]

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
        inside = tlv.encode(_OBJECT, self.protocol) + tlv.encode(_POINT, public_key)
        return session.token(tlv.encode(_PUBLIC_KEY, inside))


def offers(card_access: bytes) -> tuple[Offer, ...]:
    """What EF.CardAccess offers, as far as this reader knows it, strongest first. Empty when it is none."""
    try:
        infos = [tlv.parse(each.value) for each in tlv.parse(tlv.only(card_access, _SET))]
    except ValueError:
        return ()
    protocols = [info[0].value for info in infos if info]
    ways = {(info[0].value, info[2].value[0]) for info in infos if _is_known(info)}
    known = [Offer(protocol, number, protocols.count(protocol) > 1) for protocol, number in ways]
    return tuple(sorted(known, key=lambda each: (-each.key_size, each.parameters)))


def encode_offers(ways: tuple[Offer, ...]) -> bytes:
    """EF.CardAccess of a chip that offers `ways`."""
    infos = [
        tlv.encode(_OBJECT, each.protocol)
        + tlv.encode(_INTEGER, _VERSION)
        + tlv.encode(_INTEGER, bytes([each.parameters]))
        for each in ways
    ]
    return tlv.encode(_SET, b"".join(tlv.encode(_SEQUENCE, info) for info in infos))


def offer(key_size: int, parameters: int) -> Offer:
    """The offer of AES with keys of `key_size` bytes (0: Triple-DES) on the curve `parameters`."""
    arc = next(arc for arc, size in _KEY_SIZES.items() if size == key_size)
    return Offer(_ECDH_GM + bytes([arc]), parameters)


def open_session(transmit: Transmit, way: Offer, key: DocumentKey, secret: Secrets = Curve.secret) -> Session:
    """A session with the chip. `Denied` when the key is wrong, `Declined` when the chip will not do it so."""
    curve = way.curve
    _choose(transmit, way)
    nonce = _nonce(transmit, way, key)
    mine = secret(curve)
    theirs = _exchange(transmit, curve, _MAP_OURS, curve.multiply(mine, curve.generator))
    try:
        generator = curve.map(int.from_bytes(nonce, "big"), curve.multiply(mine, theirs))
    except ValueError as error:
        raise Declined from error
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
    data = tlv.encode(_PROTOCOL, way.protocol) + tlv.encode(_PASSWORD, _ZONE)
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


def _is_known(info: tuple[tlv.Tlv, ...]) -> bool:
    """True for a PACEInfo of a protocol, version and curve that this reader knows (9303-11 §9.2.1)."""
    if [each.tag for each in info] != [_OBJECT, _INTEGER, _INTEGER]:
        return False
    protocol, version, parameters = (each.value for each in info)
    known = protocol[:-1] == _ECDH_GM and protocol[-1] in _KEY_SIZES
    return known and version == _VERSION and len(parameters) == 1 and parameters[0] in CURVES
