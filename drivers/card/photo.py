"""The chip photo: 1024 bytes, told apart by their first four (spec §6).

Real cards hold ``WLf\\0`` (WLT), which only a vendor's licensed decoder can open; without one the photo is
unavailable and says why. The simulated card holds ``WLs\\0``, a length (u16, little endian) and WebP, which
a production terminal refuses.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from drivers.api import Image

PHOTO_SIZE = 1024
WIDTH = 102
HEIGHT = 126
REAL_MAGIC = b"WLf\0"
SIMULATED_MAGIC = b"WLs\0"
_HEAD = len(SIMULATED_MAGIC) + 2
_QUALITIES = (*range(90, 30, -10), *range(30, 0, -3))
"""WebP qualities tried in turn; a face of this size fits at 20-50."""
_BLURS = (0.0, 0.6, 1.0, 1.6, 2.5, 4.0, 8.0)
"""Sigmas tried, in pixels, when even the lowest quality does not fit."""


class Unavailable(enum.StrEnum):
    """Why there is no picture; the values are message keys."""

    EMPTY = "card.photo.empty"
    NO_DECODER = "card.photo.no_decoder"
    SIMULATED_REFUSED = "card.photo.simulated_refused"
    UNKNOWN_FORMAT = "card.photo.unknown_format"
    DAMAGED = "card.photo.damaged"
    DECODER_MISSING = "card.photo.decoder_missing"
    DECODER_CRASHED = "card.photo.decoder_crashed"
    DECODER_HUNG = "card.photo.decoder_hung"
    DECODER_FAILED = "card.photo.decoder_failed"
    DECODER_WRONG_SIZE = "card.photo.decoder_wrong_size"


@dataclass(frozen=True, slots=True)
class PhotoUnavailable:
    """The named state of a chip photo that cannot be shown or compared."""

    reason: Unavailable


class Decoder(Protocol):
    """Opens real chip photos: `drivers.card.decoder.PluginDecoder`."""

    def decode(self, wlt: bytes) -> Image | PhotoUnavailable:
        """The picture (126 × 102 × 3, BGR), or why there is none. Never raises."""


def is_simulated(data: bytes) -> bool:
    """True when the photo was made by the simulator."""
    return data.startswith(SIMULATED_MAGIC)


def decode(data: bytes, *, allow_simulated: bool, decoder: Decoder | None = None) -> Image | PhotoUnavailable:
    """The picture (126 × 102 × 3, BGR) of a chip photo as read, or why there is none. Never raises.

    `decoder` opens real photos; without one they are unavailable.
    """
    if not data.strip(b"\0"):
        return PhotoUnavailable(Unavailable.EMPTY)
    if data.startswith(REAL_MAGIC):
        return decoder.decode(data) if decoder else PhotoUnavailable(Unavailable.NO_DECODER)
    if not is_simulated(data):
        return PhotoUnavailable(Unavailable.UNKNOWN_FORMAT)
    if not allow_simulated:
        return PhotoUnavailable(Unavailable.SIMULATED_REFUSED)
    return _decode_simulated(data)


def encode_simulated(image: Image) -> bytes:
    """The simulator's 1024 photo bytes for a BGR picture of any size, cut about its centre to 102:126.

    Lowers the WebP quality until it fits, then blurs. `ValueError` when the picture is empty.
    """
    import cv2

    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"a chip photo needs height × width × 3, not {image.shape}")
    small = cv2.resize(_cut(image), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    for blur in _BLURS:
        smooth = cv2.GaussianBlur(small, (0, 0), blur) if blur else small
        for quality in _QUALITIES if not blur else _QUALITIES[-1:]:
            packed = cv2.imencode(".webp", smooth, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
            if _HEAD + len(packed) <= PHOTO_SIZE:
                head = SIMULATED_MAGIC + len(packed).to_bytes(2, "little")
                return (head + packed).ljust(PHOTO_SIZE, b"\0")
    raise ValueError("the picture does not fit a chip photo")


def _decode_simulated(data: bytes) -> Image | PhotoUnavailable:
    import cv2
    import numpy as np

    length = int.from_bytes(data[len(SIMULATED_MAGIC) : _HEAD], "little")
    packed = np.frombuffer(data[_HEAD : _HEAD + length], np.uint8)
    if length == 0 or len(packed) != length:
        return PhotoUnavailable(Unavailable.DAMAGED)
    try:
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    except cv2.error:
        return PhotoUnavailable(Unavailable.DAMAGED)
    if image is None or image.shape != (HEIGHT, WIDTH, 3):
        return PhotoUnavailable(Unavailable.DAMAGED)
    return image.astype(np.uint8, copy=False)


def _cut(image: Image) -> Image:
    """The largest centred part of the shape 102:126."""
    height, width = image.shape[:2]
    wanted_width = min(width, max(1, round(height * WIDTH / HEIGHT)))
    wanted_height = min(height, max(1, round(width * HEIGHT / WIDTH)))
    top, left = (height - wanted_height) // 2, (width - wanted_width) // 2
    return image[top : top + wanted_height, left : left + wanted_width]
