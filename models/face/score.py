"""One number for how well a frame should compare, to choose the best of many.

A product of shares, each falling from 1 where a signal is perfect towards 0 where it is bad: one bad signal
spoils a frame, many good ones do not make up for it.
"""

from __future__ import annotations

import math

from models.api import Quality


def score_of(quality: Quality) -> float:
    """0 to 100."""
    share = 1.0
    for value, scale in _parts(quality):
        share *= math.exp(-0.5 * (value / scale) ** 2)
    return 100 * share


def _parts(quality: Quality) -> list[tuple[float, float]]:
    """Distance of each signal from what is best, and the distance at which a frame is worth 0.6 of it."""
    return [
        (quality.yaw, 20.0),
        (quality.pitch, 20.0),
        (quality.roll, 30.0),
        (max(quality.blur - 0.6, 0.0), 0.12),
        (quality.unevenness, 1.2),
        (max(90.0 - quality.dynamic_range, 0.0), 40.0),
        (max(0.22 - (0.22 if quality.eyes_open is None else quality.eyes_open), 0.0), 0.1),
        (max((quality.mouth_open or 0.0) - 0.1, 0.0), 0.2),
    ]
