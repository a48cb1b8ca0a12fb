"""One number for how well a frame should compare, to choose the best of many [unified quality score].

A product of shares, each falling from 1 where a signal is perfect towards 0 where it is bad: one bad signal
spoils a frame, many good ones do not make up for it. The scales were chosen by what picks the better one
among several pictures of a person (docs/face-quality.md).
"""

from __future__ import annotations

import math

from models.api import Quality


def score_of(quality: Quality) -> float:
    """0 to 100."""
    return 100 * math.exp(-0.5 * sum((value / scale) ** 2 for value, scale in _parts(quality)))


def _parts(quality: Quality) -> tuple[tuple[float, float], ...]:
    """How far each signal is from good, and how far it may be for a frame that is worth 0.6 of a good one."""
    opening = GOOD_OPENING if quality.eyes_open is None else quality.eyes_open
    return (
        (quality.yaw, 24.0),
        (quality.pitch, 16.0),
        (quality.roll, 15.0),
        (max(quality.blur - 0.6, 0.0), 0.17),
        (quality.unevenness, 1.0),
        (max(120.0 - quality.dynamic_range, 0.0), 50.0),
        (max(GOOD_OPENING - opening, 0.0), 0.10),
        (max((quality.mouth_open or 0.0) - 0.10, 0.0), 0.34),
        (max((quality.smile or 0.0) - 0.62, 0.0), 0.27),
        (max(quality.eye_cover, 0.0), 1.4),
        (quality.gaze or 0.0, 0.15),
        (max(45.0 - quality.inter_eye_distance, 0.0), 10.0),
        (quality.glare, 0.07),
        (quality.clipped, 0.09),
    )


GOOD_OPENING = 0.22
"""Opening of the eyes of half of all people; wider is not better."""
