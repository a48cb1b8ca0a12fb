"""A signature as values, picture and fingerprint."""

from __future__ import annotations

import io
import itertools
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.around import PenPoint, Signature
from terminal.signing import (
    THICKEST_MM,
    THINNEST_MM,
    Ink,
    InkPoint,
    digest,
    enough,
    from_pad,
    png,
    segments,
    svg,
)

shares = st.floats(0, 1)
points = st.builds(InkPoint, shares, shares, shares, st.integers(0, 60_000))
strokes = st.lists(points, min_size=1, max_size=12).map(tuple)
inks = st.builds(Ink, st.lists(strokes, max_size=4).map(tuple), st.floats(20, 120), st.floats(10, 60))
LINE = Ink((tuple(InkPoint(0.1 + 0.08 * n, 0.5, n / 10, 40 * n) for n in range(11)),), 100.0, 40.0)


def darkness(picture: bytes) -> np.ndarray:
    return 255 - np.asarray(Image.open(io.BytesIO(picture)).convert("L")).astype(int)


def test_what_a_pad_gave_is_kept_as_it_is() -> None:
    pad = Signature(((PenPoint(0.1, 0.2, 0.3, 4), PenPoint(0.5, 0.6, 0.7, 8)),), 120.0, 60.0)
    assert from_pad(pad) == Ink((((InkPoint(0.1, 0.2, 0.3, 4)), InkPoint(0.5, 0.6, 0.7, 8)),), 120.0, 60.0)


def test_the_picture_has_the_true_size_and_ink_where_it_was_written() -> None:
    dark = darkness(png(LINE, 8))
    assert dark.shape == (320, 800)
    rows, columns = np.nonzero(dark > 128)
    assert abs(rows.mean() - 160) < 1
    assert abs(columns.min() - 80) < 4
    assert abs(columns.max() - 720) < 6
    assert dark[:, 700].sum() > 2 * dark[:, 100].sum(), "more pressure, more ink"


def test_the_drawing_has_the_true_size_and_every_stroke() -> None:
    drawing = ET.fromstring(svg(LINE))
    assert (drawing.get("width"), drawing.get("height")) == ("100.0mm", "40.0mm")
    paths = drawing.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(paths) == 11
    widths = [float(str(path.get("stroke-width"))) for path in paths]
    assert widths == sorted(widths)
    assert THINNEST_MM <= widths[0] < widths[-1] <= THICKEST_MM


@given(inks)
@settings(max_examples=40, deadline=None)
def test_any_ink_can_be_drawn_and_fingerprinted(ink: Ink) -> None:
    ET.fromstring(svg(ink))
    assert darkness(png(ink, 3)).any() == bool(ink.strokes)
    assert digest(ink) == digest(Ink(tuple(ink.strokes), ink.width_mm, ink.height_mm))


@given(strokes)
def test_a_smoothed_stroke_has_no_gap_and_keeps_its_ends(stroke: tuple[InkPoint, ...]) -> None:
    drawn = list(segments(stroke, 100, 40))
    assert drawn[0].start == (stroke[0].x * 100, stroke[0].y * 40)
    assert drawn[-1].end == (stroke[-1].x * 100, stroke[-1].y * 40)
    assert all(a.end == b.start for a, b in itertools.pairwise(drawn))


@pytest.mark.parametrize("change", ["x", "y", "pressure", "at_ms"])
def test_every_change_shows_in_the_fingerprint(change: str) -> None:
    first = LINE.strokes[0][3]
    values = {name: getattr(first, name) for name in ("x", "y", "pressure", "at_ms")}
    values[change] = values[change] + (0.001 if change != "at_ms" else 1)
    changed = (*LINE.strokes[0][:3], InkPoint(**values), *LINE.strokes[0][4:])
    assert digest(Ink((changed,), 100.0, 40.0)) != digest(LINE)
    assert digest(Ink((LINE.strokes[0][:5], LINE.strokes[0][5:]), 100.0, 40.0)) != digest(LINE)


def test_enough_is_the_same_measure_as_on_a_pad() -> None:
    assert enough(LINE)
    assert not enough(Ink((LINE.strokes[0][:2],), 100.0, 40.0))
    assert not enough(Ink())
    assert "0.1" not in repr(LINE)
