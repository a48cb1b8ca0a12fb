"""Moves the corners of a rough outline to where the exact edges of its sides meet."""

from __future__ import annotations

import cv2
import numpy as np

from models.api import Image
from models.paper.edges import Floats

PROFILES = 48
"""Places on a side at which its edge is measured."""
ENDS = 0.14
"""Of a side, at each corner, that is left out: there corners may be round."""
REACH = 3.5
"""Pixels of the search on either side within which the exact edge lies."""


def refined(image: Image, corners: Floats, scale: float) -> Floats:
    """The corners where the sides' exact edges meet; `scale` is how many pixels one of the search was."""
    sides = [_exact(image, corners[n], corners[(n + 1) % 4], REACH * scale) for n in range(4)]
    moved = np.array([_meeting(sides[n - 1], sides[n], corners[n]) for n in range(4)])
    far = np.linalg.norm(moved - corners, axis=1) > 3 * REACH * scale
    return np.where(far[:, None], corners, moved)


def _exact(image: Image, start: Floats, end: Floats, reach: float) -> tuple[Floats, Floats]:
    """A point and a direction of the edge near the side from `start` to `end`."""
    direction = end - start
    normal = np.array([direction[1], -direction[0]]) / max(float(np.linalg.norm(direction)), 1e-9)
    shares = np.linspace(ENDS, 1 - ENDS, PROFILES)
    offsets = np.linspace(-reach, reach, 2 * int(np.ceil(2 * reach)) + 1)
    places = start + shares[:, None, None] * direction + offsets[None, :, None] * normal
    maps = places.astype(np.float32)
    profile: Floats = cv2.remap(
        image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    profile = cv2.GaussianBlur(profile, (5, 1), 0)
    steep = np.abs(np.diff(profile, axis=1)).max(axis=2)
    weights = np.exp(-((np.linspace(-1, 1, steep.shape[1]) / 0.7) ** 2)) * steep
    peak = np.clip(weights.argmax(axis=1), 1, weights.shape[1] - 2)
    rows = np.arange(PROFILES)
    before, at, after = (weights[rows, peak + step] for step in (-1, 0, 1))
    bend = np.where(np.abs(before - 2 * at + after) < 1e-6, -1.0, before - 2 * at + after)
    exact = peak + np.clip((before - after) / (2 * bend), -0.5, 0.5) + 0.5
    strong = at > 0.25 * np.median(at)
    offset = np.interp(exact, np.arange(len(offsets)), offsets)
    points = start + shares[:, None] * direction + offset[:, None] * normal
    fitted = cv2.fitLine(points[strong].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.001).ravel()
    return fitted[2:].astype(float), fitted[:2].astype(float)


def _meeting(one: tuple[Floats, Floats], other: tuple[Floats, Floats], otherwise: Floats) -> Floats:
    """Where two lines meet; `otherwise` for lines that hardly do."""
    across = np.column_stack([one[1], -other[1]])
    if abs(np.linalg.det(across)) < 0.1:
        return otherwise
    way = np.linalg.solve(across, other[0] - one[0])
    return np.asarray(one[0] + way[0] * one[1])
