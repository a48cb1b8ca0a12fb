"""Any picture file a person may bring, good or bad."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from models.api import PictureError
from models.picture import LONG_SIDE, decode_picture, read_picture
from tests.models_catalogue.pictures import code_of, encoded


def gradient(width: int = 64, height: int = 48) -> Pillow.Image:
    """Red grows to the right, green downwards; blue is 20."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width)
    picture[..., 1] = np.linspace(0, 255, height)[:, None]
    picture[..., 2] = 20
    return Pillow.fromarray(picture)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "JPEG", "WEBP", "JPEG2000"])
def test_common_formats_become_bgr(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "张三 的照片.图"
    file.write_bytes(encoded(gradient(), kind, **({"quality": 95} if kind in {"JPEG", "WEBP"} else {})))
    picture = read_picture(file)
    assert (picture.shape, picture.dtype) == ((48, 64, 3), np.uint8)
    assert picture.flags["C_CONTIGUOUS"]
    corner = picture[2, 60].astype(int)
    assert abs(corner - (20, 11, 243)).max() < 25


def test_grey_palette_transparent_and_deep_pictures() -> None:
    grey = decode_picture(encoded(gradient().convert("L"), "PNG"))
    assert grey.shape == (48, 64, 3) and (grey[..., 0] == grey[..., 2]).all()
    palette = decode_picture(encoded(gradient().convert("P"), "PNG"))
    assert palette.shape == (48, 64, 3)
    clear = Pillow.new("RGBA", (30, 30), (200, 0, 0, 0))
    assert (decode_picture(encoded(clear, "PNG")) == 255).all()
    deep = Pillow.fromarray(np.linspace(0, 65535, 48 * 64).reshape(48, 64).astype(np.uint16))
    levels = decode_picture(encoded(deep, "PNG"))
    assert levels[0, 0, 0] == 0 and levels[-1, -1, 0] == 255 and 120 < levels[24, 0, 1] < 135
    black_and_white = decode_picture(encoded(gradient().convert("1"), "PNG"))
    assert set(np.unique(black_and_white)) <= {0, 255}
    print_colours = decode_picture(encoded(gradient().convert("CMYK"), "JPEG"))
    assert print_colours.shape == (48, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_note_is_followed(orientation: int) -> None:
    upright = gradient()
    turns = {
        1: (),
        2: (0,),
        3: (3,),
        4: (1,),
        5: (5,),
        6: (2,),
        7: (6,),
        8: (4,),
    }
    stored = upright
    for turn in turns[orientation]:
        stored = stored.transpose(Pillow.Transpose(turn))
    note = Pillow.Exif()
    note[0x0112] = orientation
    picture = decode_picture(encoded(stored, "PNG", exif=note))
    assert np.array_equal(picture[..., ::-1], np.asarray(upright))


def test_20_megapixels_are_scaled_and_more_than_50_refused() -> None:
    large = decode_picture(encoded(Pillow.new("RGB", (5472, 3648), "grey"), "JPEG"))
    assert max(large.shape) == LONG_SIDE and large.shape[0] == round(LONG_SIDE * 3648 / 5472)
    whole = decode_picture(encoded(Pillow.new("L", (3000, 300)), "PNG"), long_side=None)
    assert whole.shape == (300, 3000, 3)
    assert code_of(encoded(Pillow.new("1", (9000, 6000)), "PNG")) == "picture.too_large"


def test_bomb_is_refused_unopened() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert code_of(bomb) == "picture.too_large"


def test_bad_files_are_told_apart(tmp_path: Path) -> None:
    whole = encoded(gradient(400, 300), "JPEG")
    cases = {
        "missing.jpg": (None, "picture.missing"),
        "empty.jpg": (b"", "picture.empty"),
        "text.jpg": (b"This is a letter, not a picture.\n" * 20, "picture.not_a_picture"),
        "html.png": (b"<html><body>404</body></html>", "picture.not_a_picture"),
        "document.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "picture.not_a_picture"),
        "cut.jpg": (whole[: len(whole) // 2], "picture.damaged"),
        "cut.png": (encoded(gradient(400, 300), "PNG")[:900], "picture.damaged"),
        "small.png": (encoded(gradient(20, 20), "PNG"), "picture.too_small"),
    }
    for name, (content, code) in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(PictureError) as refused:
            read_picture(tmp_path / name)
        assert (refused.value.code, refused.value.source) == (code, name)
    with pytest.raises(PictureError, match=r"not_a_picture"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match=r"picture\.missing"):
        read_picture(tmp_path / "text.jpg" / "below")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "JPEG2000", "PPM"]))
def test_no_damage_gives_anything_but_a_picture_error(data: st.DataObject, kind: str) -> None:
    content = bytearray(encoded(gradient(), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        picture = decode_picture(cut)
    except PictureError as error:
        assert error.code.startswith("picture.")
    else:
        assert picture.ndim == 3 and picture.dtype == np.uint8
