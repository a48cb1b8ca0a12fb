"""Draws detection error trade-off curves (Martin et al. 1997) on normal-deviate axes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.special import ndtri

from models.evaluate.face import Condition
from models.evaluate.metrics import Scores

TICKS = (1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.5)
LABELS = ("0.001 %", "0.01 %", "0.1 %", "1 %", "5 %", "20 %", "50 %")
LOWEST = 1e-5
HIGHEST = 0.5


def draw_det(conditions: Mapping[str, Condition], target: Path) -> None:
    """Write a PNG with one curve a condition; rates of zero are drawn at the edge. Raises OSError."""
    figure = Figure(figsize=(7.2, 6.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for label, condition in conditions.items():
        curve = condition.curve
        (line,) = axes.plot(
            _deviate(curve.fmr),
            _deviate(curve.fnmr),
            linewidth=1.6,
            label=f"{label} (EER {condition.eer:.2%})",
        )
        at = float(ndtri(max(condition.eer, LOWEST)))
        axes.plot([at], [at], "o", markersize=5, color=line.get_color())
    axes.plot([ndtri(LOWEST), ndtri(HIGHEST)], [ndtri(LOWEST), ndtri(HIGHEST)], ":", color="0.6", linewidth=1)
    for setter, ticks in ((axes.set_xticks, axes.set_xlim), (axes.set_yticks, axes.set_ylim)):
        setter(ndtri(TICKS), LABELS)
        ticks(ndtri(LOWEST), ndtri(HIGHEST))
    first = next(iter(conditions.values()))
    axes.set_xlabel("False accept rate (impostors accepted)")
    axes.set_ylabel("False reject rate (genuine refused, no face found included)")
    axes.set_title(
        f"Detection error trade-off: {first.genuine} genuine, {first.pairs - first.genuine} impostor pairs"
    )
    axes.grid(True, color="0.88")
    axes.legend(loc="upper right")
    figure.savefig(target, format="png")


def _deviate(rates: Scores) -> npt.NDArray[np.float64]:
    """Normal deviates of rates, kept inside the drawing."""
    deviates: npt.NDArray[np.float64] = ndtri(np.clip(rates, LOWEST, 1 - LOWEST))
    return deviates
