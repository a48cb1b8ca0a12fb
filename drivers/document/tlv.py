"""BER-TLV as chips and their files use it (ISO/IEC 7816-4 §5.2.2, Doc 9303-10): tag, length, value.

Strict: nothing may be cut off or left over, and only definite lengths are known. Lengths longer than they
need be are taken, since chips in the field write them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_LONGEST_TAG = 3
_LONGEST_LENGTH = 4
_MORE_TAG = 0x1F
_CONTINUED = 0x80


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object."""

    tag: int
    """All its bytes as one number: 0x61, 0x5F1F, 0x7F60."""
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a value."""

    tag: int
    size: int
    """Bytes of tag and length together."""
    length: int
    """Bytes of the value that follows."""

    @property
    def whole(self) -> int:
        """Bytes of the data object, head and value."""
        return self.size + self.length


def head(data: bytes) -> Head:
    """The head that `data` begins with; its value may be missing. `ValueError` when the head is cut off."""
    tag, at = _tag(data)
    if at >= len(data):
        raise ValueError("a length is missing")
    first, at = data[at], at + 1
    if first < _CONTINUED:
        return Head(tag, at, first)
    count = first - _CONTINUED
    if not 1 <= count <= _LONGEST_LENGTH:
        raise ValueError("a length is indefinite or too long")
    if at + count > len(data):
        raise ValueError("a length is cut off")
    return Head(tag, at + count, int.from_bytes(data[at : at + count], "big"))


def parse(data: bytes) -> tuple[Tlv, ...]:
    """The data objects that `data` consists of. `ValueError` when it does not."""
    found = []
    while data:
        this = head(data)
        if this.whole > len(data):
            raise ValueError("a value is cut off")
        found.append(Tlv(this.tag, data[this.size : this.whole]))
        data = data[this.whole :]
    return tuple(found)


def only(data: bytes, tag: int) -> bytes:
    """The value of the one data object `tag` that `data` consists of. `ValueError` when it is another."""
    found = parse(data)
    if len(found) != 1 or found[0].tag != tag:
        raise ValueError(f"not one data object {tag:X}")
    return found[0].value


def first(data: bytes, tag: int) -> bytes:
    """The value of the first data object `tag` in `data`. `ValueError` when there is none."""
    for each in parse(data):
        if each.tag == tag:
            return each.value
    raise ValueError(f"no data object {tag:X}")


def encode(tag: int, value: bytes) -> bytes:
    """The data object `tag` with `value`, its length as short as can be (DER)."""
    length = len(value)
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    shown = bytes([length]) if length < _CONTINUED else bytes([_CONTINUED + len(size)]) + size
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big") + shown + value


def _tag(data: bytes) -> tuple[int, int]:
    if not data or data[0] == 0:
        raise ValueError("a tag is missing")
    at = 1
    if data[0] & _MORE_TAG == _MORE_TAG:
        while at < len(data) and data[at] & _CONTINUED:
            at += 1
        at += 1
    if at > min(len(data), _LONGEST_TAG):
        raise ValueError("a tag is cut off or too long")
    return int.from_bytes(data[:at], "big"), at
