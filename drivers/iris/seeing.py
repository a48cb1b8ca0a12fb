"""Finds the eye in a near-infrared picture and says whether the picture is good enough, by plain geometry.

A pupil is a dark, round, filled disc; its edge tells the focus; the ring around it how far the eye is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from drivers.capture import Grey
from drivers.iris.settings import IrisCameraSettings

NONE, BLURRED, DARK = "iris.none", "iris.blurred", "iris.too_dark"
BRIGHT, CLOSED = "iris.too_bright", "iris.closed"

WHITE = 250
MOSTLY_WHITE = 0.25
"""Share of a picture without an eye that is white when light is to blame."""
ROUND = 0.72
"""Share of its enclosing circle that a pupil fills; less when lids cut it."""
CLEARLY_ROUND = 0.85
CUT = 0.3
"""A dark thing that fills less than this is no pupil that lids cut, but something else."""
CONTRAST = 14.0
"""Grey levels between pupil and iris at least, and likewise between iris and white."""
WHITE_CONTRAST = 5.0
ANGLES = 64
SIDES = 45
"""Degrees to the left and right in which the outer edge of the iris is free of lids."""
TOLERANCE = 30.0
_PERCENTILES = (1.0, 2.0, 4.0, 7.0, 11.0, 16.0)
"""For pupils that are not the darkest thing in the picture: lashes, brows, a dark edge."""
_STEP = 2
_TURN = np.arange(ANGLES) * (2 * np.pi / ANGLES)
_SIDEWAYS = np.abs(np.cos(_TURN)) >= np.cos(np.deg2rad(SIDES))

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of an eye. Lengths in pixels; `code` is empty when the picture is good."""

    code: str
    x: float = 0.0
    y: float = 0.0
    pupil: float = 0.0
    iris: float = 0.0
    edge: float = 0.0
    """Width of the transition from pupil to iris."""
    usable: float = 0.0
    """Share of the iris that is not covered, 0-1."""

    @property
    def quality(self) -> int:
        """0-100: how much of the iris is seen, less what the focus costs."""
        return round(100 * self.usable * min(1.0, 3.0 / max(self.edge, 0.1))) if self.iris else 0


@dataclass(frozen=True, slots=True)
class _Disc:
    x: float
    y: float
    radius: float
    fill: float


def look(picture: Grey, knobs: IrisCameraSettings) -> Seen:
    """What `picture` shows of one eye, and the first thing that is wrong with it."""
    if float(np.percentile(picture, 90)) < knobs.darkest:
        return Seen(DARK)
    nothing = Seen(BRIGHT if float((picture >= WHITE).mean()) > MOSTLY_WHITE else NONE)
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32)
    disc = _pupil(picture, knobs)
    if disc is None:
        return nothing
    if disc.fill < ROUND:
        return Seen(CLOSED, disc.x, disc.y, disc.radius)
    pupil, edge, contrast = _edge(smooth, disc, knobs)
    if contrast < CONTRAST:
        return nothing
    iris = _outer(smooth, disc, pupil, knobs)
    if iris is None:
        code = BLURRED if edge > knobs.widest_edge_px else nothing.code
        return Seen(code, disc.x, disc.y, pupil, edge=edge)
    rays = _rays(smooth, disc, pupil + 2, iris - 2)
    usable = _usable(rays, pupil, iris)
    code = _verdict(float((rays >= WHITE).mean()), usable, edge, knobs)
    return Seen(code, disc.x, disc.y, pupil, iris, edge, usable)


def _verdict(glare: float, usable: float, edge: float, knobs: IrisCameraSettings) -> str:
    """What is wrong with an eye that was found; empty when nothing is."""
    if glare > knobs.most_glare:
        return BRIGHT
    if usable < knobs.least_usable:
        return CLOSED
    return BLURRED if edge > knobs.widest_edge_px else ""


