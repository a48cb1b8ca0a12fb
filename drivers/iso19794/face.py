"""Face image records: ISO/IEC 19794-5:2005 (version 010, e-passports) and :2011 (030, certified cameras).

Only what is needed to find the pictures is kept. Reading takes any bytes and raises nothing but `BadRecord`.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass, field

MAGIC = b"FAC\0"
MOST_BYTES = 8_000_000
"""A longer record is refused unread."""
MOST_FACES = 16
_HEAD_2005 = struct.Struct(">4s4sIH")
_FACE_2005 = struct.Struct(">IHBBB3s2s3s3s")
_IMAGE_2005 = struct.Struct(">BBHHBBHH")
_HEAD_2011 = struct.Struct(">4s4sIHBH")
_CAPTURE_2011 = struct.Struct(">I9sBHHB")
_QUALITY_2011 = struct.Struct(">BHH")
_FACE_2011 = struct.Struct(">HBBBB3s2s3s3s")
_IMAGE_2011 = struct.Struct(">BBHHBHBB")
_LANDMARK_BYTES = 8
_NO_MOMENT = b"\xff" * 9
"""A capture time that was not recorded."""


class BadRecord(ValueError):
    """These bytes are no face record of a known version."""


class Version(enum.Enum):
    """Versions of the record, as written in it."""

    OF_2005 = b"010\0"
    OF_2011 = b"030\0"


class Coding(enum.StrEnum):
    """How the picture is coded."""

    JPEG = "jpeg"
    JPEG2000 = "jpeg2000"
    PNG = "png"


_CODES = {
    Version.OF_2005: (Coding.JPEG, Coding.JPEG2000),
    Version.OF_2011: (Coding.JPEG, Coding.JPEG2000, Coding.JPEG2000, Coding.PNG),
}
"""By the number in the record; the 2011 edition counts lossy and lossless JPEG 2000 apart."""


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One picture of a face."""

    data: bytes = field(repr=False)
    coding: Coding
    width: int
    height: int
    """In pixels, as the record says; the coded picture is to be believed rather than it."""
    quality: int | None = None
    """0-100; None when the record holds none."""


def decode(record: bytes) -> tuple[FaceImage, ...]:
    """The pictures of a record, at least one. `BadRecord` for anything else."""
    if len(record) > MOST_BYTES:
        raise BadRecord(f"a face record of {len(record)} bytes")
    if record[:4] != MAGIC:
        raise BadRecord("not a face record")
    try:
        version = Version(record[4:8])
    except ValueError as error:
        raise BadRecord("a face record of an unknown version") from error
    try:
        return _decode_2005(record) if version is Version.OF_2005 else _decode_2011(record)
    except struct.error as error:
        raise BadRecord("a face record ends too soon") from error


def encode(image: FaceImage, version: Version = Version.OF_2005) -> bytes:
    """A record that holds one picture, full frontal, of which nothing else is told."""
    code = _CODES[version].index(image.coding)
    if version is Version.OF_2005:
        face_bytes = _FACE_2005.size + _IMAGE_2005.size + len(image.data)
        head = _HEAD_2005.pack(MAGIC, version.value, _HEAD_2005.size + face_bytes, 1)
        face = _FACE_2005.pack(face_bytes, 0, 0, 0, 0, bytes(3), bytes(2), bytes(3), bytes(3))
        return head + face + _IMAGE_2005.pack(1, code, image.width, image.height, 1, 0, 0, 0) + image.data
    qualities = b"" if image.quality is None else _QUALITY_2011.pack(image.quality, 0, 0)
    blocks = qualities + _FACE_2011.pack(0, 0, 0, 0, 0, bytes(3), bytes(2), bytes(3), bytes(3))
    blocks += _IMAGE_2011.pack(1, code, image.width, image.height, 0, 0, 0, 1)
    face_bytes = _CAPTURE_2011.size + len(blocks) + 4 + len(image.data)
    capture = _CAPTURE_2011.pack(face_bytes, _NO_MOMENT, 0, 0, 0, len(qualities) // _QUALITY_2011.size)
    head = _HEAD_2011.pack(MAGIC, version.value, _HEAD_2011.size + face_bytes, 1, 0, 0)
    return head + capture + blocks + len(image.data).to_bytes(4, "big") + image.data


def _decode_2005(record: bytes) -> tuple[FaceImage, ...]:
    _, _, length, count = _HEAD_2005.unpack_from(record)
    _check(record, length, count)
    found, at = [], _HEAD_2005.size
    for _ in range(count):
        block, landmarks, *_ = _FACE_2005.unpack_from(record, at)
        end = _end(at, block, length)
        image_at = at + _FACE_2005.size + landmarks * _LANDMARK_BYTES
        _, code, width, height, _, _, _, quality = _IMAGE_2005.unpack_from(record, image_at)
        data = record[image_at + _IMAGE_2005.size : end]
        found.append(_image(Version.OF_2005, data, code, (width, height), quality or None))
        at = end
    return tuple(found)


def _decode_2011(record: bytes) -> tuple[FaceImage, ...]:
    _, _, length, count, *_ = _HEAD_2011.unpack_from(record)
    _check(record, length, count)
    found, at = [], _HEAD_2011.size
    for _ in range(count):
        block, _, _, _, _, qualities = _CAPTURE_2011.unpack_from(record, at)
        end = _end(at, block, length)
        face_at = at + _CAPTURE_2011.size + qualities * _QUALITY_2011.size
        quality = record[at + _CAPTURE_2011.size] if qualities else None
        landmarks, *_ = _FACE_2011.unpack_from(record, face_at)
        image_at = face_at + _FACE_2011.size + landmarks * _LANDMARK_BYTES
        _, code, width, height, *_ = _IMAGE_2011.unpack_from(record, image_at)
        data_at = image_at + _IMAGE_2011.size + 4
        size = int.from_bytes(record[data_at - 4 : data_at], "big")
        if data_at + size > end:
            raise BadRecord("a picture is longer than its record")
        data = record[data_at : data_at + size]
        found.append(_image(Version.OF_2011, data, code, (width, height), quality))
        at = end
    return tuple(found)


def _check(record: bytes, length: int, count: int) -> None:
    if length > len(record):
        raise BadRecord("a face record is shorter than it says")
    if not 1 <= count <= MOST_FACES:
        raise BadRecord(f"a face record of {count} pictures")


def _end(at: int, block: int, length: int) -> int:
    if block < _CAPTURE_2011.size or at + block > length:
        raise BadRecord("a picture's block does not fit its record")
    return at + block


def _image(version: Version, data: bytes, code: int, size: tuple[int, int], quality: int | None) -> FaceImage:
    if code >= len(_CODES[version]):
        raise BadRecord(f"a picture coded in way {code}")
    if not data:
        raise BadRecord("a face record without a picture")
    known = quality if quality is not None and quality <= 100 else None
    return FaceImage(data, _CODES[version][code], *size, known)
