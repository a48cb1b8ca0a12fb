"""Rises of grey level outwards from the middle of a pupil, of which the boundary is made.

`values` are always radius × angle (any axes before); a rise is taken over three pixels, so that results have
three radii fewer, starting 1.5 px further out.
"""

from __future__ import annotations

import numpy as np

from models.iris.api import Floats

STEEPEST = 60.0
"""Grey levels above which a rise counts for no more."""
BEYOND = 0.5
"""Share of the step from pupil to iris from which on a pixel lies beyond the boundary."""
FREE, COST = 1.0, 0.3
"""Pixels beyond the boundary that cost nothing, and the share of the step that each further one costs."""


def leaving_the_dark(values: Floats, dark: float | Floats) -> Floats:
    """Rises, less and less where the dark has been left already."""
    rise = np.clip(values[..., 3:, :] - values[..., :-3, :], 0, STEEPEST)
    left = outwards(np.clip(values - (dark + np.float32(20)), 0, 40))[..., :-3, :]
    return np.asarray(rise - np.float32(0.15) * np.clip(left - 60, 0, 400), np.float32)


def leaving_the_pupil(values: Floats, dark: Floats, step: Floats) -> Floats:
    """Rises where it is known how much brighter the iris is than the pupil: by `step`.

    No rise counts for more than that step, so that a bright lid beside a pupil draws its boundary no more
    than the iris does; and behind the first one the others count less and less.
    """
    rise = np.clip(values[..., 3:, :] - values[..., :-3, :], 0, step)
    beyond = np.clip((values - dark) / step - np.float32(BEYOND), 0, 1)
    left = outwards(beyond)[..., :-3, :]
    return np.asarray(rise - step * np.clip(COST * (left - FREE), 0, 1), np.float32)


def outwards(values: Floats) -> Floats:
    """Sums from the middle outwards, in place: numpy's own are slow along any axis but the last."""
    for here, after in zip(range(values.shape[-2] - 1), range(1, values.shape[-2]), strict=True):
        values[..., after, :] += values[..., here, :]
    return values
