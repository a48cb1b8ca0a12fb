"""Typefaces for invented documents: our own digits of strokes, as embossing wheels have, and installed ones.

The stroke digits are drawn here because no free typeface has the shapes of ISO/IEC 7811-1 (Farrington 7B).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import ImageFont

Mask = npt.NDArray[np.uint8]
"""A picture of coverage, 0-255."""
Path_ = tuple[tuple[float, float], ...]

_OVERSAMPLED = 4
_SHIFT = 4
"""Binary digits after the point in which OpenCV takes coordinates."""

# Skeletons in a box of width 1 and height 1, from the top left; corners are cut off to round them.
_NARROW: dict[str, tuple[Path_, ...]] = {
    "0": (((0.5, 0), (0, 0), (0, 1), (1, 1), (1, 0), (0.5, 0)),),
    "1": (((0.15, 0.16), (0.5, 0.0), (0.5, 1.0)), ((0.1, 1.0), (0.9, 1.0))),
    "2": (((0.05, 0.18), (0.05, 0), (1, 0), (1, 0.48), (0.0, 0.62), (0.0, 1.0), (1.0, 1.0)),),
    "3": (((0.05, 0), (0.95, 0), (0.45, 0.42), (1, 0.42), (1, 1), (0, 1), (0, 0.84)),),
    "4": (((0.72, 0), (0.36, 0.35), (0, 0.7), (0.5, 0.7), (1, 0.7)), ((0.72, 0), (0.72, 1))),
    "5": (((0.95, 0), (0.08, 0), (0.04, 0.44), (1, 0.4), (1, 1), (0, 1), (0, 0.86)),),
    "6": (((0.8, 0), (0, 0.3), (0, 1), (1, 1), (1, 0.46), (0, 0.46), (0, 0.7)),),
    "7": (((0.0, 0.16), (0.0, 0.0), (1.0, 0.0), (0.42, 0.55), (0.4, 1.0)),),
    "8": (
        ((0.5, 0), (0.08, 0), (0.08, 0.45), (0.92, 0.45), (0.92, 0), (0.5, 0)),
        ((0.5, 0.45), (0, 0.45), (0, 1), (1, 1), (1, 0.45), (0.5, 0.45)),
    ),
    "9": (((1, 0.3), (1, 0.54), (0, 0.54), (0, 0), (1, 0), (1, 0.7), (0.2, 1.0)),),
}
_OPEN = _NARROW | {
    "1": (((0.2, 0.18), (0.55, 0.0), (0.55, 1.0)),),
    "2": (((0, 0.24), (0, 0), (1, 0), (1, 0.42), (0, 1.0), (1.0, 1.0)),),
    "3": (
        ((0, 0.14), (0, 0), (1, 0), (1, 0.46), (0.4, 0.46)),
        ((0.4, 0.46), (1, 0.46), (1, 1), (0, 1), (0, 0.86)),
    ),
    "4": (((0.35, 0.0), (0.0, 0.66), (1.0, 0.66)), ((0.72, 0.4), (0.72, 1.0))),
    "6": (((0.62, 0), (0, 0.5), (0, 1), (1, 1), (1, 0.45), (0.2, 0.45), (0, 0.62)),),
    "7": (((0.0, 0.0), (1.0, 0.0), (0.35, 1.0)),),
    "9": (((0.38, 1), (1, 0.5), (1, 0), (0, 0), (0, 0.55), (0.8, 0.55), (1, 0.38)),),
}


class Typeface(Protocol):
    """Gives the digits of a line."""

    @property
    def name(self) -> str:
        """What it is called."""

    def digit(self, sign: str, height: int) -> Mask:
        """Coverage of one digit `height` pixels high, as wide as it is."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Digits of strokes of one thickness with round ends."""

    name: str
    skeleton: str
    """Name of the set of skeletons."""
    wide: float
    """Width of a digit as a share of its height."""
    thick: float
    """Of the stroke, as a share of the height."""
    rounds: int
    """How often corners are cut."""

    def digit(self, sign: str, height: int) -> Mask:
        """See `Typeface`."""
        paths = (_OPEN if self.skeleton == "open" else _NARROW)[sign]
        tall = height * _OVERSAMPLED
        stroke = max(1, round(self.thick * tall))
        inside = tall - stroke
        across = self.wide * tall - stroke
        canvas = np.zeros((tall, round(self.wide * tall)), np.uint8)
        for path in paths:
            points = _rounded(np.array(path), self.rounds) * (across, inside) + stroke / 2
            fixed = np.rint(points * 2**_SHIFT).astype(np.int32)
            cv2.polylines(canvas, [fixed], False, 255, stroke, cv2.LINE_AA, _SHIFT)
        size = max(1, round(self.wide * height)), height
        return np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True, slots=True)
class Installed:
    """Digits of a typeface that a package of this program brings."""

    name: str
    file: Path

    def digit(self, sign: str, height: int) -> Mask:
        """See `Typeface`."""
        font = opened(self.file, round(height * 1.4))
        _, top, _, bottom = font.getbbox("0")
        size = round(height * 1.4 * height / max(1, bottom - top))
        return text_mask(self.file, sign, size)


def text_mask(file: Path, text: str, size: int) -> Mask:
    """Coverage of a line of text in a typeface file, cut to what is drawn."""
    from PIL import Image, ImageDraw

    font = opened(file, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    canvas = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(canvas).text((-left, -top), text, font=font, fill=255)
    return np.asarray(canvas, np.uint8)


@lru_cache(maxsize=64)
def opened(file: Path, size: int) -> ImageFont.FreeTypeFont:
    """A typeface file in a size."""
    from PIL import ImageFont

    return ImageFont.truetype(str(file), size)


def plotted(name: str) -> Path:
    """A typeface that the package matplotlib brings; the package itself, 12 MB, is not loaded for it."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("matplotlib is not installed; run: make check-tools")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"


def chinese() -> Path | None:
    """The Chinese typeface of the window, where it is installed."""
    spec = find_spec("noto_cjk_sans_otc")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "NotoSansCJK-Regular.ttc"


EMBOSSING = (
    Strokes("wheel, narrow", "narrow", 0.62, 0.13, 2),
    Strokes("wheel, bold", "narrow", 0.66, 0.17, 2),
    Strokes("wheel, square", "narrow", 0.6, 0.12, 1),
)


def printing() -> tuple[Typeface, ...]:
    """Typefaces in which flat cards are printed here."""
    names = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "STIXGeneralBol")
    faces: list[Typeface] = [Installed(name, plotted(name)) for name in names]
    faces += [
        Strokes("plotter", "open", 0.6, 0.11, 3),
        Strokes("plotter, bold", "open", 0.64, 0.15, 3),
        EMBOSSING[0],
    ]
    chinese_ = chinese()
    if chinese_ is not None:
        faces.append(Installed("Noto Sans CJK", chinese_))
    return tuple(faces)


def _rounded(points: npt.NDArray[np.float64], times: int) -> npt.NDArray[np.float64]:
    """The path with its corners cut off `times` times (Chaikin), its ends kept."""
    for _ in range(times):
        before, after = points[:-1], points[1:]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], 1).reshape(-1, 2)
        closed = np.allclose(points[0], points[-1])
        points = np.vstack([cut, cut[:1]]) if closed else np.vstack([points[:1], cut, points[-1:]])
    return points
