"""Where a picture shows ridges, how clearly, and how wide: by the spectrum of overlapping cells.

A cell shows ridges when one wave of a ridge's width holds most of its energy and its neighbours' waves run
the same way. Photographs, noise and empty sensors have next to no such cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy import fft

from models.finger.settings import MM_PER_PIXEL, RidgeSettings

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_STEPS = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """What the cells of one picture say."""

    mask: npt.NDArray[np.bool_] = field(repr=False)
    """Cells with ridges, rows × columns."""
    busy: npt.NDArray[np.bool_] = field(repr=False)
    """Cells that are not plain: ridges and whatever else there is."""
    strength: float
    """Median share of a ridge cell's energy in its one wave, 0 to 1; 0 without ridges."""
    period: float
    """Median pixels from ridge to ridge; 0 without ridges."""
    cell: int
    """Pixels of a cell's side."""

    @property
    def area_mm2(self) -> float:
        """Area of all cells with ridges."""
        return float(self.mask.sum()) * (self.cell * MM_PER_PIXEL) ** 2

    @property
    def centre(self) -> tuple[float, float]:
        """x, y in pixels of the middle of the ridges; 0, 0 without any."""
        rows, columns = np.nonzero(self.mask)
        if not len(rows):
            return 0.0, 0.0
        return float((columns.mean() + 0.5) * self.cell), float((rows.mean() + 0.5) * self.cell)

    def box(self, width: int, height: int, margin: int) -> tuple[int, int, int, int]:
        """left, top, right, bottom in pixels of what is not plain, with a margin, inside the picture."""
        rows, columns = np.nonzero(self.busy)
        if not len(rows):
            return 0, 0, width, height
        left, top = int(columns.min()) * self.cell - margin, int(rows.min()) * self.cell - margin
        right, bottom = (int(index.max() + 1) * self.cell + margin for index in (columns, rows))
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)

    def pixels(self, width: int, height: int) -> npt.NDArray[np.bool_]:
        """The mask in the picture's own size."""
        grown = np.repeat(np.repeat(self.mask, self.cell, 0), self.cell, 1)
        return grown[:height, :width]


def find_ridges(picture: Grey, settings: RidgeSettings) -> Ridges:
    """The ridges of a picture at 500 dpi, of any size from one pixel on."""
    strength, deviation, period, wave = _waves(_cells(picture, settings), settings)
    waves = (strength >= settings.strength) & (deviation >= settings.contrast) & (period <= settings.widest)
    weight = strength * waves
    together = np.hypot(_around(wave.real * weight), _around(wave.imag * weight))
    agreeing = together >= settings.agreement * np.maximum(_around(weight), 1e-6)
    among = _around(waves.astype(np.float32)) >= settings.neighbours - 0.5
    mask = waves & agreeing & among
    busy = deviation >= settings.plain
    if not mask.any():
        return Ridges(mask, busy, 0.0, 0.0, settings.cell)
    return Ridges(mask, busy, float(np.median(strength[mask])), float(np.median(period[mask])), settings.cell)


def _cells(picture: Grey, settings: RidgeSettings) -> Floats:
    """rows × columns × side × side: the squares around each cell, without their mean."""
    cell, side = settings.cell, 2 * settings.cell
    height, width = picture.shape
    bottom, right = (-(-size // cell) * cell - size + cell // 2 for size in (height, width))
    framed = cv2.copyMakeBorder(picture, cell // 2, bottom, cell // 2, right, cv2.BORDER_REPLICATE)
    values = framed.astype(np.float32)
    values -= cv2.blur(values, (settings.background, settings.background))
    squares = np.lib.stride_tricks.sliding_window_view(values, (side, side))[::cell, ::cell]
    centred: Floats = squares - squares.mean((2, 3), keepdims=True)
    return centred


def _waves(
    cells: Floats, settings: RidgeSettings
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.complex64]]:
    """Of each cell: share of its energy in the strongest wave, deviation, period, direction (doubled)."""
    plan = _plan(cells.shape[-1], settings.shortest, settings.longest)
    energy = np.abs(fft.rfft2(cells * plan.window)) ** 2 * plan.twice
    energy[..., 0, 0] = 0
    peak = (energy * plan.ring).reshape(*energy.shape[:2], -1).argmax(-1)
    down, across = np.divmod(peak, energy.shape[-1])
    rows, columns = np.indices(peak.shape)
    sums = np.zeros((3, *peak.shape), np.float32)
    for step_down, step_across in _STEPS:
        mirrored = across + step_across < 0
        at = np.where(mirrored, -(down + step_down), down + step_down) % energy.shape[2]
        to = np.minimum(np.abs(across + step_across), energy.shape[3] - 1)
        here = energy[rows, columns, at, to] * plan.fine[at, to]
        signed = np.where(mirrored, -here, here)
        sums += np.stack([here, signed * plan.down[at], signed * plan.across[to]])
    total, vertical, horizontal = sums
    frequency = np.hypot(vertical, horizontal) / np.maximum(total, 1e-6)
    period = cells.shape[-1] / np.maximum(frequency, 0.1)
    direction = np.exp(2j * np.arctan2(vertical, horizontal)).astype(np.complex64)
    share = total / np.maximum(energy.sum((2, 3)), 1e-3)
    return share.astype(np.float32), cells.std((2, 3)), period.astype(np.float32), direction


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What a cell's spectrum is multiplied with."""

    window: Floats
    twice: Floats
    """2 where half the spectrum stands for both halves."""
    ring: npt.NDArray[np.bool_]
    """Frequencies of ridges."""
    fine: npt.NDArray[np.bool_]
    """Frequencies above those of uneven light."""
    down: Floats
    across: Floats


@cache
def _plan(side: int, shortest: float, longest: float) -> _Plan:
    """The plan for cells of `side` pixels."""
    bell = np.hanning(side + 2)[1:-1]
    down, across = np.fft.fftfreq(side) * side, np.fft.rfftfreq(side) * side
    radius = np.hypot(down[:, None], across)
    twice = np.where((across == 0) | (across == side / 2), 1, 2)
    return _Plan(
        window=np.outer(bell, bell).astype(np.float32),
        twice=twice.astype(np.float32),
        ring=(radius >= side / longest) & (radius <= side / shortest),
        fine=radius > 1.8,
        down=down.astype(np.float32),
        across=across.astype(np.float32),
    )


def _around(values: Floats) -> Floats:
    """Sum over a cell and its eight neighbours."""
    single = np.ascontiguousarray(values, np.float32)
    summed = cv2.boxFilter(single, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, np.float32)
