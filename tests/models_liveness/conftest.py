"""Heads made of points, and the frames in which a camera would see them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from models.api import Face, Mesh, Observation

POINTS = 468
FIXED = {
    33: (-0.95, 0.0, -0.15),
    133: (-0.35, 0.0, -0.3),
    362: (0.35, 0.0, -0.3),
    263: (0.95, 0.0, -0.15),
    10: (0.0, -1.2, -0.25),
    152: (0.0, 2.0, -0.25),
    1: (0.0, 0.9, -1.1),
    13: (0.0, 1.33, -0.6),
    14: (0.0, 1.37, -0.6),
    78: (-0.4, 1.35, -0.5),
    308: (0.4, 1.35, -0.5),
}
"""Places of the points that are measured, in halves of the distance between the outer eye corners."""
EYE_PX = 60.0
OPEN = 0.24


class Studio:
    """Builds observations of a head that turns, blinks, or is only a sheet of paper."""

    def __init__(self) -> None:
        draw = np.random.default_rng(5)
        angle, height = draw.uniform(-1.2, 1.2, POINTS), draw.uniform(-1.2, 2.0, POINTS)
        bulge = 1.3 * np.sqrt(np.clip(1 - ((height - 0.4) / 1.9) ** 2, 0, 1))
        self.points = np.stack([bulge * np.sin(angle), height, 0.3 - bulge * np.cos(angle)], axis=1)
        for index, place in FIXED.items():
            self.points[index] = place
        self._noise = np.random.default_rng(6)
        self._numbers = itertools.count()

    def head(
        self, yaw: float = 0.0, noise_px: float = 0.3, *, pitch: float = 0.0, mouth: float = 0.05
    ) -> Mesh:
        """A head turned by `yaw` degrees, positive to the person's own left, as the mesh network sees it.

        `pitch` is positive upwards, `mouth` the gap between the lips over the mouth's width.
        """
        phi = math.radians(yaw)
        shaped = self.points.copy()
        shaped[13], shaped[14] = (0.0, 1.35 - 0.4 * mouth, -0.6), (0.0, 1.35 + 0.4 * mouth, -0.6)
        x, level, deep = shaped.T
        theta = math.radians(pitch)
        y = level * math.cos(theta) + deep * math.sin(theta)
        z = deep * math.cos(theta) - level * math.sin(theta)
        turned = np.stack(
            [x * math.cos(phi) - z * math.sin(phi), y, x * math.sin(phi) + z * math.cos(phi)], axis=1
        )
        return self._placed(turned, noise_px)

    def paper(self, slant: float = 0.0, noise_px: float = 0.3, claimed_yaw: float = 0.0) -> Mesh:
        """A frontal print slanted by `slant` degrees; its depth is that of the head it shows.

        `claimed_yaw` turns the depth alone: the worst that a mesh network could make of a print.
        """
        phi = math.radians(slant)
        x, y, _ = self.points.T
        nearness = 1 / (1 + 0.12 * x * math.sin(phi))
        depth = self.head(claimed_yaw, 0.0).points[:, 2] / (EYE_PX / 2)
        flat = np.stack([x * math.cos(phi) * nearness, y * nearness, depth], axis=1)
        return self._placed(flat, noise_px)

    def see(
        self,
        at: float,
        mesh: Mesh | None = None,
        *,
        eyes: float | None = OPEN,
        passive: float | None = 0.95,
        shift_px: float = 0.0,
        others: int = 0,
        number: int | None = None,
        embedding=None,
    ) -> Observation:
        """A frame taken at `at` seconds; faces jitter as a detector's do."""
        jitter = self._noise.normal(0, 0.4, 4)
        face = Face(
            (220 + shift_px + jitter[0], 140 + jitter[1], 160 + jitter[2], 200 + jitter[3]),
            np.float32([[270, 210], [330, 210], [300, 250], [275, 290], [325, 290]]) + np.float32(jitter[0]),
            0.93,
        )
        beside = tuple(Face((20.0, 140.0, 120.0, 160.0), face.points, 0.9) for _ in range(others))
        return Observation(
            next(self._numbers) if number is None else number,
            at,
            (face, *beside),
            mesh=mesh or self.head(),
            passive_live=passive,
            embedding=embedding,
            eyes_open=eyes,
        )

    def nobody(self, at: float) -> Observation:
        """A frame without a face."""
        return Observation(next(self._numbers), at, ())

    def _placed(self, points: np.ndarray, noise_px: float) -> Mesh:
        placed = points * EYE_PX / 2 + np.array([300.0, 210.0, 0.0])
        placed[:, :2] += self._noise.normal(0, noise_px, (POINTS, 2))
        return Mesh(placed.astype(np.float32), 0.99)


@pytest.fixture
def studio() -> Studio:
    return Studio()
