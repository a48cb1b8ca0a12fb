"""What a face shows at one moment, as the few numbers that actions are judged by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np

from models.api import ChallengeKind, Mesh, Observation
from models.face.quality import pose_of_mesh

INNER_LIPS, MOUTH_CORNERS = (13, 14), (78, 308)
"""Mesh points: middle of the upper and lower lip's inner edge, and the inner corners of the mouth."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Head pose, mouth and eyes of one frame."""

    at: float
    yaw: float
    pitch: float
    """Degrees, as in `models.api.Quality`."""
    mouth: float
    """Gap between the lips over the width of the mouth: 0 to 0.1 closed, 0.2 to 0.3 in a smile that shows
    teeth, above 0.4 wide open (500 LFW pictures)."""
    eyes: float | None
    """Opening of the eyes; None when it was not measured."""
    mesh: Mesh


def signs_of(observation: Observation) -> Signs | None:
    """The signs of the largest face; None without its mesh."""
    mesh = observation.mesh
    if mesh is None:
        return None
    yaw, pitch, _ = pose_of_mesh(mesh)
    return Signs(observation.at, yaw, pitch, mouth_of_mesh(mesh), observation.eyes_open, mesh)


def mouth_of_mesh(mesh: Mesh) -> float:
    """Gap between the inner lips over the width of the mouth."""
    top, bottom = mesh.points[list(INNER_LIPS), :2]
    right, left = mesh.points[list(MOUTH_CORNERS), :2]
    return float(np.hypot(*(bottom - top))) / max(float(np.hypot(*(left - right))), 1e-6)


class Level:
    """The person's own resting face: medians over the newest resting frames."""

    def __init__(self, frames: int) -> None:
        self._signs: deque[Signs] = deque(maxlen=frames)

    def __len__(self) -> int:
        """Frames known."""
        return len(self._signs)

    def add(self, signs: Signs) -> None:
        """Take in a resting frame."""
        self._signs.append(signs)

    def clear(self) -> None:
        """Forget everything."""
        self._signs.clear()

    @property
    def mesh(self) -> Mesh | None:
        """The newest resting mesh."""
        return self._signs[-1].mesh if self._signs else None

    @property
    def eyes(self) -> float:
        """The open level of the eyes; 0 when it was never measured."""
        measured = [each.eyes for each in self._signs if each.eyes is not None]
        return median(measured) if measured else 0.0

    def departure(self, kind: ChallengeKind, signs: Signs) -> float:
        """How far `signs` are from rest the way `kind` asks for: degrees, or rise of the mouth's gap.

        For a blink: the share of the open level that is missing.
        """
        match kind:
            case ChallengeKind.TURN_LEFT:
                return signs.yaw - median(each.yaw for each in self._signs)
            case ChallengeKind.TURN_RIGHT:
                return median(each.yaw for each in self._signs) - signs.yaw
            case ChallengeKind.NOD:
                return median(each.pitch for each in self._signs) - signs.pitch
            case ChallengeKind.OPEN_MOUTH:
                return signs.mouth - median(each.mouth for each in self._signs)
            case ChallengeKind.BLINK:
                level = self.eyes
                return 1 - signs.eyes / level if signs.eyes is not None and level > 0 else 0.0
