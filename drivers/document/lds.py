"""The files of an e-document's chip: which groups there are, zone, portrait, further details (Doc 9303-10).

Pure functions from bytes to values; whatever the bytes, they raise `BadData` and nothing else.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from drivers.document import tlv
from drivers.iso19794 import face

if TYPE_CHECKING:
    from drivers.api import Image

MOST_BYTES = 8_000_000
"""A longer file is refused unread."""
MOST_ITEMS = 200
_LONGEST_HEAD = 8
MOST_PORTRAIT_PIXELS = 12_000_000
"""A larger portrait is not decoded: it would be an attempt to exhaust memory."""
GROUP_TAGS = {
    0x61: 1, 0x75: 2, 0x63: 3, 0x76: 4, 0x65: 5, 0x66: 6, 0x67: 7, 0x68: 8,
    0x69: 9, 0x6A: 10, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6E: 14, 0x6F: 15, 0x70: 16,
}  # fmt: skip
"""First byte of a data group → its number."""
_ZONE_SHAPES = {90: 30, 72: 36, 88: 44, 30: 30}
"""Length of the zone in DG1 → length of a line."""
DG11_NAMES = {
    0x5F0E: "native_name",
    0x5F0F: "other_name",
    0x5F10: "personal_number",
    0x5F2B: "full_birth_date",
    0x5F11: "birth_place",
    0x5F42: "address",
    0x5F12: "telephone",
    0x5F13: "profession",
    0x5F14: "title",
    0x5F15: "personal_summary",
    0x5F17: "other_documents",
    0x5F18: "custody",
}
DG12_NAMES = {
    0x5F19: "issuing_authority",
    0x5F26: "issue_date",
    0x5F1A: "other_people",
    0x5F1B: "endorsements",
    0x5F1C: "tax_exit",
    0x5F55: "personalised_at",
    0x5F56: "personalised_with",
}
_DATES = (0x5F2B, 0x5F26)
"""YYYYMMDD, as digits or, in older documents, as packed decimal."""
_FORMATS = ("JPEG", "JPEG2000")

Item = tuple[int, bytes]
"""Tag and content."""


class BadData(ValueError):
    """The file is not what the standard says. The message holds no personal data."""


def parse_com(file: bytes) -> tuple[int, ...]:
    """The numbers of the data groups that EF.COM says are present, in rising order."""
    tags = [content for tag, content in _items(_content(file, 0x60)) if tag == 0x5C]
    if len(tags) != 1:
        raise BadData("EF.COM holds no list of data groups")
    unknown = [tag for tag in tags[0] if tag not in GROUP_TAGS]
    if unknown:
        raise BadData(f"EF.COM names an unknown group {unknown[0]:02X}")
    return tuple(sorted({GROUP_TAGS[tag] for tag in tags[0]}))


def parse_dg1(file: bytes) -> tuple[str, ...]:
    """The lines of the machine-readable zone."""
    for tag, content in _items(_content(file, 0x61)):
        if tag == 0x5F1F:
            length = _ZONE_SHAPES.get(len(content))
            if length is None or not content.isascii():
                raise BadData(f"a machine-readable zone of {len(content)} bytes")
            text = content.decode("ascii")
            return tuple(text[at : at + length] for at in range(0, len(text), length))
    raise BadData("DG1 holds no machine-readable zone")


def parse_dg2(file: bytes) -> bytes:
    """The first portrait: JPEG or JPEG 2000 as stored."""
    group = dict(_items(_content(file, 0x75)))
    templates = list(_items(group.get(0x7F61, b"")))
    for tag, template in templates:
        if tag != 0x7F60:
            continue
        for inner, record in _items(template):
            if inner in (0x5F2E, 0x7F2E):
                return _portrait(record)
    raise BadData("DG2 holds no face")


def parse_dg11(file: bytes) -> dict[str, str]:
    """Further details of the person, by name (``native_name``, ``birth_place`` …)."""
    return _details(_content(file, 0x6B), DG11_NAMES)


def parse_dg12(file: bytes) -> dict[str, str]:
    """Further details of the document, by name (``issuing_authority``, ``issue_date`` …)."""
    return _details(_content(file, 0x6C), DG12_NAMES)


def portrait_image(portrait: bytes) -> Image | None:
    """The portrait as a picture (BGR); None when it is damaged, of another format or far too large."""
    import numpy as np
    from PIL import Image as Pillow

    if not portrait or len(portrait) > MOST_BYTES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(io.BytesIO(portrait), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PORTRAIT_PIXELS:
                    return None
                rgb = np.asarray(opened.convert("RGB"))
        # The decoders of damaged files raise these; see models.picture, which reads any format.
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError):
            return None
        except Pillow.DecompressionBombError:
            return None
    return np.ascontiguousarray(rgb[..., ::-1])


def _portrait(record: bytes) -> bytes:
    try:
        images = face.decode(record)
    except face.BadRecord as error:
        raise BadData(str(error)) from error
    return images[0].data


def _details(content: bytes, names: dict[int, str]) -> dict[str, str]:
    """The named items; pictures among them are left out."""
    found: dict[str, str] = {}
    for tag, value in _flat(content):
        name = names.get(tag)
        if name is None:
            continue
        text = _date(value) if tag in _DATES else value.decode("utf-8", "replace")
        plain = " ".join(text.replace("<", " ").split())
        found[name] = f"{found[name]}; {plain}" if name in found else plain
    return found


def _flat(content: bytes) -> Iterator[Item]:
    """The items, with those of a list of several names (tag A0) among them."""
    for tag, value in _items(content):
        if tag == 0xA0:
            yield from (each for each in _items(value) if each[0] != 0x02)
        else:
            yield tag, value


def _date(value: bytes) -> str:
    return value.hex() if len(value) == 4 else value.decode("ascii", "replace")


def _content(file: bytes, wanted: int) -> bytes:
    """What stands in the file's only item; bytes behind it are the padding of some chips."""
    if len(file) > MOST_BYTES:
        raise BadData(f"a file of {len(file)} bytes")
    for tag, content in _items(file):
        if tag == wanted:
            return content
        raise BadData(f"tag {tag:02X} where {wanted:02X} was to stand")
    raise BadData("an empty file")


def _items(data: bytes) -> Iterator[Item]:
    """The items that `data` consists of, one by one. `BadData` when one does not fit."""
    at, count = 0, 0
    while at < len(data):
        try:
            head = tlv.head(data[at : at + _LONGEST_HEAD])
        except ValueError as error:
            raise BadData(str(error)) from error
        if at + head.whole > len(data):
            raise BadData("an item is longer than what it stands in")
        count += 1
        if count > MOST_ITEMS:
            raise BadData("too many items")
        yield head.tag, data[at + head.size : at + head.whole]
        at += head.whole
