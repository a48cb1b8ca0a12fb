"""A signature as the terminal keeps it, wherever it was written: strokes, a picture of them, a fingerprint.

What a pad's driver gives and what is written on the screen become the same `Ink`.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.around import PenPoint, Signature
from drivers.pad import ink as pad_ink

PAPER = "#FFFFFF"
COLOUR = "#10243A"
THINNEST_MM, THICKEST_MM = 0.25, 0.9
"""Width of a stroke without and with full pressure."""
_FINER = 4
"""The picture is drawn this much larger and made smaller, which smooths its edges."""
_PLACES = 10_000
"""Steps across the pad, and of pressure, that the fingerprint tells apart."""


@dataclass(frozen=True, slots=True)
class InkPoint:
    """Where the pen was: 0-1 from the left and the top, pressure 0-1, milliseconds since the first point."""

    x: float
    y: float
    pressure: float
    at_ms: int


Stroke = tuple[InkPoint, ...]


@dataclass(frozen=True, slots=True)
class Ink:
    """A signature. `repr` shows none of it."""

    strokes: tuple[Stroke, ...] = field(default=(), repr=False)
    width_mm: float = 0.0
    height_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a smoothed stroke: a curve from `start` over `bend` to `end`, and its width; all in mm."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]
    width: float


def from_pad(signature: Signature) -> Ink:
    """What a pad's driver gave."""
    strokes = tuple(
        tuple(InkPoint(point.x, point.y, point.pressure, point.at_ms) for point in stroke)
        for stroke in signature.strokes
    )
    return Ink(strokes, signature.width_mm, signature.height_mm)


def enough(ink: Ink) -> bool:
    """True when it is long enough to be a signature, by the same measure as on a pad."""
    strokes = tuple(
        tuple(PenPoint(point.x, point.y, point.pressure, point.at_ms) for point in stroke)
        for stroke in ink.strokes
    )
    return pad_ink.enough(Signature(strokes, ink.width_mm, ink.height_mm))


def digest(ink: Ink) -> str:
    """SHA-256 over size, places, pressures and times, rounded so that storing it changes nothing."""
    said = [f"{ink.width_mm:.1f} {ink.height_mm:.1f}"]
    said += [" ".join(_said(point) for point in stroke) for stroke in ink.strokes]
    return hashlib.sha256("\n".join(said).encode("ascii")).hexdigest()


def segments(stroke: Stroke, width_mm: float, height_mm: float) -> Iterator[Segment]:
    """The smoothed stroke: curves between the middles of its points, as wide as the pen pressed."""
    places = [(point.x * width_mm, point.y * height_mm) for point in stroke]
    if len(places) == 1:
        yield Segment(places[0], places[0], places[0], _width(stroke[0].pressure))
        return
    middles = [_middle(a, b) for a, b in itertools.pairwise(places)]
    yield Segment(places[0], places[0], middles[0], _width(stroke[0].pressure))
    for number, (start, end) in enumerate(itertools.pairwise(middles), 1):
        yield Segment(start, places[number], end, _width(stroke[number].pressure))
    yield Segment(middles[-1], places[-1], places[-1], _width(stroke[-1].pressure))


def svg(ink: Ink) -> str:
    """The signature as an SVG picture of its true size."""
    width, height = f"{ink.width_mm:.1f}", f"{ink.height_mm:.1f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">',
        f'<g fill="none" stroke="{COLOUR}" stroke-linecap="round">',
    ]
    for stroke in ink.strokes:
        for each in segments(stroke, ink.width_mm, ink.height_mm):
            curve = f"M{_pair(each.start)} Q{_pair(each.bend)} {_pair(each.end)}"
            lines.append(f'<path d="{curve}" stroke-width="{each.width:.2f}"/>')
    return "\n".join([*lines, "</g></svg>", ""])


def png(ink: Ink, dots_per_mm: float = 8.0) -> bytes:
    """The signature as a grey PNG picture on white (8 dots a millimetre are 203 dpi)."""
    from PIL import Image, ImageDraw

    scale = dots_per_mm * _FINER
    size = max(1, round(ink.width_mm * dots_per_mm)), max(1, round(ink.height_mm * dots_per_mm))
    large = Image.new("L", (size[0] * _FINER, size[1] * _FINER), 255)
    draw = ImageDraw.Draw(large)
    for stroke in ink.strokes:
        for each in segments(stroke, ink.width_mm, ink.height_mm):
            radius = each.width * scale / 2
            for x, y in _along(each, scale):
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    out = io.BytesIO()
    large.resize(size, Image.Resampling.BOX).save(out, "PNG", optimize=True)
    return out.getvalue()


def _said(point: InkPoint) -> str:
    x, y, pressure = (round(part * _PLACES) for part in (point.x, point.y, point.pressure))
    return f"{x},{y},{pressure},{point.at_ms}"


def _along(segment: Segment, scale: float) -> Iterator[tuple[float, float]]:
    """Points on the curve, less than a dot of the large picture apart."""
    length = math.dist(segment.start, segment.bend) + math.dist(segment.bend, segment.end)
    steps = max(1, math.ceil(length * scale))
    for step in range(steps + 1):
        share = step / steps
        rest = 1 - share
        x, y = (
            rest * rest * a + 2 * rest * share * b + share * share * c
            for a, b, c in zip(segment.start, segment.bend, segment.end, strict=True)
        )
        yield x * scale, y * scale


def _middle(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _width(pressure: float) -> float:
    return THINNEST_MM + (THICKEST_MM - THINNEST_MM) * min(1.0, max(0.0, pressure))


def _pair(place: tuple[float, float]) -> str:
    return f"{place[0]:.2f},{place[1]:.2f}"
