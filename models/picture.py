"""Reads picture files as people bring them: any common format, turned upright, as plain BGR.

Nothing in a file is trusted: its size is known before it is decoded, and whatever is wrong with it is said
by a `PictureError`.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from models.api import Image, PictureError
from models.picture_decoding import DAMAGE, upright_bgr

if TYPE_CHECKING:
    from PIL import Image as Pillow

MOST_PIXELS = 50_000_000
"""Larger pictures are refused before they are decoded."""
MOST_BYTES = 100_000_000
"""Larger files are refused unread."""
MOST_SLOW_BYTES = 8_000_000
"""Numbers written as text (plain PPM) and run lengths in BMP are decoded at 3 MB a second: not more."""
MOST_SCANS = 100
"""Passes over a progressive JPEG. Real ones have about ten; a thousand take 10 s at 49 megapixels."""
LEAST_SIDE = 24
"""Pictures with a shorter side cannot show a usable face."""
LONG_SIDE = 2560
"""Pictures are brought to at most this long side: faces that matter stay far above what networks see."""
FORMATS = ("JPEG", "JPEG2000", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
"""What is read; the rarer decoders of the library stay closed."""


def read_picture(file: Path | str, long_side: int | None = LONG_SIDE) -> Image:
    """The picture in `file`, upright by its EXIF note, scaled down to `long_side` (None: left as it is).

    Grey, palette, transparent (onto white), 16-bit and floating-point pictures become BGR with 8 bits. An
    orientation that does not exist is passed over. Animations and files of several pages are refused: what a
    person sees of them need not be what is compared. Raises PictureError: ``picture.missing``, ``.empty``,
    ``.not_a_picture``, ``.damaged``, ``.too_large``, ``.too_small``, ``.several_pictures``.
    """
    path = Path(file)
    try:
        if path.is_dir():
            raise PictureError("picture.not_a_picture", path.name, cause="a folder")
        size = path.stat().st_size
        if size == 0:
            raise PictureError("picture.empty", path.name)
        if size > MOST_BYTES:
            raise PictureError("picture.too_large", path.name, megabytes=size // 1_000_000)
        content = path.read_bytes()
    except OSError as error:
        raise PictureError("picture.missing", path.name, cause=error.strerror) from error
    return decode_picture(content, path.name, long_side)


def decode_picture(content: bytes, source: str = "", long_side: int | None = LONG_SIDE) -> Image:
    """The same for a picture in memory; `source` names it in errors."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    if not content:
        raise PictureError("picture.empty", source)
    _check_before_opening(content, source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
                _check_size(opened.size, source)
                if _several(opened):
                    raise PictureError("picture.several_pictures", source)
                picture = upright_bgr(opened, long_side)
        except UnidentifiedImageError as error:
            raise PictureError("picture.not_a_picture", source) from error
        except (Pillow.DecompressionBombError, MemoryError) as error:
            raise PictureError("picture.too_large", source) from error
        except DAMAGE as error:
            raise PictureError("picture.damaged", source, cause=str(error)) from error
    return shrunk(picture, long_side)


def shrunk(picture: Image, long_side: int | None) -> Image:
    """`picture` scaled down so that its long side has at most `long_side` pixels."""
    height, width = picture.shape[:2]
    if long_side is None or max(height, width) <= long_side:
        return picture
    scale = long_side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _check_size(size: tuple[int, int], source: str) -> None:
    """Refuse what is too large to decode or too small to use."""
    width, height = size
    _check_pixels(size, source)
    if min(width, height) < LEAST_SIDE:
        raise PictureError("picture.too_small", source, width=width, height=height)


def _check_pixels(size: tuple[int, int], source: str) -> None:
    """Refuse what is too large to decode."""
    pixels = size[0] * size[1]
    if pixels > MOST_PIXELS:
        megapixels = round(pixels / 1e6)
        raise PictureError("picture.too_large", source, megapixels=megapixels, most=MOST_PIXELS // 1_000_000)


def _check_before_opening(content: bytes, source: str) -> None:
    """Refuse what would take long or much memory as soon as the library opens it."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        _check_pixels(_webp_size(content), source)
    plain = content[:2] in (b"P1", b"P2", b"P3")
    run_lengths = content[:2] == b"BM" and content[30:34] in (b"\1\0\0\0", b"\2\0\0\0")
    if (plain or run_lengths) and len(content) > MOST_SLOW_BYTES:
        raise PictureError("picture.not_a_picture", source, cause="a slow coding")
    if content[:2] == b"\xff\xd8" and content.count(b"\xff\xda") > MOST_SCANS:
        raise PictureError("picture.damaged", source, cause="too many scans")


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height in the first chunk of a WebP file; the library takes memory for them when it opens it.

    Source: RFC 9649, sections 2.5 to 2.7.
    """
    kind, body = content[12:16], content[20:30]
    if len(body) < 10:
        return 0, 0
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _several(opened: Pillow.Image) -> bool:
    """True for animations and several pages; the second picture in a camera's JPEG is no page."""
    return opened.format != "MPO" and bool(getattr(opened, "is_animated", False))
