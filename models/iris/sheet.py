"""Unrolls an iris and marks what of it can be used."""

from __future__ import annotations

import cv2
import numpy as np

from models.iris.api import Flags, Floats, Grey, Outline, Sheet
from models.iris.polar import TURN

ROWS, COLUMNS = 64, 512
ROUND = (np.arange(COLUMNS) * (2 * np.pi / COLUMNS)).astype(np.float32)
"""Angles of the columns: from the right towards the bottom."""

BRIGHT_SIGMAS, DARK_SIGMAS, GLARE_SIGMAS = 2.6, 3.0, 5.0
"""Grey levels further from the iris's own trend, in robust standard deviations, are not iris."""
WHITE = 250
LID_COLUMNS = 32
"""Columns copied from the other end, so that nothing breaks where the sheet begins."""
TREND_ROWS = slice(6, 44)
"""Rows that show iris in nearly every eye."""
LID_GAP = 41
"""Columns between two pieces of a lid that are lid as well, though as grey as the iris."""
LIMBUS_ROWS = 8
"""What is covered down to here reaches the white of the eye: a lid."""

_DEGREES = (np.rad2deg(ROUND) + 180) % 360 - 180
_SIDEWAYS: Flags = (np.abs(_DEGREES) < 40) | (np.abs(np.abs(_DEGREES) - 180) < 40)
_LID_SECTORS: Flags = (np.sin(ROUND) < -0.25) | (np.sin(ROUND) > 0.35)
_DEPTH = ((np.arange(ROWS) + 0.5) / ROWS).astype(np.float32)[:, None]
_JOIN = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 9))


def unroll(picture: Grey, outline: Outline) -> Sheet:
    """The iris between its boundaries on an even grid, with what is usable of it."""
    x, y = _places(outline)
    texture = np.asarray(
        cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.uint8
    )
    height, width = picture.shape
    seen = (x >= 0) & (x < width - 1) & (y >= 0) & (y < height - 1)
    return Sheet(texture, seen & ~_covered(texture))


def _places(outline: Outline) -> tuple[Floats, Floats]:
    """Where in the picture each element of the sheet lies, on straight rays from the pupil's centre."""
    closed = np.append(outline.contour, outline.contour[0])
    inner = np.interp(ROUND, np.append(TURN, 2 * np.pi), closed).astype(np.float32)
    cosine, sine = np.cos(ROUND), np.sin(ROUND)
    dx, dy = outline.pupil.x - outline.iris.x, outline.pupil.y - outline.iris.y
    along = dx * cosine + dy * sine
    outer = -along + np.sqrt(np.maximum(along**2 - (dx**2 + dy**2 - outline.iris.radius**2), 1))
    radius = inner + _DEPTH * (outer - inner)
    return (
        (outline.pupil.x + radius * cosine).astype(np.float32),
        (outline.pupil.y + radius * sine).astype(np.float32),
    )


def _covered(texture: Grey) -> Flags:
    """Lids, lashes and reflections: what does not fit the brightness of the iris's sides."""
    smooth = cv2.GaussianBlur(texture, (5, 5), 0).astype(np.float32)
    sides = smooth[TREND_ROWS][:, _SIDEWAYS]
    middle = float(np.median(sides))
    sigma = 1.4826 * float(np.median(np.abs(sides - middle))) + 4
    trend = cv2.GaussianBlur(np.median(smooth[:, _SIDEWAYS], 1).reshape(-1, 1), (1, 15), 0)
    trend = np.clip(trend, middle - 1.5 * sigma, middle + 1.5 * sigma)
    strange = (smooth > trend + BRIGHT_SIGMAS * sigma) | (smooth < trend - DARK_SIGMAS * sigma)
    glare = (texture > min(WHITE, middle + GLARE_SIGMAS * sigma)).astype(np.uint8)
    strange |= cv2.dilate(glare, np.ones((5, 9), np.uint8)) > 0
    return _behind_lids(_joined(strange))


def _joined(strange: Flags) -> Flags:
    """Without single pixels, with gaps between lashes closed, a little grown."""
    clean = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    wide = np.hstack([clean[:, -LID_COLUMNS:], clean, clean[:, :LID_COLUMNS]])
    wide = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, _JOIN)
    return np.asarray(cv2.dilate(wide, np.ones((5, 7), np.uint8))[:, LID_COLUMNS:-LID_COLUMNS] > 0)


def _behind_lids(covered: Flags) -> Flags:
    """Also everything outside of a lid's edge, where what covers the iris reaches the white of the eye."""
    edge = np.where(covered.any(0), covered.argmax(0), ROWS)
    reached = np.tile((covered[-LIMBUS_ROWS:].mean(0) > 0.5).astype(np.uint8), 3)[None]
    closed = cv2.morphologyEx(reached, cv2.MORPH_CLOSE, np.ones((1, LID_GAP), np.uint8))
    lid = _LID_SECTORS & (edge < ROWS) & (closed[0, COLUMNS : 2 * COLUMNS] > 0)
    return np.asarray(covered | ((np.arange(ROWS)[:, None] >= edge) & lid))
