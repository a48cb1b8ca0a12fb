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
import numpy as np

from models.api import Image, PictureError

if TYPE_CHECKING:
    from PIL import Image as Pillow

MOST_PIXELS = 50_000_000
"""Larger pictures are refused: decoded they would need 150 MB and more."""
MOST_BYTES = 100_000_000
"""Larger files are refused unread."""
LEAST_SIDE = 24
"""Pictures with a shorter side cannot show a usable face."""
LONG_SIDE = 2560
"""Pictures are brought to at most this long side: faces that matter stay far above what networks see."""
FORMATS = ("JPEG", "JPEG2000", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
"""What is read; the rarer decoders of the library stay closed."""


def read_picture(file: Path | str, long_side: int | None = LONG_SIDE) -> Image:
    """The picture in `file`, upright by its EXIF note, scaled down to `long_side` (None: left as it is).

    Grey, palette, transparent (onto white) and 16-bit pictures become BGR with 8 bits. The first picture of
    an animation is taken. Raises PictureError: ``picture.missing``, ``.empty``, ``.not_a_picture``,
    ``.damaged``, ``.too_large``, ``.too_small``.
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
                _check_size(opened.size, source)
                picture = _upright_bgr(opened, long_side)
        except UnidentifiedImageError as error:
            raise PictureError("picture.not_a_picture", source) from error
        except (Pillow.DecompressionBombError, MemoryError) as error:
            raise PictureError("picture.too_large", source) from error
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
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
    if width * height > MOST_PIXELS:
        megapixels = round(width * height / 1e6)
        raise PictureError("picture.too_large", source, megapixels=megapixels, most=MOST_PIXELS // 1_000_000)
    if min(width, height) < LEAST_SIDE:
        raise PictureError("picture.too_small", source, width=width, height=height)


def _upright_bgr(opened: Pillow.Image, long_side: int | None) -> Image:
    """Decode, turn upright, bring to BGR with 8 bits."""
    from PIL import ImageOps

    if long_side is not None and opened.format == "JPEG":
        opened.draft("RGB", (long_side, long_side))
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    if upright.mode.startswith(("I", "F")):
        grey = _eight_bits(np.asarray(upright))
        return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))
    if upright.has_transparency_data:
        upright = _on_white(upright)
    rgb = np.asarray(upright.convert("RGB"))
    return np.ascontiguousarray(rgb[..., ::-1])


def _on_white(picture: Pillow.Image) -> Pillow.Image:
    """A transparent picture laid on white paper."""
    from PIL import Image as Pillow

    layered = picture.convert("RGBA")
    paper = Pillow.new("RGBA", layered.size, "white")
    return Pillow.alpha_composite(paper, layered)


def _eight_bits(deep: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Image:
    """Grey values of 16 or 32 bits, or floating point, brought to 0-255."""
    values = deep.astype(np.float64)
    top = float(values.max(initial=0.0))
    if deep.dtype.kind == "f" and top <= 1.0:
        full = 1.0
    else:
        full = 255.0 if top <= 255 else max(65535.0, top)
    return np.clip(np.rint(values * (255.0 / full)), 0, 255).astype(np.uint8)
