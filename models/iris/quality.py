"""How usable an iris picture is, and the one thing to change first.

Components are named after ISO/IEC 29794-6 where they correspond; they follow its ideas, not its code. The
limits were set on the development persons of three research sets: see `QualityLimits`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from models.iris.api import Floats, Grey, Outline, Sheet
from models.iris.polar import LEFT_ARC, RIGHT_ARC, TURN, rings
from models.iris.settings import QualityLimits

_FOCUS_POWER = 1_800_000.0
"""Power at which sharpness is 50 (ISO/IEC 29794-6, sharpness)."""
_SIDES = TURN[LEFT_ARC | RIGHT_ARC]
_ACROSS = np.abs(np.cos(TURN)) > np.cos(np.deg2rad(35))
_DOWN = np.sin(TURN) > np.cos(np.deg2rad(35))


@dataclass(frozen=True, slots=True)
class IrisQuality:
    """The components, higher is better unless said otherwise."""

    usable_iris_area: float
    """Per cent of the ring that lids, lashes and lights leave: the strongest signal."""
    iris_sclera_contrast: float
    """0-100."""
    iris_pupil_contrast: float
    """0-100."""
    pupil_boundary_circularity: float
    """100 for a circle; less for an eye that looks aside, and for a wrong boundary."""
    grey_scale_utilisation: float
    """Entropy of the picture in bits, 0-8."""
    iris_radius: float
    """Pixels of the picture given."""
    pupil_iris_ratio: float
    """Per cent; neither too small nor too large."""
    iris_pupil_concentricity: float
    """100 when both have one centre."""
    margin_adequacy: float
    """100 when there is enough picture around the iris; 0 when its side is cut."""
    sharpness: float
    """0-100."""
    motion_blur: float
    """0 without; how much weaker the pupil's edge is across the movement than along it, 0-100."""
    brightness: float
    """Mean grey value of the iris, 0-255."""
    glare: float
    """Per cent of the picture's middle that is white: lights in glasses."""


def measure(picture: Grey, outline: Outline, sheet: Sheet) -> IrisQuality:
    """The components of one picture."""
    smooth = picture.astype(np.float32)
    pupil, inner, outer, white = _levels(smooth, outline)
    apart = np.hypot(outline.pupil.x - outline.iris.x, outline.pupil.y - outline.iris.y)
    weber = abs(inner - pupil) / (20 + pupil)
    uneven = float(np.std(outline.contour)) / outline.pupil.radius
    return IrisQuality(
        usable_iris_area=100 * float(sheet.usable.mean()),
        iris_sclera_contrast=100 * min(max(white - outer, 0) / max(white + outer - 2 * pupil, 1), 1.0),
        iris_pupil_contrast=100 * weber / (0.75 + weber),
        pupil_boundary_circularity=100 * max(1 - 4 * uneven, 0),
        grey_scale_utilisation=_entropy(picture),
        iris_radius=outline.iris.radius,
        pupil_iris_ratio=100 * outline.pupil.radius / outline.iris.radius,
        iris_pupil_concentricity=100 * max(1 - float(apart) / outline.iris.radius, 0),
        margin_adequacy=_margin(picture, outline),
        sharpness=_sharpness(smooth, outline),
        motion_blur=_motion(smooth, outline),
        brightness=float(sheet.texture[sheet.usable].mean()) if sheet.usable.any() else 0.0,
        glare=_glare(picture, outline),
    )


def problem_of(quality: IrisQuality, limits: QualityLimits) -> str | None:
    """The message key of what to change first, or None: what spoils most comes first."""
    return next((key for key, wrong in _problems(quality, limits) if wrong), None)


