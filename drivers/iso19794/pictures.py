"""Decodes the picture inside a record, when it is as large as the record says and no larger than allowed.

The size is looked up in the picture's own headers before anything is decoded, so that a few bytes cannot
make the program reserve gigabytes.
"""

from __future__ import annotations

import enum
import io
import math
import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, Jpeg2KImagePlugin, JpegImagePlugin, PngImagePlugin

from drivers.iso19794.cursor import BadRecord, CannotDecode

MOST_PIXELS = 12_000_000
"""Four fingers at 1000 dpi have ten million."""
MOST_TILES = 1024
MOST_CHANNELS = 3
DEPTH = 8
_CODESTREAM = b"\xff\x4f\xff\x51"
_JP2_BOX = b"jP  "
_MOST_BOXES = 64
_MODES = frozenset({"L", "LA", "RGB", "RGBA", "P", "1"})
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError,
    MemoryError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip

Grey = npt.NDArray[np.uint8]


class Coding(enum.StrEnum):
    """How a picture is stored."""

    RAW = "raw"
    JPEG = "jpeg"
    JPEG_2000 = "jpeg2000"
    PNG = "png"
    WSQ = "wsq"


def check_size(width: int, height: int) -> None:
    """`BadRecord` when a picture would have no pixels or too many."""
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise BadRecord(f"{width} × {height} pixels")


def decode(data: bytes, coding: Coding, width: int, height: int) -> Grey:
    """The grey picture, which must be `width` × `height`. `CannotDecode` for WSQ, else `BadRecord`."""
    check_size(width, height)
    if coding is Coding.RAW:
        if len(data) != width * height:
            raise BadRecord(f"{len(data)} bytes for {width} × {height} pixels")
        return np.frombuffer(data, np.uint8).reshape(height, width).copy()
    if coding is Coding.WSQ:
        raise CannotDecode("WSQ needs a decoder that is not part of this program")
    return _by_pillow(data, coding, width, height, "L")


def decode_colours(data: bytes, coding: Coding, width: int, height: int) -> npt.NDArray[np.uint8]:
    """The picture as height × width × 3, BGR; otherwise as `decode`, but not for raw pixels."""
    check_size(width, height)
    if coding in (Coding.RAW, Coding.WSQ):
        raise CannotDecode(f"no colours in {coding}")
    return _by_pillow(data, coding, width, height, "RGB")[:, :, ::-1].copy()


def encode(picture: Grey, coding: Coding) -> bytes:
    """`picture` stored as `coding`, without loss (JPEG: quality 95). `CannotDecode` for WSQ."""
    if coding is Coding.RAW:
        return picture.tobytes()
    if coding is Coding.WSQ:
        raise CannotDecode("WSQ needs a coder that is not part of this program")
    buffer = io.BytesIO()
    match coding:
        case Coding.PNG:
            Image.fromarray(picture).save(buffer, "PNG")
        case Coding.JPEG:
            Image.fromarray(picture).save(buffer, "JPEG", quality=95)
        case _:
            Image.fromarray(picture).save(buffer, "JPEG2000", irreversible=False)
    return buffer.getvalue()


def _by_pillow(data: bytes, coding: Coding, width: int, height: int, mode: str) -> npt.NDArray[np.uint8]:
    if coding is Coding.JPEG_2000:
        _check_codestream(data, width, height)
    # The plug-ins are called directly, as Image.open would guess the format and warn by a global switch.
    openers: dict[Coding, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
        Coding.PNG: PngImagePlugin.PngImageFile,
        Coding.JPEG: JpegImagePlugin.JpegImageFile,
        Coding.JPEG_2000: Jpeg2KImagePlugin.Jpeg2KImageFile,
    }
    try:
        with openers[coding](io.BytesIO(data)) as image:
            if image.size != (width, height):
                raise BadRecord(f"picture of {image.size[0]} × {image.size[1]}, not {width} × {height}")
            if image.mode not in _MODES:
                raise BadRecord(f"pixels of kind {image.mode}")
            image.load()
            return np.asarray(image.convert(mode), np.uint8).copy()
    except BadRecord:
        raise
    except _DECODER_ERRORS as error:
        raise BadRecord(f"no {coding} picture: {type(error).__name__}") from error


def _check_codestream(data: bytes, width: int, height: int) -> None:
    """`BadRecord` unless the code stream's own size marker (ISO/IEC 15444-1 A.5.1) agrees."""
    start = _codestream_start(data)
    head = data[start : start + 42]
    if head[:4] != _CODESTREAM or len(head) < 42:
        raise BadRecord("no JPEG 2000 code stream")
    right, bottom, left, top, tile_width, tile_height = struct.unpack(">6I", head[8:32])
    channels = int.from_bytes(head[40:42], "big")
    depths = data[start + 42 : start + 42 + 3 * channels : 3]
    if (right - left, bottom - top) != (width, height) or not 1 <= channels <= MOST_CHANNELS:
        raise BadRecord(f"code stream of {right - left} × {bottom - top} × {channels}")
    # Each tile costs kilobytes before anything of it is decoded.
    if math.ceil(right / max(1, tile_width)) * math.ceil(bottom / max(1, tile_height)) > MOST_TILES:
        raise BadRecord("code stream of too many tiles")
    if any(depth != DEPTH - 1 for depth in depths):
        raise BadRecord("code stream is not of 8 bits")


def _codestream_start(data: bytes) -> int:
    """Where the code stream begins: at once, or in the box ``jp2c``."""
    if data[:4] == _CODESTREAM:
        return 0
    if data[4:8] != _JP2_BOX:
        raise BadRecord("no JPEG 2000 picture")
    at = 0
    for _ in range(_MOST_BOXES):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if kind == b"jp2c":
            return at + head
        if size < head or at + size >= len(data):
            break
        at += size
    raise BadRecord("no JPEG 2000 code stream")
