"""Draws score distributions and rates with their intervals, as PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.evaluate.metrics import Interval, Scores

DPI = 120
GENUINE, IMPOSTOR = "#2a6f97", "#c8553d"
"""Told apart by people with any colour vision, and in grey."""
BINS = 80


def draw_scores(genuine: Scores, impostor: Scores, thresholds: Mapping[str, float]) -> bytes:
    """How often each score occurs, with the thresholds as lines; attempts without a score are left out."""
    figure, axes = canvas(7.2, 4.2)
    there = [scores[np.isfinite(scores)] for scores in (genuine, impostor)]
    whole = np.concatenate(there)
    if not len(whole):
        axes.text(0.5, 0.5, "nothing could be compared", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return png(figure)
    edges = np.linspace(whole.min(), whole.max(), BINS + 1)
    for scores, name, colour in zip(there, ("same", "different"), (GENUINE, IMPOSTOR), strict=True):
        shares = np.histogram(scores, edges)[0] / max(len(scores), 1)
        axes.stairs(shares, edges, fill=True, alpha=0.5, color=colour, label=f"{name} ({len(scores)})")
    for style, (name, at) in zip(("-", "--", ":", "-."), thresholds.items(), strict=False):
        if np.isfinite(at):
            axes.axvline(at, color="0.25", linewidth=1.2, linestyle=style, label=f"{name}: {at:.3f}")
    axes.set_yscale("log")
    axes.set_xlabel("Score")
    axes.set_ylabel("Share of comparisons")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize="small")
    return png(figure)


def draw_rates(rates: Sequence[tuple[str, float, Interval]], limit: float | None, label: str) -> bytes:
    """Rates as points with their 95 % intervals, one row each; `limit` as a line."""
    figure, axes = canvas(7.2, 1.4 + 0.42 * len(rates))
    names = [name for name, _, _ in rates]
    middle = np.array([rate for _, rate, _ in rates])
    reach = np.array([interval for _, _, interval in rates])
    spread = np.abs(reach.T - middle)
    rows = np.arange(len(rates))[::-1]
    axes.errorbar(middle, rows, xerr=spread, fmt="o", color=GENUINE, ecolor="0.45", capsize=3)
    axes.set_yticks(rows, names)
    if limit is not None:
        axes.axvline(limit, color=IMPOSTOR, linewidth=1.2, linestyle="--", label=f"limit {limit:.1%}")
        axes.legend(loc="lower right")
    axes.set_xlim(left=-0.002)
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    return png(figure)


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty drawing, in inches; needs no screen."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.grid(True, color="0.9")
    axes.set_axisbelow(True)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The drawing's bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
