"""Records of fingers and irises (ISO/IEC 19794), the pictures in them, and messages of signing devices."""

from __future__ import annotations

import functools
import struct
from datetime import UTC, datetime

import numpy as np

from drivers.capture import Eye, Finger, FingerImage, IrisImage
from drivers.errors import DeviceError
from drivers.iso19794 import finger, iris, pictures
from drivers.iso19794.cursor import BadRecord
from drivers.iso19794.pictures import Coding
from drivers.sbi import documents, identity, jws, wire
from drivers.sbi.trust import Trust, Untrusted
from tests.fuzz.target import Target

_PICTURE = (np.add.outer(np.arange(16), np.arange(20)) * 3).astype(np.uint8)
_CODINGS = (Coding.PNG, Coding.JPEG_2000, Coding.JPEG)
_MOST_DECODED = 1 << 16
"""Pixels of a picture that is decoded in fuzzing; larger ones would only be slow."""
_HEADER = jws.encode(b'{"alg":"RS256","typ":"JWT","x5c":["AAAA"]}')


def finger_record(data: bytes) -> None:
    """What is accepted says the same when written and read again."""
    try:
        records = finger.decode(data)
    except BadRecord:
        return
    again = finger.decode(finger.encode(records))
    assert again == records
    assert sum(len(each.picture) for each in records) < len(data)


def iris_record(data: bytes) -> None:
    """What is accepted says the same when written and read again."""
    try:
        records = iris.decode(data)
    except BadRecord:
        return
    assert iris.decode(iris.encode(records)) == records
    assert sum(len(each.picture) for each in records) < len(data)


def pictures_in_records(data: bytes) -> None:
    """The first byte says how it is coded, the next four its size; what is decoded has that size."""
    if len(data) < 5:
        return
    width, height = struct.unpack(">HH", data[1:5])
    if width * height > _MOST_DECODED:
        return
    try:
        picture = pictures.decode(data[5:], _CODINGS[data[0] % len(_CODINGS)], width, height)
    except BadRecord:
        return
    assert picture.shape == (height, width)


def signed_messages(data: bytes) -> None:
    """Nothing that is not signed is ever accepted, whatever its header says."""
    token = data.decode("latin-1")
    for each in (token, f"{_HEADER}.{token}.{token}", f"{jws.encode(data)}.e30.e30"):
        try:
            jws.verify(each, Trust(), datetime.now(UTC))
        except (jws.NotSigned, jws.WrongAlgorithm, Untrusted):
            continue
        raise AssertionError("accepted")


def service_answers(data: bytes) -> None:
    """Any answer is JSON or a device error; any announcement is sound or passed over."""
    try:
        answer = wire.parse(data, "fuzzed")
    except DeviceError:
        return
    for item in answer if isinstance(answer, list) else [answer]:
        found = identity.announced(4501, item)
        assert found is None or (found.device_id and found.type)
        number = documents.error_number(item.get("error") if isinstance(item, dict) else item)
        assert number is None or number >= 0


@functools.cache
def _pictures() -> tuple[bytes, ...]:
    size = struct.pack(">HH", _PICTURE.shape[1], _PICTURE.shape[0])
    coded = [pictures.encode(_PICTURE, coding) for coding in _CODINGS]
    return tuple(bytes([number]) + size + each for number, each in enumerate(coded))


TARGETS: tuple[Target, ...] = (
    Target("finger_record", finger_record, (finger.of_image(FingerImage(_PICTURE, Finger.LEFT_RING)),)),
    Target("iris_record", iris_record, (iris.of_images([IrisImage(_PICTURE, Eye.LEFT, 7)]),)),
    Target("record_pictures", pictures_in_records, _pictures()),
    Target(
        "signed_messages", signed_messages, (b"e30", b'{"alg":"none"}', b'{"alg":"RS256","x5c":["MIIB"]}')
    ),
    Target(
        "service_answers",
        service_answers,
        (
            b'[{"deviceId":"1","digitalId":"eyJ0eXBlIjoiSXJpcyJ9","deviceStatus":"Ready"}]',
            b'{"error":{"errorCode":"701"}}',
        ),
    ),
)
