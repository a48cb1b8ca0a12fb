"""Iris image records of ISO/IEC 19794-6:2011 (``IIR 020``): reading and writing.

Strict: every length must be the true one. The layout is that of specs/sbi.md §2.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from drivers.capture import Eye, IrisImage
from drivers.iso19794 import pictures
from drivers.iso19794.cursor import BadRecord, Cursor, one_of, pack, read_time, write_time
from drivers.iso19794.head import read_head, with_head
from drivers.iso19794.pictures import Coding, Grey
from drivers.iso19794.quality import Quality, best, read_qualities, write_qualities

MAGIC = b"IIR\x00020\x00"
MOST_RECORDS = 16
UNKNOWN_PLACE = (0, 0, 0, 0, 0, 0)
"""Iris centre and diameter when nobody measured them."""
UNKNOWN_ANGLE = 0xFFFF

_CODES = MappingProxyType({2: Coding.RAW, 10: Coding.JPEG_2000, 14: Coding.PNG})
_CODING_BYTE = MappingProxyType({coding: code for code, coding in _CODES.items()})


class ImageType(enum.IntEnum):
    """How much of the surroundings the picture shows."""

    UNCROPPED = 1
    VGA = 2
    CROPPED = 3
    CROPPED_AND_MASKED = 7


@dataclass(frozen=True, slots=True)
class IrisRecord:
    """One picture of one eye with what the record says of it. `repr` shows no picture."""

    eye: Eye
    width: int
    height: int
    picture: bytes = field(repr=False)
    """As stored."""
    coding: Coding = Coding.PNG
    type: ImageType = ImageType.UNCROPPED
    taken: datetime | None = None
    qualities: tuple[Quality, ...] = ()
    technology: int = 0
    vendor: int = 0
    device: int = 0
    number: int = 1
    properties: int = 0
    range_mm: int = 0
    """Camera to eye; 0 unknown."""
    roll: int = UNKNOWN_ANGLE
    roll_uncertainty: int = UNKNOWN_ANGLE
    place: tuple[int, ...] = UNKNOWN_PLACE
    """Centre x smallest and largest, centre y likewise, diameter likewise, in pixels; 0 unknown."""

    @property
    def quality(self) -> int | None:
        """The first quality score, 0-100; None when there is none."""
        return best(self.qualities)

    def image(self) -> Grey:
        """The decoded picture; `BadRecord` when it is not what the record says."""
        return pictures.decode(self.picture, self.coding, self.width, self.height)


def decode(data: bytes) -> tuple[IrisRecord, ...]:
    """The pictures of a record, one at least; `BadRecord` when it is none. Pictures are not decoded yet."""
    cursor, count = read_head(data, MAGIC, MOST_RECORDS, "an iris record")
    if cursor.number(1, "certification flag"):
        raise BadRecord("certification of irises does not exist")
    eyes = cursor.number(1, "number of eyes")
    records = tuple(_read_one(cursor) for _ in range(count))
    cursor.finish("record")
    if eyes not in (0, len({record.eye for record in records})):
        raise BadRecord(f"{eyes} eyes said, others given")
    return records


def encode(records: Sequence[IrisRecord]) -> bytes:
    """The bytes of a record with these pictures. `BadRecord` when they do not fit into one."""
    if not 1 <= len(records) <= MOST_RECORDS:
        raise BadRecord(f"{len(records)} pictures")
    written = b"".join(_write_one(record) for record in records)
    eyes = len({record.eye for record in records})
    return with_head(MAGIC, len(records), (0, 0 if eyes > 2 else eyes), written)


def of_images(
    images: Sequence[IrisImage], taken: datetime | None = None, coding: Coding = Coding.PNG
) -> bytes:
    """A record of what an iris scanner gave."""
    return encode([_record(image, number, taken, coding) for number, image in enumerate(images, 1)])


def _record(image: IrisImage, number: int, taken: datetime | None, coding: Coding) -> IrisRecord:
    height, width = image.image.shape
    scores = () if image.quality is None else (Quality(image.quality),)
    picture = pictures.encode(image.image, coding)
    return IrisRecord(image.eye, width, height, picture, coding, taken=taken, qualities=scores, number=number)


def _read_one(cursor: Cursor) -> IrisRecord:
    length = cursor.number(4, "picture record")
    if length < 4:
        raise BadRecord(f"a picture record of {length} bytes")
    own = cursor.part(length - 4, "picture record")
    taken = read_time(own.take(9, "time"))
    technology, vendor, device = own.number(1, "device"), own.number(2, "device"), own.number(2, "device")
    qualities = read_qualities(own)
    number = own.number(2, "number")
    eye = one_of(Eye, own.number(1, "eye"), "eye")
    kind = one_of(ImageType, own.number(1, "image type"), "image type")
    coding = _CODES.get(code := own.number(1, "image format"))
    if coding is None:
        raise BadRecord(f"image format {code}")
    properties = own.number(1, "properties")
    width, height = own.number(2, "width"), own.number(2, "height")
    pictures.check_size(width, height)
    if (depth := own.number(1, "depth")) != pictures.DEPTH:
        raise BadRecord(f"{depth} bits a pixel")
    reach, roll, uncertainty = own.number(2, "range"), own.number(2, "roll"), own.number(2, "roll")
    place = tuple(own.number(2, "place") for _ in range(6))
    size = own.number(4, "picture length")
    if not size or (coding is Coding.RAW and size != width * height):
        raise BadRecord(f"a picture of {size} bytes")
    picture = own.take(size, "picture")
    own.finish("picture record")
    return IrisRecord(
        eye, width, height, picture, coding, kind, taken, qualities, technology, vendor, device, number,
        properties, reach, roll, uncertainty, place,
    )  # fmt: skip


def _write_one(record: IrisRecord) -> bytes:
    pictures.check_size(record.width, record.height)
    if record.coding not in _CODING_BYTE or len(record.place) != 6 or not record.picture:
        raise BadRecord(f"an iris record cannot hold {record.coding}")
    body = b"".join(
        (
            write_time(record.taken),
            pack((record.technology, 1), (record.vendor, 2), (record.device, 2)),
            write_qualities(record.qualities),
            pack((record.number, 2), (record.eye, 1), (record.type, 1)),
            pack((_CODING_BYTE[record.coding], 1), (record.properties, 1)),
            pack((record.width, 2), (record.height, 2), (pictures.DEPTH, 1)),
            pack((record.range_mm, 2), (record.roll, 2), (record.roll_uncertainty, 2)),
            pack(*((each, 2) for each in record.place)),
            pack((len(record.picture), 4)),
            record.picture,
        )
    )
    return (len(body) + 4).to_bytes(4, "big") + body
