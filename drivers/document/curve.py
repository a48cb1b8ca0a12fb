"""Points on the elliptic curves of PACE (Doc 9303-11 table 12), added and multiplied.

Libraries agree keys on a curve's own generator only, and give no more than the x of the shared point; the
generic mapping needs whole points and a generator of its own. All numbers here live for one session.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec

Point = tuple[int, int]
UNCOMPRESSED = 4
"""First byte of a point written with both numbers (SEC 1 §2.3.3)."""


@dataclass(frozen=True)
class Curve:
    """y² = x³ + a·x + b over the field of the prime `p`."""

    name: str
    p: int
    a: int
    known: ec.EllipticCurve
    """The same curve in the library, which knows its generator and order."""

    @cached_property
    def generator(self) -> Point:
        """The curve's own generator."""
        point = ec.derive_private_key(1, self.known).public_key().public_numbers()
        return point.x, point.y

    @property
    def order(self) -> int:
        """How many multiples of the generator there are."""
        return self.known.group_order

    @property
    def size(self) -> int:
        """Bytes of one coordinate."""
        return (self.p.bit_length() + 7) // 8

    def secret(self) -> int:
        """A fresh random private key."""
        return 1 + secrets.randbelow(self.order - 1)

    def add(self, one: Point | None, other: Point | None) -> Point | None:
        """The sum of two points; None is the point at infinity."""
        if one is None or other is None:
            return other if one is None else one
        (x1, y1), (x2, y2) = one, other
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        if one == other:
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p) % self.p
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p) % self.p
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p

    def multiply(self, factor: int, point: Point) -> Point:
        """`factor` times `point`. `ValueError` when that is the point at infinity."""
        total: Point | None = None
        doubled: Point | None = point
        while factor:
            if factor & 1:
                total = self.add(total, doubled)
            doubled = self.add(doubled, doubled)
            factor >>= 1
        if total is None:
            raise ValueError("the point at infinity")
        return total

    def map(self, nonce: int, shared: Point) -> Point:
        """The generator of one session: `nonce` times the generator, plus `shared` (Doc 9303-11 §4.4.3.3)."""
        mapped = self.add(self.multiply(nonce % self.order, self.generator), shared)
        if mapped is None:
            raise ValueError("the point at infinity")
        return mapped

    def encode(self, point: Point) -> bytes:
        """`point` with both numbers (SEC 1 §2.3.3)."""
        return bytes([UNCOMPRESSED]) + b"".join(each.to_bytes(self.size, "big") for each in point)

    def decode(self, data: bytes) -> Point:
        """The point that `data` writes out. `ValueError` when it is none of this curve."""
        if len(data) != 1 + 2 * self.size or data[0] != UNCOMPRESSED:
            raise ValueError("not an uncompressed point")
        x, y = int.from_bytes(data[1 : 1 + self.size], "big"), int.from_bytes(data[1 + self.size :], "big")
        if max(x, y) >= self.p or not self._holds(x, y):
            raise ValueError("not a point of the curve")
        return x, y

    def _holds(self, x: int, y: int) -> bool:
        """True when the equation gives the same b for (x, y) as for the generator."""
        own_x, own_y = self.generator
        rest = (y * y - x * x * x - self.a * x) - (own_y * own_y - own_x * own_x * own_x - self.a * own_x)
        return rest % self.p == 0


def _nist(name: str, p: int, known: ec.EllipticCurve) -> Curve:
    return Curve(name, p, p - 3, known)


def _brainpool(name: str, p: str, a: str, known: ec.EllipticCurve) -> Curve:
    return Curve(name, int(p, 16), int(a, 16), known)


CURVES: Mapping[int, Curve] = MappingProxyType(
    {
        12: _nist("P-256", 2**256 - 2**224 + 2**192 + 2**96 - 1, ec.SECP256R1()),
        13: _brainpool(
            "brainpoolP256r1",
            "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377",
            "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
            ec.BrainpoolP256R1(),
        ),
        15: _nist("P-384", 2**384 - 2**128 - 2**96 + 2**32 - 1, ec.SECP384R1()),
        16: _brainpool(
            "brainpoolP384r1",
            "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B4"
            "12B1DA197FB71123ACD3A729901D1A71874700133107EC53",
            "7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787"
            "139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
            ec.BrainpoolP384R1(),
        ),
        17: _brainpool(
            "brainpoolP512r1",
            "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330871"
            "7D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
            "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC"
            "2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
            ec.BrainpoolP512R1(),
        ),
        18: _nist("P-521", 2**521 - 1, ec.SECP521R1()),
    }
)
"""By the number of its domain parameters."""
