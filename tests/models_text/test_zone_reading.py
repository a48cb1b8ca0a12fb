"""Zones read from drawn documents: straight and slanted, in shadow, upside down, spoiled, or not there."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from drivers.api import Sex
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.mrz_layout import Format
from models.api import ModelError
from models.text import lines as text_lines
from models.text.lines import LineReader
from models.text.mrz_zone import ZoneReader, find_lines
from terminal.document import see_zone
from tests.models_text.drawn_documents import MONOSPACED, Scene, page, seen

CODES = {Format.TD3: "P", Format.TD1: "I", Format.TD2: "I", Format.PERMIT_LINE: "CS"}


def person(format_: Format, number: str = "MK1269983") -> DocumentFile:
    return DocumentFile(
        format=format_,
        code=CODES[format_],
        number="C12345678" if format_ is Format.PERMIT_LINE else number,
        surname="OUYANG",
        given_names="ALEX DOS",
        sex=Sex.FEMALE,
        birth=date(1981, 8, 3),
        expiry=date(2034, 12, 8),
    )


@pytest.fixture(scope="module")
def reader() -> ZoneReader:
    return ZoneReader(LineReader())


def photo(format_: Format, scene: Scene, seed: int = 1) -> np.ndarray:
    return seen(page(printed_zone(person(format_)), MONOSPACED, seed), scene, seed)


@pytest.mark.parametrize("format_", list(CODES))
@pytest.mark.parametrize(
    "scene",
    [
        Scene(blur=0.6, noise=2),
        Scene(share=0.6, turn_degrees=7, tilt=0.12, blur=1.2, noise=5, shadow=0.4),
        Scene((1280, 720), share=0.6, turn_degrees=-9, tilt=0.1, blur=1.0, noise=6, shadow=0.5, quality=80),
    ],
    ids=["straight", "slanted", "small and dark"],
)
def test_a_zone_is_read_as_it_was_printed(format_, scene, reader):
    found = see_zone(photo(format_, scene), reader)
    assert found is not None
    assert found.zone.lines == printed_zone(person(format_))
    assert found.certain
    assert not found.turned
    assert found.confidence > 0.7


def test_a_document_that_lies_upside_down_is_read(reader):
    picture = photo(Format.TD3, Scene(blur=0.6, noise=2))[::-1, ::-1].copy()
    found = see_zone(picture, reader)
    assert found is not None
    assert (found.certain, found.turned) == (True, True)
    assert found.zone.lines == printed_zone(person(Format.TD3))


@pytest.mark.parametrize("seed", range(4))
def test_a_zone_that_cannot_be_read_is_never_certain_of_another_key(seed, reader):
    scene = Scene((640, 360), share=0.55, blur=2.2, noise=14, shadow=0.6, quality=40)
    found = see_zone(photo(Format.TD3, scene, seed), reader)
    assert found is None or not found.certain or found.zone.key.number == "MK1269983"


def test_a_wrong_check_digit_is_read_as_it_stands_and_is_not_certain(reader):
    first, second = printed_zone(person(Format.TD3))
    wrong = second[:9] + str((int(second[9]) + 3) % 10) + second[10:]
    picture = seen(page((first, wrong), MONOSPACED, 2), Scene(blur=0.6, noise=2), 2)
    found = see_zone(picture, reader)
    assert found is not None
    assert found.zone.lines == (first, wrong)
    assert not found.certain
    assert "document.doubt.check_digit_number" in found.zone.doubts


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_picture_holds_no_zone(shade, reader):
    assert see_zone(np.full((480, 640, 3), shade, np.uint8), reader) is None
    assert find_lines(np.full((48, 640, 3), shade, np.uint8)) == ()


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2), (30, 40), (3, 4000), (1_000_000, 20)])
def test_pictures_of_any_shape_are_no_obstacle(size, reader):
    random = np.random.default_rng(5)
    assert reader.read(random.integers(0, 255, (*size, 3), dtype=np.uint8)) is not None


@pytest.mark.parametrize("size", [(900, 2), (2_000_000, 10), (2000, 100)])
def test_what_is_too_narrow_for_a_zone_is_not_searched(size):
    """Brought to the width of the search it would take gigabytes."""
    striped = np.zeros((*size, 3), np.uint8)
    striped[::7] = 255
    assert find_lines(striped) == ()


def test_other_print_is_no_zone(reader):
    picture = np.full((700, 1000, 3), 240, np.uint8)
    for row in range(8):
        cv2.putText(
            picture, "The quick brown fox jumps over dogs", (40, 60 + row * 70), 0, 1.3, (20, 20, 20), 2
        )
    found = see_zone(picture, reader)
    assert found is None or not found.certain


def test_each_place_has_its_best_letter_and_digit(reader):
    picture = page(("CSC012345678<0412084<8108033<8",), MONOSPACED)
    (zone, *_) = reader.read(picture)
    (line,) = zone.lines
    assert len(line.text) == len(line.letters) == len(line.digits) == len(line.sure) == 30
    assert line.digits[4:11] == "1234567"
    assert line.letters[:2] == "CS"
    assert all(0 <= each <= 1 for each in line.sure)
    assert "C01234567" not in repr(zone)


def test_a_network_that_is_not_the_listed_one_is_not_loaded(tmp_path, monkeypatch):
    package = tmp_path / "rapidocr"
    (package / "models").mkdir(parents=True)
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})()
    monkeypatch.setattr(text_lines, "find_spec", lambda name: spec)
    with pytest.raises(ModelError) as missing:
        LineReader()
    (package / "models" / text_lines.NETWORK).write_bytes(b"another network")
    with pytest.raises(ModelError) as altered:
        LineReader()
    monkeypatch.setattr(text_lines, "find_spec", lambda name: None)
    with pytest.raises(ModelError) as absent:
        LineReader()
    assert [each.value.code for each in (missing, altered, absent)] == [
        "model.missing",
        "model.altered",
        "model.missing",
    ]
