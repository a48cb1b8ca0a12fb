"""Hostile picture files, as people bring them and as chips hold them."""

from __future__ import annotations

import io
from unittest.mock import patch

import numpy as np
from PIL import Image as Pillow

from models import picture
from models.api import PictureError
from tests.fuzz.target import Target

MOST_DECODED = 1 << 18
"""Pixels allowed while fuzzing; larger pictures would only be slow."""
LONG_SIDE = 200
CODES = {
    f"picture.{each}"
    for each in ("empty", "not_a_picture", "damaged", "too_large", "too_small", "several_pictures")
}


def picture_files(data: bytes) -> None:
    """Whatever comes is a plain BGR picture of bounded size or a named error."""
    with patch.object(picture, "MOST_PIXELS", MOST_DECODED):
        try:
            found = picture.decode_picture(data, "fuzz", LONG_SIDE)
        except PictureError as error:
            assert error.code in CODES
            return
    assert found.dtype == np.uint8
    assert found.ndim == 3 and found.shape[2] == 3
    assert 1 <= min(found.shape[:2]) <= max(found.shape[:2]) <= LONG_SIDE


def _seed(kind: str, mode: str = "RGB", **options: object) -> bytes:
    """A small picture with an orientation note."""
    ramp = np.add.outer(np.arange(40), np.arange(48)).astype(np.uint8) * 2
    if mode == "I;16":
        small = Pillow.fromarray(ramp.astype(np.uint16) * 300)
    elif mode == "F":
        small = Pillow.fromarray(ramp.astype(np.float32) / 255)
    else:
        small = Pillow.fromarray(ramp).convert(mode)
    if kind in ("PNG", "JPEG", "WEBP", "TIFF"):
        note = Pillow.Exif()
        note[0x0112] = 6
        options["exif"] = note
    out = io.BytesIO()
    small.save(out, kind, **options)
    return out.getvalue()


def _animation(kind: str) -> bytes:
    frames = [Pillow.new("RGB", (40, 32), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


TARGETS = (
    Target(
        "picture_files",
        picture_files,
        (
            _seed("JPEG"),
            _seed("JPEG", progressive=True),
            _seed("JPEG", "CMYK"),
            _seed("PNG"),
            _seed("PNG", "RGBA"),
            _seed("PNG", "P"),
            _seed("PNG", "I;16"),
            _seed("TIFF", "F"),
            _seed("TIFF", compression="tiff_lzw"),
            _seed("GIF", "P"),
            _seed("WEBP"),
            _seed("WEBP", lossless=True),
            _seed("JPEG2000"),
            _seed("BMP"),
            _seed("PPM"),
            b"P3 25 24 255\n" + b"7 " * 25 * 24 * 3,
            *(_animation(kind) for kind in ("GIF", "WEBP", "PNG")),
        ),
        share=0.1,
    ),
)
