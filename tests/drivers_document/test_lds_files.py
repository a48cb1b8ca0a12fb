"""The files of a chip: what the issuer writes is read again; any other bytes are refused, never a crash."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from drivers.document import issue, lds, tlv
from drivers.document.documentfile import DocumentFile
from drivers.document.lds import BadData
from drivers.iso19794 import face

PARSERS = (lds.parse_com, lds.parse_dg1, lds.parse_dg2, lds.parse_dg11, lds.parse_dg12)


def picture(coding: str = "JPEG2000", size: tuple[int, int] = (60, 80)) -> bytes:
    shades = np.linspace(20, 230, size[0] * size[1] * 3).reshape(size[1], size[0], 3)
    out = io.BytesIO()
    Pillow.fromarray(shades.astype(np.uint8)).save(out, coding)
    return out.getvalue()


PERSON = DocumentFile(
    number="X1234567",
    surname="SPECIMEN",
    given_names="ALEX",
    birth=date(1990, 2, 3),
    expiry=date(2031, 2, 3),
    native_name="样<<本",
    portrait=picture(),
    details={"birth_place": "UTOPIA<CITY", "issue_date": "20210203", "issuing_authority": "Office of Tests"},
)
GROUPS = issue.data_groups(PERSON)
FILES = issue.issue(PERSON, issue.TestAuthority(("UTO",)))


def test_what_was_issued_is_read_again():
    assert lds.parse_com(FILES[issue.COM]) == (1, 2, 11, 12)
    assert lds.parse_dg1(GROUPS[1])[1].startswith("X1234567<")
    assert lds.parse_dg2(GROUPS[2]) == PERSON.portrait
    assert lds.parse_dg11(GROUPS[11]) == {"native_name": "样 本", "birth_place": "UTOPIA CITY"}
    assert lds.parse_dg12(GROUPS[12]) == {"issue_date": "20210203", "issuing_authority": "Office of Tests"}
    assert FILES.keys() == {0x011E, 0x0101, 0x0102, 0x010B, 0x010C, 0x011D}


def test_padding_behind_a_file_is_no_obstacle():
    assert lds.parse_dg1(GROUPS[1] + bytes(20)) == lds.parse_dg1(GROUPS[1])


def test_dates_may_be_packed_and_names_several():
    names = tlv.encode(0x02, b"\x02") + tlv.encode(0x5F0F, "别名".encode()) + tlv.encode(0x5F0F, b"ALIAS")
    file = tlv.encode(0x6B, tlv.encode(0x5F2B, bytes.fromhex("19900203")) + tlv.encode(0xA0, names))
    assert lds.parse_dg11(file) == {"full_birth_date": "19900203", "other_name": "别名; ALIAS"}


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@pytest.mark.parametrize(
    "file", [b"", b"\x60", b"\x61\x80", b"\x75\x84\xff\xff\xff\xff", bytes(100), b"\xff" * 100]
)
def test_what_is_no_such_file_is_bad_data(parser, file):
    with pytest.raises(BadData):
        parser(file)


@pytest.mark.parametrize(
    ("parser", "file"),
    [
        (lds.parse_com, tlv.encode(0x60, tlv.encode(0x5C, b"\x61\x99"))),
        (lds.parse_com, tlv.encode(0x60, b"")),
        (lds.parse_dg1, tlv.encode(0x61, tlv.encode(0x5F1F, b"X" * 89))),
        (lds.parse_dg1, tlv.encode(0x61, tlv.encode(0x5F1F, b"\xe9" * 88))),
        (lds.parse_dg1, tlv.encode(0x61, tlv.encode(0x5F0E, b"X" * 88))),
        (lds.parse_dg2, tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(0x02, b"\x00")))),
        (lds.parse_dg2, tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x5F2E, b"FAC"))))),
        (lds.parse_dg11, tlv.encode(0x6B, tlv.encode(0x5F0E, b"") * 300)),
    ],
)
def test_the_right_tag_with_the_wrong_content_is_bad_data(parser, file):
    with pytest.raises(BadData):
        parser(file)


@given(st.sampled_from(PARSERS), st.binary(max_size=400))
def test_no_bytes_raise_anything_else(parser, data):
    for file in (data, *(tlv.encode(tag, data) for tag in (0x60, 0x61, 0x75, 0x6B, 0x6C))):
        try:
            parser(file)
        except BadData:
            continue


@given(st.sampled_from(sorted(GROUPS)), st.data())
def test_no_damage_raises_anything_else(number, data):
    file = bytearray(GROUPS[number])
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, min(80, len(file) - 1)))] = data.draw(st.integers(0, 255))
    damaged = bytes(file[: data.draw(st.integers(0, len(file)))])
    try:
        PARSERS[{1: 1, 2: 2, 11: 3, 12: 4}[number]](damaged)
    except BadData:
        return


@pytest.mark.parametrize("coding", ["JPEG2000", "JPEG"])
def test_a_portrait_becomes_a_picture(coding):
    image = lds.portrait_image(picture(coding))
    assert image is not None
    assert image.shape == (80, 60, 3)
    assert image[0, 0].mean() < 60 < 190 < image[-1, -1].mean()


def test_a_portrait_in_colour_keeps_its_channels():
    out = io.BytesIO()
    Pillow.new("RGB", (40, 40), (200, 30, 60)).save(out, "JPEG2000")
    image = lds.portrait_image(out.getvalue())
    assert image is not None
    assert np.abs(image[20, 20].astype(int) - (60, 30, 200)).max() < 8, "BGR"


def test_a_portrait_that_would_fill_the_memory_is_not_decoded():
    out = io.BytesIO()
    Pillow.new("L", (5000, 5000)).save(out, "JPEG2000")
    assert len(out.getvalue()) < 100_000
    assert lds.portrait_image(out.getvalue()) is None


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 120])
def test_a_damaged_portrait_is_none(cut):
    assert lds.portrait_image(picture()[:cut]) is None
    assert lds.portrait_image(b"GIF89a" + bytes(60)) is None


@pytest.mark.parametrize("version", list(face.Version))
@pytest.mark.parametrize("coding", [face.Coding.JPEG, face.Coding.JPEG2000])
def test_a_face_record_is_read_as_it_was_written(version, coding):
    quality = 87 if version is face.Version.OF_2011 else None
    image = face.FaceImage(b"picture" * 9, coding, 480, 640, quality)
    assert face.decode(face.encode(image, version)) == (image,)


def test_the_bytes_of_both_face_records_are_those_of_the_standard():
    image = face.FaceImage(b"\xff\xd8\xff\xd9", face.Coding.JPEG, 0x1E0, 0x280)
    old, new = face.encode(image), face.encode(image, face.Version.OF_2011)
    assert old.hex() == (
        "46414300" "30313000" "00000032" "0001"
        "00000024" "0000" "000000" "000000" "0000" "000000" "000000"
        "01" "00" "01e0" "0280" "01" "00" "0000" "0000"
        "ffd8ffd9"
    )  # fmt: skip
    assert new.hex() == (
        "46414300" "30333000" "00000048" "0001" "00" "0000"
        "00000037" "ffffffffffffffffff" "00" "0000" "0000" "00"
        "0000" "00000000" "000000" "0000" "000000" "000000"
        "01" "00" "01e0" "0280" "00" "0000" "00" "01"
        "00000004" "ffd8ffd9"
    )  # fmt: skip


def test_landmarks_and_qualities_before_the_picture_are_passed_over():
    image = face.FaceImage(b"\xff\xd8\xff\xd9", face.Coding.JPEG, 1, 1)
    old = bytearray(face.encode(image))
    old[18:20] = (2).to_bytes(2, "big")
    old[34:34] = bytes(16)
    old[8:12], old[14:18] = len(old).to_bytes(4, "big"), (len(old) - 14).to_bytes(4, "big")
    assert face.decode(bytes(old)) == (image,)


@given(st.binary(max_size=200), st.sampled_from(list(face.Version)))
def test_no_bytes_make_a_face_record_raise_anything_else(data, version):
    good = face.encode(face.FaceImage(data or b"x", face.Coding.JPEG, 1, 1), version)
    for record in (data, face.MAGIC + version.value + data, good[: len(data)], good + data):
        try:
            found = face.decode(record)
        except face.BadRecord:
            continue
        assert all(each.data for each in found)
