"""Finger image records of ISO/IEC 19794-4:2011 (``FIR 020``): reading and writing.

Strict: every length must be the true one. Pictures in WSQ are carried, not decoded.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from drivers.capture import Finger, FingerImage
from drivers.iso19794 import pictures
from drivers.iso19794.cursor import BadRecord, Cursor, one_of, pack, read_time, write_time
from drivers.iso19794.head import read_head, with_head
from drivers.iso19794.pictures import Coding, Grey
from drivers.iso19794.quality import Quality, best, read_qualities, write_qualities

MAGIC = b"FIR\x00020\x00"
MOST_RECORDS = 42
CERTIFICATE_SIZE = 3
INCH_CM = 2.54
LIVE_PLAIN = 0
"""Impression type of a finger laid flat on a sensor."""

_CODES = MappingProxyType(
    {0: Coding.RAW, 2: Coding.WSQ, 3: Coding.JPEG, 4: Coding.JPEG_2000, 5: Coding.JPEG_2000, 6: Coding.PNG}
)
_CODING_BYTE = MappingProxyType(
    {Coding.RAW: 0, Coding.WSQ: 2, Coding.JPEG: 3, Coding.JPEG_2000: 5, Coding.PNG: 6}
)


class _Scale(enum.IntEnum):
    PER_INCH = 1
    PER_CM = 2


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """One picture of one finger with what the record says of it. `repr` shows no picture."""

    finger: Finger
    width: int
    height: int
    picture: bytes = field(repr=False)
    """As stored."""
    coding: Coding = Coding.PNG
    dpi: int = 500
    """Pixels per inch of the picture."""
    scan_dpi: int = 500
    """Pixels per inch of the sensor."""
    impression: int = LIVE_PLAIN
    taken: datetime | None = None
    qualities: tuple[Quality, ...] = ()
    certificates: tuple[bytes, ...] | None = None
    """Certification blocks of three bytes; None when the record has no place for them."""
    technology: int = 0
    vendor: int = 0
    device: int = 0
    number: int = 0
    extended: bytes = field(default=b"", repr=False)
    """Extended data blocks as stored: segments, annotations, comments."""

    @property
    def quality(self) -> int | None:
        """The first quality score, 0-100; None when there is none."""
        return best(self.qualities)

    def image(self) -> Grey:
        """The decoded picture; `CannotDecode` for WSQ, `BadRecord` when it is not what the record says."""
        return pictures.decode(self.picture, self.coding, self.width, self.height)


def decode(data: bytes) -> tuple[FingerRecord, ...]:
    """The pictures of a record, one at least; `BadRecord` when it is none. Pictures are not decoded yet."""
    cursor, count = read_head(data, MAGIC, MOST_RECORDS, "a finger record")
    certified = cursor.number(1, "certification flag")
    if certified > 1:
        raise BadRecord(f"certification flag {certified}")
    fingers = cursor.number(1, "number of fingers")
    if fingers > count:
        raise BadRecord(f"{fingers} fingers in {count} pictures")
    records = tuple(_read_one(cursor, bool(certified)) for _ in range(count))
    cursor.finish("record")
    return records


def encode(records: Sequence[FingerRecord]) -> bytes:
    """The bytes of a record with these pictures. `BadRecord` when they do not fit into one."""
    certified = {record.certificates is not None for record in records}
    if not 1 <= len(records) <= MOST_RECORDS or len(certified) != 1:
        raise BadRecord(f"{len(records)} pictures cannot share a record")
    written = b"".join(_write_one(record) for record in records)
    fingers = len({record.finger for record in records})
    return with_head(MAGIC, len(records), (certified.pop(), fingers), written)


def of_image(image: FingerImage, taken: datetime | None = None, coding: Coding = Coding.PNG) -> bytes:
    """A record of what a fingerprint sensor gave."""
    height, width = image.image.shape
    scores = () if image.quality is None else (Quality(image.quality),)
    picture = pictures.encode(image.image, coding)
    return encode(
        [
            FingerRecord(
                image.finger, width, height, picture, coding, image.dpi, image.dpi,
                taken=taken, qualities=scores,
            )
        ]
    )  # fmt: skip


def _read_one(cursor: Cursor, certified: bool) -> FingerRecord:
    length = cursor.number(4, "picture record")
    if length < 4:
        raise BadRecord(f"a picture record of {length} bytes")
    own = cursor.part(length - 4, "picture record")
    taken = read_time(own.take(9, "time"))
    technology, vendor, device = own.number(1, "device"), own.number(2, "device"), own.number(2, "device")
    qualities = read_qualities(own)
    certificates = _read_certificates(own) if certified else None
    finger = one_of(Finger, own.number(1, "finger"), "finger")
    number = own.number(1, "number")
    scan_dpi, dpi = _read_scales(own)
    if (depth := own.number(1, "depth")) != pictures.DEPTH:
        raise BadRecord(f"{depth} bits a pixel")
    coding = _CODES.get(code := own.number(1, "compression"))
    if coding is None:
        raise BadRecord(f"compression {code}")
    impression = own.number(1, "impression type")
    width, height = own.number(2, "width"), own.number(2, "height")
    pictures.check_size(width, height)
    size = own.number(4, "picture length")
    if not size or (coding is Coding.RAW and size != width * height):
        raise BadRecord(f"a picture of {size} bytes")
    picture = own.take(size, "picture")
    extended = own.take(own.left, "extended data")
    _check_extended(extended)
    return FingerRecord(
        finger, width, height, picture, coding, dpi, scan_dpi, impression, taken, qualities, certificates,
        technology, vendor, device, number, extended,
    )  # fmt: skip


def _read_certificates(cursor: Cursor) -> tuple[bytes, ...]:
    count = cursor.number(1, "number of certificates")
    return tuple(cursor.take(CERTIFICATE_SIZE, "certificate") for _ in range(count))


def _read_scales(cursor: Cursor) -> tuple[int, int]:
    """Pixels per inch of the sensor and of the picture; both must be the same across and down."""
    scale = one_of(_Scale, cursor.number(1, "scale unit"), "scale unit")
    scan = cursor.number(2, "scan rate"), cursor.number(2, "scan rate")
    picture = cursor.number(2, "picture rate"), cursor.number(2, "picture rate")
    if scan[0] != scan[1] or picture[0] != picture[1] or not picture[0]:
        raise BadRecord(f"pixels of {scan} and {picture}")
    factor = INCH_CM if scale is _Scale.PER_CM else 1
    return round(scan[0] * factor), round(picture[0] * factor)


def _check_extended(data: bytes) -> None:
    """`BadRecord` unless `data` is a row of blocks: code (2), length with this head (2), content."""
    cursor = Cursor(data)
    while cursor.left:
        cursor.number(2, "extended block")
        length = cursor.number(2, "extended block")
        if length < 4:
            raise BadRecord(f"an extended block of {length} bytes")
        cursor.take(length - 4, "extended block")


def _write_one(record: FingerRecord) -> bytes:
    pictures.check_size(record.width, record.height)
    certificates = record.certificates or ()
    if not record.picture or any(len(each) != CERTIFICATE_SIZE for each in certificates):
        raise BadRecord("no picture, or a certificate that is none")
    _check_extended(record.extended)
    certified = record.certificates is not None
    body = b"".join(
        (
            write_time(record.taken),
            pack((record.technology, 1), (record.vendor, 2), (record.device, 2)),
            write_qualities(record.qualities),
            pack((len(certificates), 1)) + b"".join(certificates) if certified else b"",
            pack((record.finger, 1), (record.number, 1), (_Scale.PER_INCH, 1)),
            pack(*((rate, 2) for rate in (record.scan_dpi, record.scan_dpi, record.dpi, record.dpi))),
            pack((pictures.DEPTH, 1), (_CODING_BYTE[record.coding], 1), (record.impression, 1)),
            pack((record.width, 2), (record.height, 2), (len(record.picture), 4)),
            record.picture,
            record.extended,
        )
    )
    return pack((len(body) + 4, 4)) + body
