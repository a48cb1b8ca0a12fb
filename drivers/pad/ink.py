"""What has been written on a pad: strokes grow sample by sample; whether it is enough for a signature."""

from __future__ import annotations

import itertools
import math

from drivers.around import PenPoint, Signature
from drivers.pad.packets import Sample

LEAST_MM = 15.0
"""Length of ink below which it is a slip of the pen and no signature."""
LEAST_MS = 150
"""Time of writing below which it is none."""

Strokes = tuple[tuple[PenPoint, ...], ...]


class Ink:
    """Collects strokes. Times count from the first point."""

    def __init__(self) -> None:
        self._done: list[tuple[PenPoint, ...]] = []
        self._stroke: list[PenPoint] = []
        self._begun: float | None = None

    @property
    def strokes(self) -> Strokes:
        """All strokes, the last one perhaps still growing."""
        growing = (tuple(self._stroke),) if self._stroke else ()
        return (*self._done, *growing)

    def add(self, sample: Sample, at: float) -> None:
        """Note where the pen is at time.monotonic() `at`; lifting it ends the stroke."""
        if not sample.touching:
            self.lift()
            return
        if self._begun is None:
            self._begun = at
        self._stroke.append(PenPoint(sample.x, sample.y, sample.pressure, round((at - self._begun) * 1000)))

    def lift(self) -> None:
        """End the stroke."""
        if self._stroke:
            self._done.append(tuple(self._stroke))
            self._stroke = []

    def drop_last(self) -> None:
        """Forget the last stroke; it was meant for something else."""
        self.lift()
        if self._done:
            self._done.pop()

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._stroke = []
        self._begun = None


def length_mm(signature: Signature) -> float:
    """Length of all strokes."""
    return sum(
        math.hypot((b.x - a.x) * signature.width_mm, (b.y - a.y) * signature.height_mm)
        for stroke in signature.strokes
        for a, b in itertools.pairwise(stroke)
    )


def enough(signature: Signature, least_mm: float = LEAST_MM, least_ms: int = LEAST_MS) -> bool:
    """True when it is long enough to be a signature."""
    points = [point for stroke in signature.strokes for point in stroke]
    return bool(points) and points[-1].at_ms >= least_ms and length_mm(signature) >= least_mm
