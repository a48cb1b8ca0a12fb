"""Brings an opened picture upright and to BGR with 8 bits, in little memory, trusting none of its notes."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

if TYPE_CHECKING:
    from PIL import Image as Pillow
    from PIL import Jpeg2KImagePlugin

ORIENTATION = 0x0112
"""Tag of the orientation (Exif 2.32, 4.6.4)."""
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Orientation → the library's transposition that brings the picture upright; 1 and all others need none."""

DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError,
    RuntimeError, AssertionError, struct.error, zlib.error,
)  # fmt: skip
"""What the library's decoders raise over broken files; they have no common parent of their own."""

Values = npt.NDArray[np.generic]
STDERR = 2
_one_at_a_time = threading.Lock()


def upright_bgr(opened: Pillow.Image, long_side: int | None) -> Image:
    """Decode `opened`, turn it upright, bring it to BGR with 8 bits.

    It comes out less than twice as long as `long_side` where the format allows it: 50 megapixels with
    transparency would need a gigabyte otherwise. Raises what the library raises over broken files.
    """
    from PIL import Image as Pillow

    factor = max(1, max(opened.size) // long_side) if long_side is not None else 1
    _decode(opened, factor, long_side)
    turn = TURNS.get(_orientation(opened))
    if opened.mode.startswith(("I", "F")):
        grey = eight_bits(_turned_values(np.asarray(opened), turn), long_side)
        return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))
    picture: Pillow.Image = opened
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
    elif picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGB")
    factor = max(1, max(picture.size) // long_side) if long_side is not None else 1
    if factor > 1:
        picture = Pillow.Image.reduce(picture, factor)
    if picture.mode == "RGBA":
        picture = Pillow.alpha_composite(Pillow.new("RGBA", picture.size, "white"), picture)
    if turn is not None:
        picture = picture.transpose(Pillow.Transpose(turn))
    rgb = np.asarray(picture.convert("RGB"))
    return np.ascontiguousarray(rgb[..., ::-1])


def eight_bits(deep: Values, long_side: int | None = None) -> Image:
    """Grey values of 16 or 32 bits, or floating point, brought to 0-255 and to `long_side`.

    Sixteen bits are a range of 65535 by definition. Others say nothing of their range: floating point up to 1
    is a share, anything up to 255 is taken as it is, up to 65535 as 16 bits, beyond by its largest value.
    What is no number is black.
    """
    values = deep.astype(np.float32)
    np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    full = (
        65535.0 if deep.dtype.itemsize == 2 else _range(deep.dtype.kind == "f", float(values.max(initial=0)))
    )
    if long_side is not None and max(values.shape) > long_side:
        scale = long_side / max(values.shape)
        size = tuple(max(1, round(side * scale)) for side in reversed(values.shape))
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    grey: Image = np.clip(np.rint(values * (255.0 / full)), 0, 255).astype(np.uint8)
    return grey


def _range(fractional: bool, top: float) -> float:
    """The value that is white."""
    if fractional and top <= 1:
        return 1.0
    return next((each for each in (255.0, 65535.0) if top <= each), top)


def _decode(opened: Pillow.Image, factor: int, long_side: int | None) -> None:
    """Load the picture, smaller at once where its coding allows that."""
    if opened.format in ("JPEG", "MPO") and long_side is not None:
        opened.draft("RGB", (long_side, long_side))
    if opened.format == "JPEG2000" and factor > 1:
        coded: Jpeg2KImagePlugin.Jpeg2KImageFile = opened  # type: ignore[assignment]
        coded.reduce = factor.bit_length() - 1
    with _silence() if opened.format == "TIFF" else contextlib.nullcontext():
        opened.load()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the error stream closed to the TIFF library, which writes there what is wrong with a file.

    Nobody can turn that off from here, and a command says what is wrong in one line of its own.
    """
    with _one_at_a_time:
        kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, STDERR)
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            os.close(nowhere)


def _orientation(opened: Pillow.Image) -> int:
    """The orientation noted in the file; 1 when there is none or the notes are garbage.

    TIFF pictures are turned by the library while they load, and carry the note no more.
    """
    try:
        noted = opened.getexif().get(ORIENTATION)
    except DAMAGE:
        return 1
    return noted if isinstance(noted, int) else 1


def _turned_values(values: Values, turn: int | None) -> Values:
    """The same turn for values that are no ordinary picture."""
    mirrored = {0: values[:, ::-1], 1: values[::-1], 3: values[::-1, ::-1], 5: values.T}
    turned = {4: values[::-1].T, 2: values[:, ::-1].T, 6: values[::-1, ::-1].T}
    return values if turn is None else {**mirrored, **turned}[turn]
