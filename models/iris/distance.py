"""How far apart two iris codes are: the share of bits that differ, at the best turn of the eye.

Where fewer bits than usual can be compared, chance agreement is likelier; the distance is then brought to
what it would mean over `normal_bits` (Daugman 2007, "New methods in iris recognition", §IV). Where there are
more it is left as it is: that lost accuracy in every set tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.iris.api import Words
from models.iris.code import COLUMNS, IrisCode
from models.iris.settings import DistanceSettings


@dataclass(frozen=True, slots=True)
class Distance:
    """One comparison."""

    raw: float
    """Share of the compared bits that differ, 0 to 1; 0.5 is chance."""
    normalised: float
    """What is decided by: see the module; with the cost of a large turn."""
    bits: int
    """Bits compared at the best turn."""
    turn_degrees: float
    """How far the second eye is turned against the first, clockwise in the picture."""

    @property
    def score(self) -> float:
        """Higher is more similar: 1 − 2 · normalised distance; 0 is chance, 1 the same picture."""
        return 1 - 2 * self.normalised


def distance(one: IrisCode, other: IrisCode, settings: DistanceSettings) -> Distance | None:
    """The distance at the best turn; None when at every turn too few bits are in common."""
    bits, mask = _turned(one.bits, settings.turn), _turned(one.mask, settings.turn)
    both = mask & other.mask
    common = np.bitwise_count(both).sum(1, dtype=np.int64)
    differ = np.bitwise_count((bits ^ other.bits) & both).sum(1, dtype=np.int64)
    raw, normalised = _shares(differ, common, settings)
    normalised += _costs(settings)
    best = int(normalised.argmin())
    if not np.isfinite(normalised[best]):
        return None
    degrees = (settings.turn - best) * 360 / COLUMNS
    return Distance(float(raw[best]), float(normalised[best]), int(common[best]), degrees)


def distances(
    probe: IrisCode, gallery: Sequence[IrisCode], settings: DistanceSettings
) -> npt.NDArray[np.float64]:
    """Normalised distances to each code of `gallery`; infinite where too few bits are in common."""
    if not gallery:
        return np.empty(0)
    bits, mask = np.stack([code.bits for code in gallery]), np.stack([code.mask for code in gallery])
    best = np.full(len(gallery), np.inf)
    turned = _turned(probe.bits, settings.turn), _turned(probe.mask, settings.turn)
    for probe_bits, probe_mask, cost in zip(*turned, _costs(settings), strict=True):
        both = mask & probe_mask
        common = np.bitwise_count(both).sum(1, dtype=np.int64)
        differ = np.bitwise_count((bits ^ probe_bits) & both).sum(1, dtype=np.int64)
        np.minimum(best, _shares(differ, common, settings)[1] + cost, out=best)
    return best


def _turned(words: Words, turn: int) -> Words:
    """The words at each turn, without copying them: turn × angle."""
    wide = np.concatenate([words[-turn:], words, words[:turn]]) if turn else words
    return np.lib.stride_tricks.sliding_window_view(wide, COLUMNS)


def _costs(settings: DistanceSettings) -> npt.NDArray[np.float64]:
    """What each turn costs."""
    beyond = np.abs(np.arange(-settings.turn, settings.turn + 1)) - settings.free_turn
    return np.asarray(settings.turn_cost * np.maximum(beyond, 0), np.float64)


def _shares(
    differ: npt.NDArray[np.int64], common: npt.NDArray[np.int64], settings: DistanceSettings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Raw and normalised distances; the latter infinite where too few bits are in common."""
    raw = differ / np.maximum(common, 1)
    normalised = 0.5 - (0.5 - raw) * np.sqrt(np.minimum(common / settings.normal_bits, 1))
    return raw, np.where(common >= settings.least_bits, normalised, np.inf)
