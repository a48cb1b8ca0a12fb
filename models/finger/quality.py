"""How usable an impression is, and the one thing that would make it better.

NFIQ 2 (ISO/IEC 29794-4) decides where it is installed. Elsewhere our own measures do: area of clear ridges,
their strength, number and confidence of the minutiae. They are not NFIQ 2 and are never called so.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import cv2
import numpy as np

from models.finger.minutiae import Minutiae
from models.finger.picture import Finger
from models.finger.settings import MM_PER_PIXEL, FingerLimits, Steps

SURROUNDINGS = 25
"""Pixels of the square with whose mean a pixel is compared to tell ridge from valley."""


class Verdict(enum.StrEnum):
    """What to do with an impression."""

    USABLE = "usable"
    WARN = "warn"
    """Compare it, but say that a better one would be more certain."""
    RECAPTURE = "recapture"
    """Ask for the finger again."""


@dataclass(frozen=True, slots=True)
class FingerQuality:
    """The measures of one impression."""

    verdict: Verdict
    problem: str | None
    """One message key (``finger.partial``, ``finger.too_dry`` …); None when usable."""
    nfiq2: int | None = None
    """NFIQ 2 score, 0–100; None when NFIQ 2 is not installed or gives none."""
    area_mm2: float = 0.0
    """Area of clear ridges."""
    strength: float = 0.0
    """Median share of a ridge cell's energy in its one wave, 0–1."""
    period_mm: float = 0.0
    """Median distance from ridge to ridge."""
    minutiae: int = 0
    confidence: float = 0.0
    """Mean confidence of the minutiae, 0–1, as their finder says."""
    light: float = 0.0
    """Mean grey value of the finger, 0–255."""
    dark_share: float = 0.0
    """Share of the finger darker than its surroundings: about half; more when ridges run together."""
    offset_mm: float = 0.0
    """Distance of the ridges' middle from the picture's."""


def rate(
    finger: Finger, minutiae: Minutiae, nfiq2: int | None, limits: FingerLimits, *, leader: bool = True
) -> FingerQuality:
    """Measure an impression and judge it (see `judge`)."""
    mask = finger.mask
    inside = finger.grey[mask]
    surroundings = cv2.blur(finger.grey, (SURROUNDINGS, SURROUNDINGS))[mask]
    x, y = finger.ridges.centre
    quality = FingerQuality(
        verdict=Verdict.USABLE,
        problem=None,
        nfiq2=nfiq2,
        area_mm2=finger.ridges.area_mm2,
        strength=finger.ridges.strength,
        period_mm=finger.ridges.period * MM_PER_PIXEL,
        minutiae=len(minutiae),
        confidence=float(minutiae.quality.mean()) if len(minutiae) else 0.0,
        light=float(inside.mean()),
        dark_share=float(np.mean(inside < surroundings)),
        offset_mm=math.hypot(x - finger.width / 2, y - finger.height / 2) * MM_PER_PIXEL,
    )
    return judge(quality, limits, leader=leader)


def judge(quality: FingerQuality, limits: FingerLimits, *, leader: bool = True) -> FingerQuality:
    """The same measures with the verdict that `limits` give, and the problem behind it.

    `leader` says that the minutiae's confidence is LEADER's, for which alone there are limits.
    """
    verdict = _verdict(quality, limits, leader)
    problem = None if verdict is Verdict.USABLE else _problem(quality, limits)
    values = {name: getattr(quality, name) for name in FingerQuality.__slots__}
    return FingerQuality(**{**values, "verdict": verdict, "problem": problem})


def unusable(problem: str, quality: FingerQuality | None = None) -> FingerQuality:
    """The quality of a picture without a template."""
    values = {name: getattr(quality, name) for name in FingerQuality.__slots__} if quality else {}
    return FingerQuality(**{**values, "verdict": Verdict.RECAPTURE, "problem": problem})


def _verdict(quality: FingerQuality, limits: FingerLimits, leader: bool) -> Verdict:
    """By NFIQ 2 where there is one, else by our own measures."""
    measures: list[tuple[float, Steps]]
    if quality.nfiq2 is not None:
        measures = [(quality.nfiq2, limits.nfiq2)]
    else:
        measures = [
            (quality.area_mm2, limits.area_mm2),
            (quality.minutiae, limits.minutiae),
            (quality.strength, limits.strength),
        ]
        measures += [(quality.confidence, limits.confidence)] if leader else []
    if any(value < steps.recapture for value, steps in measures):
        return Verdict.RECAPTURE
    return Verdict.WARN if any(value < steps.warn for value, steps in measures) else Verdict.USABLE


def _problem(quality: FingerQuality, limits: FingerLimits) -> str:
    """The first cause that a person can mend, as a message key."""
    small = quality.area_mm2 < limits.area_mm2.warn
    causes = (
        (small and quality.offset_mm > limits.off_centre_mm, "finger.not_centred"),
        (quality.light > limits.light, "finger.too_light"),
        (quality.light < limits.dark, "finger.too_dark"),
        (quality.dark_share > limits.wet, "finger.too_wet"),
        (quality.dark_share < limits.dry, "finger.too_dry"),
        (small, "finger.partial"),
        (quality.minutiae < limits.minutiae.warn, "finger.too_few_points"),
    )
    return next((key for true, key in causes if true), "finger.messy")
