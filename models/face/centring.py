"""What is taken from templates before they are compared, so that photos of one kind do not look alike.

Two things, both measured along with a calibration and kept in it: each side's mean template, and a share of
what lies in the directions in which templates of one person differ most between the two sides. The second is
within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006), shrunk and cut to few directions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.calibration import LEAST_PEOPLE, Centres

Templates = npt.NDArray[np.float64]
"""n × length."""

SHRUNK = 0.8
"""Share of the mean variance in what is taken for the variance in each direction; measured on halves of the
development identities: 0.8 to 0.95 gain alike, less loses at low false-match rates."""
DIRECTIONS = 8
"""One direction is kept for so many numbers of a template."""
DIGITS = 5


def centred(templates: npt.ArrayLike, centre: Sequence[float] | None, damping: Templates | None) -> Templates:
    """A copy of templates (n × length) less `centre`, damped, and brought to length one again.

    Without a centre a plain copy. ValueError for a centre of another length.
    """
    wide: Templates = np.array(templates, np.float64)
    if centre is not None:
        wide -= np.asarray(centre, np.float64)
        if damping is not None and len(damping):
            wide -= (wide @ damping.T) @ damping
        wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return wide


def centres_of(
    documents: npt.ArrayLike, live: npt.ArrayLike, people: int, damped: Sequence[Sequence[float]] = ()
) -> Centres | None:
    """The centres of templates (n × length) with what is `damped`; None of too few people."""
    if people < LEAST_PEOPLE:
        return None
    document, other = (tuple(_short(np.asarray(side, np.float64).mean(axis=0))) for side in (documents, live))
    return Centres(document=document, live=other, people=people, damped=tuple(map(tuple, damped)))


def directions(
    documents: Templates, live: Templates, who: npt.NDArray[np.int_]
) -> tuple[tuple[float, ...], ...]:
    """What to damp, from templates of the same person side by side (n × length) and whose they are.

    Each person counts once, however many comparisons there are. None of fewer than `LEAST_PEOPLE` people.
    """
    people, index, counts = np.unique(who, return_inverse=True, return_counts=True)
    if len(people) < LEAST_PEOPLE:
        return ()
    apart = (documents - documents.mean(axis=0)) - (live - live.mean(axis=0))
    apart /= np.sqrt(len(people) * counts[index])[:, None]
    variances, axes = np.linalg.eigh(apart.T @ apart)
    variances = (1 - SHRUNK) * variances[::-1] + SHRUNK * variances.mean()
    kept = apart.shape[1] // DIRECTIONS
    shares = 1 - np.sqrt(variances[kept] / variances[:kept])
    return tuple(tuple(_short(axis)) for axis in (axes[:, ::-1][:, :kept] * np.sqrt(shares)).T)


def _short(numbers: Templates) -> list[float]:
    return [round(float(value), DIGITS) for value in numbers]
