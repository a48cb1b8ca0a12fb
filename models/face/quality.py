"""How usable a face picture is: all numbers of `Quality`, and the one thing the person should change.

Light, focus and what covers the face are taken from the aligned face, so they depend neither on the
background nor on how near the person is; only the light behind is looked for around the face.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from config.guide import GuideLimits
from models.api import Face, Image, Mesh, Quality
from models.face.cover import Cover, cover_of
from models.face.eyes import Look
from models.face.focus import Focus, focus_of
from models.face.light import Light, light_of
from models.face.problems import problem_of
from models.face.score import score_of

INNER = (slice(24, 104), slice(20, 92))
"""Rows and columns of an aligned face that show skin in nearly every person."""

RIGHT_EYE, LEFT_EYE, FOREHEAD, CHIN = 33, 263, 10, 152
"""Mesh points: outer corners of the eyes (the person's right is on the picture's left), top, bottom."""
LIPS, MOUTH = (13, 14), (61, 291)
"""Mesh points: inner edges of the upper and the lower lip; corners of the mouth."""

NOSE_AHEAD_OF_EYES = 0.58
"""How far the nose tip stands out, in distances between the eyes."""
NOSE_AHEAD_OF_MOUTH = 0.55
"""The same in distances from the eyes to the mouth."""
NOSE_HEIGHT = 0.571
"""Where the nose tip lies between eyes (0) and mouth (1) when a person looks at the camera: median of the
2,187 LFW pictures, as the next."""
LEVEL_PITCH_DEGREES = -5.6
"""What the line from forehead to chin shows when a person looks at the camera."""

Pose = tuple[float, float, float]
"""Yaw, pitch, roll in degrees: positive when the person turns to their own left, looks up, and tilts so
that the eye on the picture's right is the lower one."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture with what was found in it: `faces` are at least one, the largest first."""

    image: Image = field(repr=False)
    aligned: Image = field(repr=False)
    """The largest face (see `models.face.align`)."""
    faces: tuple[Face, ...]
    mesh: Mesh | None = None
    look: Look | None = None


def judge(looked: Looked, limits: GuideLimits) -> Quality:
    """The quality of the largest face, its score, and the problem to solve first, if any."""
    measured = measure(looked)
    return replace(measured, problem=problem_of(measured, limits), score=score_of(measured))


def measure(looked: Looked) -> Quality:
    """All numbers of `Quality` but the score."""
    face, (height, width) = looked.faces[0], looked.image.shape[:2]
    grey = np.asarray(cv2.cvtColor(looked.aligned, cv2.COLOR_BGR2GRAY), np.uint8)
    light = light_of(looked.image, face, grey[INNER])
    focus, cover = focus_of(grey[INNER]), cover_of(looked.aligned)
    yaw, pitch, roll = pose_of_mesh(looked.mesh) if looked.mesh else pose_of_points(face.points)
    eyes = float(np.hypot(*(face.points[1] - face.points[0])))
    right, down = _off_centre(face, width, height)
    gap, wide = mouth_of(looked.mesh) if looked.mesh else (None, None)
    return Quality(
        inter_eye_distance=eyes,
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        centre_offset=math.hypot(right, down),
        eye_share=eyes / width,
        offset_x=right,
        offset_y=down,
        cut_off=_cut_off(face, width, height),
        other_face=_other(looked.faces),
        eyes_open=looked.look.opening if looked.look else None,
        gaze=abs(looked.look.aside) if looked.look else None,
        mouth_open=gap,
        smile=wide,
        **_numbers(light),
        **_numbers(focus),
        **_numbers(cover),
    )


def mouth_of(mesh: Mesh) -> tuple[float, float]:
    """Gap between the lips and width of the mouth, in distances between the outer corners of the eyes."""
    points = mesh.points[:, :2]
    unit = max(float(np.hypot(*(points[LEFT_EYE] - points[RIGHT_EYE]))), 1e-6)
    gap, wide = points[LIPS[1]] - points[LIPS[0]], points[MOUTH[1]] - points[MOUTH[0]]
    return float(np.hypot(*gap)) / unit, float(np.hypot(*wide)) / unit


def pose_of_mesh(mesh: Mesh) -> Pose:
    """Head pose from the mesh's own depth."""
    points = mesh.points
    across, down = points[LEFT_EYE] - points[RIGHT_EYE], points[CHIN] - points[FOREHEAD]
    yaw = math.atan2(across[2], math.hypot(across[0], across[1]))
    pitch = math.atan2(-down[2], math.hypot(down[0], down[1]))
    roll = math.atan2(across[1], across[0])
    return math.degrees(yaw), math.degrees(pitch) - LEVEL_PITCH_DEGREES, math.degrees(roll)


def pose_of_points(points: npt.NDArray[np.float32]) -> Pose:
    """Head pose guessed from five points: how far the nose tip moved against eyes and mouth."""
    eyes, mouth = (points[0] + points[1]) / 2, (points[3] + points[4]) / 2
    across = points[1] - points[0]
    distance = max(float(np.hypot(*across)), 1e-6)
    along = across / distance
    upright = np.array([-along[1], along[0]], np.float32)
    height = float((mouth - eyes) @ upright)
    if height <= 0:
        height = distance
    sideways = float((points[2] - eyes) @ along) / max(distance, height)
    level = float((points[2] - eyes) @ upright) / height
    yaw = math.atan2(sideways, NOSE_AHEAD_OF_EYES)
    pitch = math.atan2(NOSE_HEIGHT - level, NOSE_AHEAD_OF_MOUTH)
    return math.degrees(yaw), math.degrees(pitch), math.degrees(math.atan2(across[1], across[0]))


def _numbers(part: Light | Focus | Cover) -> dict[str, Any]:
    """Its numbers by their names, which are those of `Quality`."""
    return {name: getattr(part, name) for name in part.__slots__}


def _other(faces: tuple[Face, ...]) -> float:
    """Area of the largest other face as a share of the first one's."""
    sizes = [face.box[2] * face.box[3] for face in faces[:2]]
    return sizes[1] / max(sizes[0], 1e-6) if len(sizes) == 2 else 0.0


def _off_centre(face: Face, width: int, height: int) -> tuple[float, float]:
    """Where the face's middle lies from the picture's, right and down, as shares of the picture's width."""
    x, y, across, down = face.box
    return (x + across / 2 - width / 2) / width, (y + down / 2 - height / 2) / width


def _cut_off(face: Face, width: int, height: int) -> float:
    """Share of the face's box that lies beyond the picture."""
    x, y, across, down = face.box
    inside = max(min(x + across, width) - max(x, 0), 0) * max(min(y + down, height) - max(y, 0), 0)
    return 1 - inside / max(across * down, 1e-6)
