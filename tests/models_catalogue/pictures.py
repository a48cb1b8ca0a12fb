"""Pictures as files, and what is said of those that are refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pillow

from models.api import PictureError
from models.picture import decode_picture


def encoded(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def code_of(content: bytes) -> str:
    """Why it is refused."""
    with pytest.raises(PictureError) as refused:
        decode_picture(content, "x")
    return refused.value.code
