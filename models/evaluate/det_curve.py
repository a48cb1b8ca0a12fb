"""Draws detection error trade-off curves (Martin et al. 1997) on normal-deviate axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from models.evaluate.metrics import Det, Interval, Scores
from models.evaluate.plots import canvas, png

if TYPE_CHECKING:
    from models.evaluate.face import Condition

TICKS = (1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.5)
LABELS = ("0.001 %", "0.01 %", "0.1 %", "1 %", "5 %", "20 %", "50 %")
LOWEST = 1e-5
HIGHEST = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """One trade-off to be drawn."""

    det: Det
    eer: float
    eer_interval: Interval
    genuine: int
    impostor: int


def det_png(curves: Mapping[str, Curve]) -> bytes:
    """A PNG with one curve a condition; rates of zero are drawn at the edge."""
    figure, axes = canvas(7.2, 6.6)
    for label, curve in curves.items():
        false_match, missed = _deviate(curve.det.fmr), _deviate(curve.det.fnmr)
        (line,) = axes.plot(false_match, missed, linewidth=1.6, label=f"{label} (EER {curve.eer:.2%})")
        at = float(ndtri(max(curve.eer, LOWEST)))
        axes.plot([at], [at], "o", markersize=5, color=line.get_color())
    axes.plot([ndtri(LOWEST), ndtri(HIGHEST)], [ndtri(LOWEST), ndtri(HIGHEST)], ":", color="0.6", linewidth=1)
    for setter, ticks in ((axes.set_xticks, axes.set_xlim), (axes.set_yticks, axes.set_ylim)):
        setter(ndtri(TICKS), LABELS)
        ticks(ndtri(LOWEST), ndtri(HIGHEST))
    first = next(iter(curves.values()))
    axes.set_xlabel("False match rate (different people accepted)")
    axes.set_ylabel("False non-match rate (same person refused, no template included)")
    axes.set_title(
        f"Detection error trade-off: {first.genuine} genuine, {first.impostor} impostor comparisons"
    )
    axes.legend(loc="upper right")
    return png(figure)


def draw_det(conditions: Mapping[str, Condition], target: Path) -> None:
    """Write the curves of `conditions` as PNG. Raises OSError."""
    target.write_bytes(det_png({label: condition.drawn for label, condition in conditions.items()}))


def _deviate(rates: Scores) -> npt.NDArray[np.float64]:
    """Normal deviates of rates, kept inside the drawing."""
    deviates: npt.NDArray[np.float64] = ndtri(np.clip(rates, LOWEST, 1 - LOWEST))
    return deviates
