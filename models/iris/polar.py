"""Looks at a picture along circles: many centres at once, because one call costs as much as one circle."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.iris.api import Flags, Floats, Grey

ANGLES = 128
"""Directions in which boundaries are looked for, counted from the right towards the bottom."""
TURN = (np.arange(ANGLES) * (2 * np.pi / ANGLES)).astype(np.float32)
DEGREES = (np.rad2deg(TURN) + 180) % 360 - 180
MOST_ROWS = 32_000
"""OpenCV's limit for the rows of a map."""


def arc(low: float, high: float) -> Flags:
    """Which of the angles lie between two degrees, −180 to 180."""
    within: Flags = (low <= DEGREES) & (high >= DEGREES)
    return within


RIGHT_ARC = arc(-25, 50)
LEFT_ARC = arc(130, 180) | arc(-180, -155)
"""Where lids hardly ever cover the outer boundary: to the sides and a little below."""


def rings(picture: Floats, centres: npt.ArrayLike, radii: npt.ArrayLike, angles: Floats = TURN) -> Floats:
    """Grey levels on circles: centres × radii × angles.

    `centres` is k × 2 (x, y); `radii` either r or k × r. Outside the picture its border goes on.
    """
    middle = np.asarray(centres, np.float32).reshape(-1, 2)
    out = np.atleast_2d(np.asarray(radii, np.float32))[..., None]  # what all centres share is made once
    x = middle[:, 0, None, None] + out * np.cos(angles)
    y = middle[:, 1, None, None] + out * np.sin(angles)
    flat_x, flat_y = x.reshape(-1, len(angles)), y.reshape(-1, len(angles))
    values = np.empty(flat_x.shape, np.float32)
    for start in range(0, len(flat_x), MOST_ROWS):
        part = slice(start, start + MOST_ROWS)
        cv2.remap(picture, flat_x[part], flat_y[part], cv2.INTER_LINEAR, values[part], cv2.BORDER_REPLICATE)
    return values.reshape(x.shape)


def around(values: Floats, reach: int) -> Floats:
    """Mean over `2·reach + 1` neighbouring angles (last axis), closed to a circle."""
    count = values.shape[-1]
    wide = np.concatenate([values[..., -reach:], values, values[..., :reach]], -1)
    total = values.copy()
    for step in range(1, reach + 1):
        total += wide[..., reach - step : reach - step + count]
        total += wide[..., reach + step : reach + step + count]
    total /= np.float32(2 * reach + 1)
    return total


def low_value(values: Floats | Grey, share: float) -> float:
    """The grey level that `share` of the values lie below."""
    return float(low_values(values.reshape(1, -1), share)[0])


def low_values(values: Floats | Grey, share: float) -> Floats:
    """The same of each of several collections, whose values are all further axes."""
    flat = values.reshape(len(values), -1)
    place = int(share * (flat.shape[1] - 1))
    return np.asarray(np.partition(flat, place, axis=1)[:, place], np.float32)
