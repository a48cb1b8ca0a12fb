"""Picture files meant to crash, stall or fool the reader."""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from models.picture import MOST_SCANS, MOST_SLOW_BYTES, decode_picture
from models.picture_decoding import eight_bits
from tests.models_catalogue.pictures import code_of, encoded

TURNS = {2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (2,), 7: (6,), 8: (4,)}
"""Orientation → how an upright picture is stored under it."""


def corners(height: int = 48, width: int = 64) -> np.ndarray:
    """Brighter to the right and downwards: no two turns look alike."""
    return (np.linspace(0, 150, width)[None] + np.linspace(0, 100, height)[:, None]).astype(np.uint8)


def noted(orientation: object, extra: bytes = b"") -> bytes:
    note = Pillow.Exif()
    note[0x0112] = orientation
    return note.tobytes() + extra


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_orientation_is_applied_once_in_every_format(kind: str, orientation: int) -> None:
    stored = Pillow.fromarray(np.repeat(corners()[..., None], 3, axis=2))
    for turn in TURNS.get(orientation, ()):
        stored = stored.transpose(Pillow.Transpose(turn))
    note = Pillow.Exif()
    note[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 98}}.get(kind, {})
    picture = decode_picture(encoded(stored, kind, exif=note, **options))
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture[..., 0].astype(int) - corners()).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_deep_pictures(orientation: int) -> None:
    deep = corners().astype(np.uint16) * 257
    stored = Pillow.fromarray(deep)
    for turn in TURNS.get(orientation, ()):
        stored = stored.transpose(Pillow.Transpose(turn))
    note = Pillow.Exif()
    note[0x0112] = orientation
    assert np.array_equal(decode_picture(encoded(stored, "PNG", exif=note))[..., 1], corners())


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_orientations_that_do_not_exist_are_passed_over(kind: str, orientation: int) -> None:
    note = Pillow.Exif()
    note[0x0112] = orientation
    assert decode_picture(encoded(Pillow.fromarray(corners()), kind, exif=note)).shape == (48, 64, 3)


@pytest.mark.parametrize(
    "garbage",
    [
        b"Exif\0\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff" * 30,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\x08\0\0\0" + b"\0" * 8,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x09\0\0\0\x08\0\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0",
        b"Exif\0\0" + bytes(range(256)) * 20,
    ],
)
def test_garbage_notes_do_not_keep_a_picture_from_being_read(garbage: bytes) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        assert decode_picture(encoded(Pillow.fromarray(corners()), kind, exif=garbage)).shape == (48, 64, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animations_and_pages_are_refused(kind: str) -> None:
    frames = [Pillow.new("RGB", (40, 32), colour) for colour in ("red", "green", "blue")]
    several = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert code_of(several) == "picture.several_pictures"
    single = encoded(frames[0], kind, save_all=True)
    assert decode_picture(single).shape == (32, 40, 3)


def test_the_second_picture_in_a_cameras_jpeg_is_no_page() -> None:
    first, second = Pillow.new("RGB", (40, 32), "red"), Pillow.new("RGB", (20, 16), "blue")
    picture = decode_picture(encoded(first, "MPO", save_all=True, append_images=[second]))
    assert picture.shape == (32, 40, 3) and picture[0, 0, 2] > 200


def test_sixteen_bits_are_a_range_of_65535_however_dark() -> None:
    dark = Pillow.fromarray(np.full((30, 30), 200 * 20, np.uint16))
    for kind in ("PNG", "TIFF"):
        assert decode_picture(encoded(dark, kind))[0, 0, 0] == round(4000 / 257)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 32768.0, 65535.0], [0, 128, 255]),
        ([0.0, 6e5, 1e6], [0, 153, 255]),
        ([-5.0, -1.0, 1.0], [0, 0, 255]),
        ([float("nan"), float("inf"), 1.0], [0, 0, 255]),
        ([float("-inf"), 1e38, 1e38], [0, 255, 255]),
        ([-3.0, -2.0, -1.0], [0, 0, 0]),
    ],
)
def test_floating_point(values: list[float], expected: list[int]) -> None:
    stored = np.repeat(np.float32(values)[None], 30, axis=0).repeat(10, axis=1)
    picture = decode_picture(encoded(Pillow.fromarray(stored), "TIFF"))
    assert picture[0, ::10, 0].tolist() == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(width=32), min_size=1, max_size=40))
def test_any_floats_are_grey(values: list[float]) -> None:
    grey = eight_bits(np.float32([values]))
    assert grey.dtype == np.uint8 and grey.shape == (1, len(values))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff(kind: bytes, body: bytes) -> bytes:
    inner = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


BOMBS = {
    "png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "webp, extended": riff(b"VP8X", bytes([0, 0, 0, 0]) + b"\xff\x3f\0" * 2),
    "webp, lossless": riff(b"VP8L", b"\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14) + bytes(8)),
    "webp, lossy": riff(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0x3FFF, 0x3FFF) + bytes(8)),
    "gif": b"GIF89a" + struct.pack("<HH", 60000, 60000) + b"\0\0\0,"
    + struct.pack("<HHHH", 0, 0, 60000, 60000) + b"\0\x02\x02D\x01\0;",
    "bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0),
    "ppm": b"P6 60000 60000 255\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_before_they_take_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    assert code_of(BOMBS[name]) == "picture.too_large"
    assert time.monotonic() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_picture_at_the_limit_takes_about_a_gigabyte_at_most(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    Pillow.new("LA", (7000, 7000), (1, 100)).save(file, compress_level=1)
    told = (
        "import resource, sys; from models.picture import read_picture;"
        "side = max(read_picture(sys.argv[1]).shape);"
        "print(side, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, str(file)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    side, megabytes = map(int, done.stdout.split())
    assert side == 2560 and megabytes < 1200


def test_slow_codings_are_bounded() -> None:
    numbers = b"P3 2000 1400 255\n" + b"7 " * (MOST_SLOW_BYTES // 2)
    assert code_of(numbers) == "picture.not_a_picture"
    header = struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 1078, 40, 3000, 3000, 1, 8, 1, 0, 0, 0, 256, 0)
    assert code_of(b"BM" + header + bytes(1024) + b"\1\7" * MOST_SLOW_BYTES) == "picture.not_a_picture"
    small = encoded(Pillow.fromarray(corners()), "JPEG", progressive=True)
    last = small.rindex(b"\xff\xda")
    scan = small[last : last + 2 + struct.unpack(">H", small[last + 2 : last + 4])[0]]
    assert code_of(small[:-2] + scan * MOST_SCANS + b"\xff\xd9") == "picture.damaged"


def test_a_broken_tiff_says_nothing_itself(capfd: pytest.CaptureFixture[str]) -> None:
    whole = bytearray(encoded(Pillow.fromarray(corners()), "TIFF", compression="tiff_lzw"))
    for place in range(20, len(whole) - 200, 7):
        whole[place] = 0xFF
    assert code_of(bytes(whole)).startswith("picture.")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [(1, 1), (23, 500), (24, 9000), (9000, 24)])
def test_strange_shapes(size: tuple[int, int]) -> None:
    content = encoded(Pillow.new("RGB", size, "grey"), "PNG")
    if min(size) < 24:
        assert code_of(content) == "picture.too_small"
    else:
        assert max(decode_picture(content).shape) == 2560
