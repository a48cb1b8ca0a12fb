"""Pictures of the core as Qt draws them, without a second copy."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from terminal.view import Image


def wrap(image: Image) -> QImage:
    """A QImage over the array's own memory. The caller keeps the array for as long as the QImage lives.

    An array that is not contiguous is copied, because Qt needs whole rows.
    """
    held = np.ascontiguousarray(image)
    height, width = held.shape[:2]
    picture = QImage(held.data, width, height, held.strides[0], QImage.Format.Format_BGR888)
    return picture if held is image else picture.copy()


def own(image: Image) -> QImage:
    """A QImage with its own memory, in the format that paints fastest: one copy, for pictures that stay."""
    return wrap(image).convertToFormat(QImage.Format.Format_RGB32)


def fit(width: float, height: float, room: QRectF) -> QRectF:
    """The largest centred rectangle of this shape inside `room`."""
    scale = min(room.width() / width, room.height() / height)
    wide, tall = width * scale, height * scale
    return QRectF(room.x() + (room.width() - wide) / 2, room.y() + (room.height() - tall) / 2, wide, tall)
