"""A maker's licensed decoder of chip photos (WLT), as a plug-in: a library named in the settings (spec §6).

It runs in a child process (`drivers.card.decoder_child`); whatever becomes of it is a named state of the
photo, and the card is read all the same.
"""

from __future__ import annotations

import enum
from pathlib import Path

import numpy as np
import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import Image
from drivers.card import plugin
from drivers.card.photo import HEIGHT, PHOTO_SIZE, WIDTH, PhotoUnavailable, Unavailable
from drivers.card.plugin import Cause, PluginFailure

log = structlog.get_logger(__name__)

_ROW = WIDTH * 3
_PADDED_ROW = _ROW + -_ROW % 4
_RAW = _ROW * HEIGHT
_PADDED = _PADDED_ROW * HEIGHT
_STATES = {
    Cause.MISSING: Unavailable.DECODER_MISSING,
    Cause.CRASHED: Unavailable.DECODER_CRASHED,
    Cause.HUNG: Unavailable.DECODER_HUNG,
    Cause.FAILED: Unavailable.DECODER_FAILED,
    Cause.WRONG_SIZE: Unavailable.DECODER_WRONG_SIZE,
}


class Entry(enum.StrEnum):
    """How the library is called. All give an int."""

    AUTO = "auto"
    """The first of those below that it has."""
    UNPACK = "unpack"
    """``unpack(char *wlt, char *out, int code)``, also under its C++ name."""
    UNPACK_SIZED = "unpack_sized"
    """``Unpack(char *wlt, int length, char *out, int *length)``."""
    WLT_TO_BMP = "wlt_to_bmp"
    """``WltToBmp(char *wlt, char *out)``."""


class Layout(enum.StrEnum):
    """In which order raw pixels come; a bitmap file says so itself."""

    BGR = "bgr"
    RGB = "rgb"
    BGR_BOTTOM_UP = "bgr_bottom_up"
    RGB_BOTTOM_UP = "rgb_bottom_up"


class PhotoDecoder(BaseModel):
    """Which library opens chip photos, and how. All of it comes from its maker."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The library (.so) for this machine; its licence file beside it.")
    entry: Entry = Field(Entry.AUTO, description="Which of its functions is called.")
    code: int = Field(0, description="Code that goes with the licence, for `unpack`.")
    success: int = Field(1, description="What the function returns when the picture is good.")
    layout: Layout = Field(Layout.BGR, description="Order of colours and rows in raw pixels.")
    limit_ms: int = Field(3000, ge=200, le=20_000, description="Longest time for one photo.")


class PluginDecoder:
    """Decodes by the library that the settings name."""

    def __init__(self, settings: PhotoDecoder) -> None:
        self._settings = settings

    def decode(self, wlt: bytes) -> Image | PhotoUnavailable:
        """The picture (126 × 102 × 3, BGR) of 1024 bytes of WLT, or why there is none. Never raises."""
        knobs = self._settings
        request = {
            "path": str(knobs.path),
            "entry": knobs.entry.value,
            "code": knobs.code,
            "success": knobs.success,
            "photo": plugin.pack(wlt.ljust(PHOTO_SIZE, b"\0")),
        }
        try:
            result = plugin.call("drivers.card.decoder_child", request, knobs.limit_ms / 1000)
            return _picture(plugin.unpack(result.get("picture")), knobs.layout)
        except PluginFailure as failure:
            log.warning("photo.not_decoded", cause=failure.cause.value, detail=failure.detail)
            return PhotoUnavailable(_STATES[failure.cause])


def _picture(written: bytes, layout: Layout) -> Image:
    if written.startswith(b"BM"):
        return _bitmap(written)
    # Up to a row may be missing at the end: bytes that happen to be as the buffer was before.
    if _RAW - _ROW < len(written) <= _RAW:
        row = _ROW
    elif _RAW < len(written) <= _PADDED:
        row = _PADDED_ROW
    else:
        raise PluginFailure(Cause.WRONG_SIZE, f"{len(written)} bytes")
    filled = written.ljust(row * HEIGHT, b"\xa5")
    pixels = np.frombuffer(filled, np.uint8).reshape(HEIGHT, row)[:, :_ROW].reshape(HEIGHT, WIDTH, 3)
    if layout in {Layout.RGB, Layout.RGB_BOTTOM_UP}:
        pixels = pixels[:, :, ::-1]
    if layout in {Layout.BGR_BOTTOM_UP, Layout.RGB_BOTTOM_UP}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _bitmap(written: bytes) -> Image:
    import cv2

    # The file says how long it is; what follows is not part of it, what was not changed may be missing.
    length = int.from_bytes(written[2:6], "little")
    raw = np.frombuffer(written[:length].ljust(min(length, 2 * _PADDED), b"\xa5"), np.uint8)
    try:
        image = cv2.imdecode(raw, cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None or image.shape != (HEIGHT, WIDTH, 3):
        raise PluginFailure(Cause.WRONG_SIZE, "a bitmap of another shape")
    return image.astype(np.uint8, copy=False)