def _problems(quality: IrisQuality, limits: QualityLimits) -> Iterator[tuple[str, bool]]:
    """Every message with whether it applies."""
    yield "iris.come_closer", quality.iris_radius < limits.iris_radius_px
    yield "iris.centre", quality.margin_adequacy < limits.margin
    yield "iris.too_bright", quality.brightness > limits.brightest
    yield "iris.too_dark", quality.brightness < limits.darkest
    yield "iris.too_dark", quality.grey_scale_utilisation < limits.grey_bits
    yield "iris.glasses", quality.glare > limits.glare
    yield "iris.closed", quality.usable_iris_area < limits.usable_area
    yield "iris.look_at_light", quality.pupil_boundary_circularity < limits.circularity
    yield "iris.look_at_light", quality.iris_pupil_concentricity < limits.concentricity
    yield "iris.pupil", not limits.ratio[0] <= quality.pupil_iris_ratio <= limits.ratio[1]
    yield "iris.hold_still", quality.motion_blur > limits.motion
    yield "iris.blurred", quality.sharpness < limits.sharpness
    yield "iris.blurred", quality.iris_pupil_contrast < limits.pupil_contrast
    yield "iris.blurred", quality.iris_sclera_contrast < limits.sclera_contrast


def _levels(picture: Floats, outline: Outline) -> tuple[float, float, float, float]:
    """Grey levels of the pupil, the inner and the outer part of the iris, and the white of the eye."""
    inner, outer = outline.pupil, outline.iris
    width = outer.radius - inner.radius
    places = (
        (inner.x, inner.y, 0.2 * inner.radius, 0.8 * inner.radius, TURN),
        (inner.x, inner.y, 1.1 * inner.radius, 1.1 * inner.radius + 0.25 * width, _SIDES),
        (outer.x, outer.y, 0.82 * outer.radius, 0.92 * outer.radius, _SIDES),
        (outer.x, outer.y, 1.08 * outer.radius, 1.18 * outer.radius, _SIDES),
    )
    first, second, third, fourth = (
        float(np.median(rings(picture, (x, y), np.linspace(low, high, 6), angles)))
        for x, y, low, high, angles in places
    )
    return first, second, third, fourth


def _entropy(picture: Grey) -> float:
    """Bits of the grey levels' distribution."""
    share = np.bincount(picture.ravel(), minlength=256) / picture.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def _margin(picture: Grey, outline: Outline) -> float:
    """Room beside (0.6 iris radii wanted) and above (0.2 wanted), the scarcer, in per cent."""
    height, width = picture.shape
    iris = outline.iris
    beside = min(iris.x - iris.radius, width - iris.x - iris.radius) / (0.6 * iris.radius)
    above = min(iris.y - iris.radius, height - iris.y - iris.radius) / (0.2 * iris.radius)
    return 100 * float(np.clip(min(beside + 1, above + 1) / 2, 0, 1))


def _sharpness(picture: Floats, outline: Outline) -> float:
    """Power of a Laplacian of Gaussian around the iris, brought to 0-100."""
    iris = outline.iris
    top, left = max(int(iris.y - iris.radius), 0), max(int(iris.x - iris.radius), 0)
    box = picture[top : int(iris.y + iris.radius) + 1, left : int(iris.x + iris.radius) + 1]
    if box.size == 0:
        return 0.0
    response = 40 * 9 * cv2.Laplacian(cv2.GaussianBlur(box, (0, 0), 1.4), cv2.CV_32F)
    power = float((response**2).mean())
    return 100 * power**2 / (power**2 + _FOCUS_POWER**2)


def _motion(picture: Floats, outline: Outline) -> float:
    """How much the pupil's edge differs between the sides and below, in per cent of the steeper one."""
    radii = outline.pupil.radius + np.arange(-3, 4)
    values = rings(picture, (outline.pupil.x, outline.pupil.y), radii)[0]
    steep = np.abs(np.diff(values, axis=0)).max(0)
    across, down = float(np.median(steep[_ACROSS])), float(np.median(steep[_DOWN]))
    return 100 * (1 - min(across, down) / max(across, down, 1e-3))


def _glare(picture: Grey, outline: Outline) -> float:
    """White share of the iris and pupil's square."""
    iris = outline.iris
    top, left = max(int(iris.y - 0.6 * iris.radius), 0), max(int(iris.x - 0.9 * iris.radius), 0)
    box = picture[top : int(iris.y + iris.radius), left : int(iris.x + 0.9 * iris.radius)]
    return 100 * float((box >= 250).mean()) if box.size else 0.0
