"""QR codes drawn as pictures and read from pictures, by OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from models.api import Image

DOTS = 8
"""Pixels a side of a module: 0.4 mm printed at 500 dots an inch, and large on any screen."""
QUIET = 4
"""Modules of white around it (ISO/IEC 18004)."""


def drawn(text: str) -> Image:
    """A QR code of `text`, which is made of the signs of Base45, with its quiet zone."""
    chosen = cv2.QRCodeEncoder.Params()
    chosen.mode = cv2.QRCodeEncoder_MODE_ALPHANUMERIC
    chosen.correction_level = cv2.QRCodeEncoder_CORRECT_LEVEL_M
    modules = _trimmed(np.asarray(cv2.QRCodeEncoder.create(chosen).encode(text)))
    framed = np.pad(modules, QUIET, constant_values=255)
    return np.asarray(np.kron(framed, np.ones((DOTS, DOTS), np.uint8)), np.uint8)


def png(text: str) -> bytes:
    """The same as a PNG file."""
    return bytes(cv2.imencode(".png", drawn(text))[1])


def texts_in(picture: Image) -> tuple[str, ...]:
    """What the QR codes in `picture` say; empty when none can be read."""
    found, texts, _, _ = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(picture)
    return tuple(text for text in texts if text) if found else ()


def files_for(target: Path, codes: int) -> tuple[Path, ...]:
    """``NAME.png`` for one code, ``NAME-1.png`` … for several."""
    if codes == 1:
        return (target,)
    return tuple(target.with_name(f"{target.stem}-{number}{target.suffix}") for number in range(1, codes + 1))


def _trimmed(modules: Image) -> Image:
    """Without whatever white the encoder put around."""
    dark = np.argwhere(modules < 128)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    return np.asarray(modules[top : bottom + 1, left : right + 1], np.uint8)
