"""Finger and iris records: round trips, the documented layout, and bytes that lie about themselves."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.capture import Eye, Finger, FingerImage, IrisImage
from drivers.iso19794 import finger, iris, pictures
from drivers.iso19794.cursor import BadRecord, CannotDecode
from drivers.iso19794.finger import FingerRecord
from drivers.iso19794.iris import ImageType, IrisRecord
from drivers.iso19794.pictures import Coding
from drivers.iso19794.quality import Quality

U8, U16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
TIMES = st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)).map(
    lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000)
)
QUALITIES = st.lists(st.builds(Quality, st.integers(0, 100) | st.just(255), U16, U16), max_size=3).map(tuple)
GRADIENT = (np.add.outer(np.arange(48), np.arange(64)) * 2 % 256).astype(np.uint8)
CODINGS = (Coding.RAW, Coding.PNG, Coding.JPEG_2000)


def raw(width: int, height: int) -> bytes:
    return bytes(index % 251 for index in range(width * height))


@st.composite
def irises(draw: st.DrawFn) -> IrisRecord:
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    return IrisRecord(
        draw(st.sampled_from(Eye)), width, height, raw(width, height), Coding.RAW,
        draw(st.sampled_from(ImageType)), draw(TIMES), draw(QUALITIES), draw(U8), draw(U16), draw(U16),
        draw(U16), draw(U8), draw(U16), draw(U16), draw(U16), tuple(draw(U16) for _ in range(6)),
    )  # fmt: skip


@st.composite
def fingers(draw: st.DrawFn, certified: bool) -> FingerRecord:
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    blocks = st.lists(st.binary(max_size=8).map(lambda each: struct.pack(">HH", 1, 4 + len(each)) + each))
    return FingerRecord(
        draw(st.sampled_from(Finger)), width, height, raw(width, height), Coding.RAW,
        draw(st.integers(1, 0xFFFF)), draw(U16), draw(U8), draw(TIMES), draw(QUALITIES),
        tuple(draw(st.lists(st.binary(min_size=3, max_size=3), max_size=3))) if certified else None,
        draw(U8), draw(U16), draw(U16), draw(U8), b"".join(draw(blocks.map(lambda each: each[:2]))),
    )  # fmt: skip


@given(st.lists(irises(), min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_irises_come_back_as_written(records: list[IrisRecord]) -> None:
    assert iris.decode(iris.encode(records)) == tuple(records)


@given(st.booleans().flatmap(lambda certified: st.lists(fingers(certified), min_size=1, max_size=3)))
@settings(max_examples=80, deadline=None)
def test_fingers_come_back_as_written(records: list[FingerRecord]) -> None:
    assert finger.decode(finger.encode(records)) == tuple(records)


@pytest.mark.parametrize("coding", CODINGS)
def test_pictures_come_back_without_loss(coding: Coding) -> None:
    eye = iris.decode(iris.of_images([IrisImage(GRADIENT, Eye.LEFT, 71)], coding=coding))[0]
    assert np.array_equal(eye.image(), GRADIENT)
    assert (eye.eye, eye.quality, eye.coding) == (Eye.LEFT, 71, coding)
    record = finger.of_image(FingerImage(GRADIENT, Finger.LEFT_RING, 500, 33), coding=coding)
    one = finger.decode(record)[0]
    assert np.array_equal(one.image(), GRADIENT)
    assert (one.finger, one.quality, one.dpi) == (Finger.LEFT_RING, 33, 500)


def test_a_lossy_finger_is_nearly_the_same() -> None:
    record = finger.of_image(FingerImage(GRADIENT, Finger.LEFT_RING), coding=Coding.JPEG)
    back = finger.decode(record)[0].image()
    assert float(np.abs(back.astype(int) - GRADIENT).mean()) < 6


def test_the_iris_layout_is_the_published_one() -> None:
    """Offsets counted by hand in the table of specs/sbi.md §2."""
    moment = datetime(2026, 11, 21, 19, 33, 2, 250_000)
    record = IrisRecord(
        Eye.RIGHT, 4, 2, bytes(range(8)), Coding.RAW, ImageType.VGA, moment, (Quality(80, 0x0102, 0x0304),),
        1, 0x1112, 0x2122, 7, 0x33, 0x0200, 0x0101, 0x0202, (1, 2, 3, 4, 5, 6),
    )  # fmt: skip
    data = iris.encode([record])
    body = bytes.fromhex(
        "07ea 0b 15 13 21 02 00fa  01  1112 2122  01 50 0102 0304  0007 01 02 02 33 0004 0002 08"
        "0200 0101 0202  0001 0002 0003 0004 0005 0006  00000008 0001020304050607"
    )
    head = b"IIR\0" + b"020\0" + (len(body) + 20).to_bytes(4, "big") + bytes.fromhex("0001 00 01")
    assert data == head + (len(body) + 4).to_bytes(4, "big") + body


def test_the_finger_layout_is_the_published_one() -> None:
    record = FingerRecord(
        Finger.RIGHT_INDEX, 3, 2, bytes(6), Coding.RAW, 500, 1000, 0, None, (), None, 9, 0x0A0B, 0x0C0D, 1
    )
    body = bytes.fromhex(
        "ffffffffffffffffff 09 0a0b 0c0d 00 02 01 01 03e8 03e8 01f4 01f4 08 00 00"
        "0003 0002 00000006 000000000000"
    )
    head = b"FIR\0" + b"020\0" + (len(body) + 20).to_bytes(4, "big") + bytes.fromhex("0001 00 01")
    assert finger.encode([record]) == head + (len(body) + 4).to_bytes(4, "big") + body


def eye_record(**changes: Any) -> bytes:
    sound = IrisRecord(Eye.LEFT, 64, 48, pictures.encode(GRADIENT, Coding.RAW), Coding.RAW)
    return iris.encode([dataclasses.replace(sound, **changes)])


def finger_record(**changes: Any) -> bytes:
    sound = FingerRecord(Finger.LEFT_INDEX, 64, 48, pictures.encode(GRADIENT, Coding.RAW), Coding.RAW)
    return finger.encode([dataclasses.replace(sound, **changes)])


BOTH = [(iris, eye_record), (finger, finger_record)]


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


LIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "head only": lambda data: data[:16],
    "cut": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "other magic": lambda data: b"FMR" + data[3:],
    "other version": lambda data: patched(data, 4, b"030"),
    "total too large": lambda data: patched(data, 8, b"\xff\xff\xff\xff"),
    "no pictures": lambda data: patched(data, 12, b"\0\0"),
    "no pictures and none there": lambda data: patched(patched(data[:16], 12, b"\0\0"), 8, b"\0\0\0\x10"),
    "more pictures than there are": lambda data: patched(data, 12, b"\0\2"),
    "65535 pictures": lambda data: patched(data, 12, b"\xff\xff"),
    "picture record too long": lambda data: patched(data, 16, b"\xff\xff\xff\xff"),
    "picture record of nothing": lambda data: patched(data, 16, b"\0\0\0\0"),
    "picture record too short": lambda data: patched(data, 16, (len(data) - 17).to_bytes(4, "big")),
    "more qualities than bytes": lambda data: patched(data, 34, b"\xff"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize(("module", "make"), BOTH, ids=["iris", "finger"])
def test_a_record_that_lies_is_refused(module: ModuleType, make: Callable[[], bytes], lie: str) -> None:
    with pytest.raises(BadRecord):
        module.decode(LIES[lie](make()))


@pytest.mark.parametrize(("module", "make"), BOTH, ids=["iris", "finger"])
def test_a_picture_length_that_lies_is_refused(module: ModuleType, make: Callable[[], bytes]) -> None:
    data = make()
    at = len(data) - 64 * 48 - 4
    for wrong in (0, 1, 64 * 48 - 1, 64 * 48 + 1, 0xFFFFFFFF):
        with pytest.raises(BadRecord):
            module.decode(patched(data, at, wrong.to_bytes(4, "big")))


@pytest.mark.parametrize(("width", "height"), [(0, 48), (64, 0), (65535, 65535), (48, 64 + 1)])
@pytest.mark.parametrize(("module", "make"), BOTH, ids=["iris", "finger"])
def test_dimensions_that_lie_are_refused(
    module: ModuleType, make: Callable[[], bytes], width: int, height: int
) -> None:
    at = 41 if module is iris else 49
    data = make()
    assert data[at : at + 4] == struct.pack(">HH", 64, 48)
    with pytest.raises(BadRecord):
        module.decode(patched(data, at, struct.pack(">HH", width, height)))


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.JPEG_2000])
@pytest.mark.parametrize("size", [(63, 48), (64, 49), (3000, 4000)])
def test_a_picture_of_another_size_than_the_record_says_is_refused(
    coding: Coding, size: tuple[int, int]
) -> None:
    data = pictures.encode(GRADIENT, coding)
    for module, make in BOTH:
        (record,) = module.decode(make(coding=coding, picture=data, width=size[0], height=size[1]))
        with pytest.raises(BadRecord):
            record.image()


def test_a_huge_code_stream_in_a_small_box_is_refused() -> None:
    """The header box says 64 × 48, the code stream 60,000 × 60,000."""
    data = pictures.encode(GRADIENT, Coding.JPEG_2000)
    at = data.index(b"\xff\x4f\xff\x51") + 8
    huge = patched(data, at, struct.pack(">II", 60_000, 60_000))
    with pytest.raises(BadRecord, match="code stream of 60000"):
        pictures.decode(huge, Coding.JPEG_2000, 64, 48)


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.JPEG, Coding.JPEG_2000])
def test_damaged_pictures_are_refused_or_decoded_to_their_size(coding: Coding) -> None:
    data = pictures.encode(GRADIENT, coding)
    random = np.random.default_rng(5)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data[: random.integers(1, len(data) + 1)])
        for _ in range(random.integers(0, 4)):
            damaged[random.integers(0, len(damaged))] = random.integers(0, 256)
        try:
            assert pictures.decode(bytes(damaged), coding, 64, 48).shape == (48, 64)
        except BadRecord:
            refused += 1
    assert refused > 100


def test_a_code_stream_of_many_tiny_tiles_is_refused() -> None:
    """Each would cost memory before a pixel is decoded."""
    data = pictures.encode(GRADIENT, Coding.JPEG_2000)
    at = data.index(b"\xff\x4f\xff\x51") + 24
    with pytest.raises(BadRecord, match="too many tiles"):
        pictures.decode(patched(data, at, struct.pack(">II", 1, 1)), Coding.JPEG_2000, 64, 48)


def test_wsq_is_carried_and_named() -> None:
    (record,) = finger.decode(finger_record(coding=Coding.WSQ, picture=b"\xff\xa0rest"))
    with pytest.raises(CannotDecode):
        record.image()


@given(st.binary(max_size=200), st.sampled_from(["bare", "iris", "finger", "patched iris", "patched finger"]))
@settings(max_examples=400, deadline=None)
def test_no_bytes_bring_anything_but_a_bad_record(noise: bytes, way: str) -> None:
    module, make = BOTH["finger" in way]
    sound = make()
    if way.startswith("patched"):
        data = patched(sound, 8 + len(noise) * 7 % 60, noise)[: len(sound)]
    else:
        data = noise if way == "bare" else module.MAGIC + (len(noise) + 12).to_bytes(4, "big") + noise
    try:
        records = module.decode(data)
    except BadRecord:
        return
    assert records
    for record in records:
        try:
            assert record.image().shape == (record.height, record.width)
        except BadRecord:
            continue


@pytest.mark.parametrize(
    "changes",
    [{"width": 0}, {"number": -1}, {"vendor": 1 << 16}, {"picture": b""}, {"qualities": (Quality(1),) * 256}],
)
@pytest.mark.parametrize("make", [eye_record, finger_record])
def test_what_does_not_fit_is_not_written(make: Callable[..., bytes], changes: dict[str, object]) -> None:
    with pytest.raises(BadRecord):
        make(**changes)


def test_nothing_biometric_is_shown() -> None:
    (record,) = iris.decode(eye_record())
    assert "\\x" not in repr(record)
    (print_,) = finger.decode(finger_record(extended=b"\0\1\0\6ab"))
    assert "\\x" not in repr(print_)
