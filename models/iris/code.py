"""The iris code: signs of Gabor responses at two widths, 2,048 bytes, and which of them can be relied on."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from models.iris.api import Flags, Floats, Sheet, Words
from models.iris.settings import CodeSettings

COLUMNS = 256
"""Angles of a code. Each is one 64-bit word, so that turning the eye is turning the words."""
BITS = 64 * COLUMNS
"""16 rows × 2 widths × 2 parts × 256 angles: 2,048 bytes."""


@dataclass(frozen=True, slots=True)
class IrisCode:
    """A template: lives in memory only, wiped after the case. `repr` shows none of it."""

    bits: Words = field(repr=False)
    """256 words, one an angle; 0 where masked."""
    mask: Words = field(repr=False)
    """1 where the bit can be relied on."""

    @property
    def usable_bits(self) -> int:
        """How many of the 16,384 bits can be relied on; 0 after `wipe`."""
        return int(np.bitwise_count(self.mask).sum(dtype=np.int64))

    def wipe(self) -> None:
        """Overwrite the template. What is compared afterwards cannot be told."""
        for words in (self.bits, self.mask):
            words.setflags(write=True)
            words.fill(0)


def encode(sheet: Sheet, settings: CodeSettings, beside: Executor) -> IrisCode:
    """The code of an unrolled iris; a part of the filters is run `beside`."""
    covering = [beside.submit(_covered, sheet, width, settings) for width in settings.widths]
    level = _levelled(sheet)
    rows = np.rint(np.linspace(0, settings.deepest, settings.rows) * (level.shape[0] - 1)).astype(np.intp)
    columns = np.arange(COLUMNS) * level.shape[1] // COLUMNS
    bits: list[Flags] = []
    mask: list[Flags] = []
    wanted = np.ix_(rows, columns)
    for width, covered in zip(settings.widths, covering, strict=True):
        even, odd = (_filtered(level, kernel)[wanted] for kernel in _filters(width, settings))
        response = np.hypot(even, odd)
        fine = (covered.result()[wanted] > settings.least_usable) & (response > 1e-3)
        if fine.any():
            fine &= response < settings.strongest * np.median(response[fine])
        for part in (even, odd):
            bits.append(part > 0)
            mask.append(fine & (np.abs(part) >= np.sin(settings.nearly_zero) * response))
    relied = np.concatenate(mask)
    return IrisCode(_words(np.concatenate(bits) & relied), _words(relied))


def _covered(sheet: Sheet, width: float, settings: CodeSettings) -> Floats:
    """How much of a filter lies on usable iris, 0 to 1."""
    weight = np.abs(_filters(width, settings)[0])
    return _filtered(sheet.usable.astype(np.float32), weight / weight.sum())


def _levelled(sheet: Sheet) -> Floats:
    """The texture around its own mean, in its own local contrast."""
    texture, usable = sheet.texture.astype(np.float32), sheet.usable.astype(np.float32)
    share = np.maximum(_local_mean(usable), 1e-3)
    mean = _local_mean(texture * usable) / share
    squares = np.asarray((texture - mean) ** 2 * usable, np.float32)
    spread = np.sqrt(np.maximum(_local_mean(squares) / share, 4))
    if not sheet.usable.any():
        return np.zeros_like(texture)
    centre, contrast = texture[sheet.usable].mean(), max(float(np.median(spread[sheet.usable])), 1.0)
    return np.asarray((texture - centre) / np.float32(contrast), np.float32)


def _local_mean(values: Floats) -> Floats:
    """Mean over 41 columns and 15 rows, closed around."""
    wide = np.hstack([values[:, -40:], values, values[:, :40]])
    mean = cv2.boxFilter(wide, cv2.CV_32F, (41, 15), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(mean[:, 40:-40], np.float32)


@cache
def _filters(width: float, settings: CodeSettings) -> tuple[Floats, Floats]:
    """The even and the odd Gabor filter of one wavelength, without response to even brightness."""
    reach, high = max(round(0.72 * width), 8), round(1.65 * settings.across)
    x = np.arange(-reach, reach + 1, dtype=np.float32)
    y = np.arange(-high, high + 1, dtype=np.float32)[:, None]
    bell = np.exp(-(x**2) / (2 * (settings.around * width) ** 2) - y**2 / (2 * settings.across**2))
    bell /= bell.sum()
    even = bell * np.cos(2 * np.pi * x / width)
    even -= even.mean()
    return even.astype(np.float32), (bell * np.sin(2 * np.pi * x / width)).astype(np.float32)


def _filtered(values: Floats, kernel: Floats) -> Floats:
    """The response of a filter, closed around."""
    reach = kernel.shape[1] // 2
    wide = np.hstack([values[:, -reach:], values, values[:, :reach]])
    response = cv2.filter2D(wide, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)
    return np.asarray(response[:, reach:-reach], np.float32)


def _words(flags: Flags) -> Words:
    """64 rows of flags as one word an angle."""
    return np.packbits(np.ascontiguousarray(flags.T), axis=1).view(np.uint64)[:, 0]