def _pupil(picture: Grey, knobs: IrisCameraSettings) -> _Disc | None:
    """The roundest dark disc of a pupil's size; a cut one when there is no round one."""
    half = cv2.resize(picture, None, fx=1 / _STEP, fy=1 / _STEP, interpolation=cv2.INTER_AREA)
    small = np.asarray(half, np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    best: _Disc | None = None
    for grey in _darkness(small, knobs):
        dark = cv2.morphologyEx((small <= grey + 6).astype(np.uint8), cv2.MORPH_OPEN, kernel)
        outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for outline in outlines:
            found = _disc(cv2.convexHull(outline), small.shape, knobs)
            if found is not None and (best is None or found.fill > best.fill):
                best = found
        # Darkest first, or the whole iris would pass for a pupil.
        if best is not None and best.fill >= CLEARLY_ROUND:
            break
    return best


def _darkness(small: Grey, knobs: IrisCameraSettings) -> list[float]:
    """Greys to try, darkest first: those that a pupil of some size would account for, and lighter ones."""
    sizes = np.geomspace(knobs.pupil_min_px, knobs.pupil_max_px, 5) / _STEP
    shares = np.clip(50 * np.pi * sizes**2 / small.size, 0, 100)
    return sorted({float(each) for each in np.percentile(small, np.append(shares, _PERCENTILES))})


def _disc(outline: npt.NDArray[Any], shape: tuple[int, ...], knobs: IrisCameraSettings) -> _Disc | None:
    (x, y), radius = cv2.minEnclosingCircle(outline)
    inside = radius < x < shape[1] - radius and radius < y < shape[0] - radius
    if not inside or not knobs.pupil_min_px <= radius * _STEP <= knobs.pupil_max_px:
        return None
    fill = cv2.contourArea(outline) / (np.pi * radius * radius)
    return _Disc(x * _STEP, y * _STEP, radius * _STEP, float(fill)) if fill >= CUT else None


def _rays(picture: Floats, disc: _Disc, first: float, last: float) -> Floats:
    """Grey along `ANGLES` rays from `first` to `last` pixels from the middle, a row a pixel."""
    reach = np.arange(first, last, dtype=np.float32)[:, None]
    x = (disc.x + reach * np.cos(_TURN)).astype(np.float32)
    y = (disc.y + reach * np.sin(_TURN)).astype(np.float32)
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _edge(picture: Floats, disc: _Disc, knobs: IrisCameraSettings) -> tuple[float, float, float]:
    """Radius of the pupil, width of its edge and contrast over it, from the rays to both sides."""
    first = disc.radius * 0.5
    rays = _rays(picture, disc, first, disc.radius * 1.6 + 4)[:, _SIDEWAYS]
    dark = float(np.median(rays[: max(2, len(rays) // 6)]))
    light = float(np.median(rays[-max(2, len(rays) // 6) :]))
    contrast = light - dark
    slopes = np.diff(rays, axis=0)
    steepest = float(np.median(slopes.max(axis=0)))
    radius = first + float(np.median(slopes.argmax(axis=0))) + 0.5
    return radius, contrast / max(steepest, 0.1), contrast


def _outer(picture: Floats, disc: _Disc, pupil: float, knobs: IrisCameraSettings) -> float | None:
    """Radius of the iris: where the rays to both sides grow lighter most; None where they do not."""
    first = max(float(knobs.iris_min_px), pupil * 1.3)
    rays = _rays(picture, disc, first - 4, knobs.iris_max_px + 5)[:, _SIDEWAYS]
    if len(rays) < 12:
        return None
    # Medians over each side first: a lash or a streak must not count as the edge.
    left, right = np.cos(_TURN[_SIDEWAYS]) < 0, np.cos(_TURN[_SIDEWAYS]) > 0
    sides = np.stack([np.median(rays[:, side], axis=1) for side in (left, right)])
    profile = (sides[:, 8:] - sides[:, :-8]).mean(axis=0)
    place = int(np.argmax(profile))
    return first + place if float(profile[place]) >= WHITE_CONTRAST else None


def _usable(rays: Floats, pupil: float, iris: float) -> float:
    """Share of the ring between pupil and iris that looks like iris rather than lid."""
    if len(rays) < 4:
        return 0.0
    usual = np.median(rays[:, _SIDEWAYS], axis=1, keepdims=True)
    smooth = cv2.blur(rays, (3, 5))
    weight = np.linspace(pupil, iris, len(rays), dtype=np.float32)[:, None]
    return float(((np.abs(smooth - usual) < TOLERANCE) * weight).sum() / (weight.sum() * ANGLES))
