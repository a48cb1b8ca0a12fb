"""How usable a face picture is, and the one thing the person should change.

Component names follow ISO/IEC 29794-5 where they correspond: inter-eye distance, sharpness, luminance mean,
contrast, head pose, and position in the frame. Luminance, contrast and sharpness are taken from the aligned
face, so they do not depend on the background or on how near the person is.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Face, Image, Mesh, Quality
from models.face.settings import GuideLimits

INNER = (slice(24, 104), slice(20, 92))
"""Rows and columns of an aligned face that show skin in nearly every person."""

RIGHT_EYE, LEFT_EYE, FOREHEAD, CHIN = 33, 263, 10, 152
"""Mesh points: outer corners of the eyes (the person's right is on the picture's left), top, bottom."""

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


def judge(
    image: Image, aligned: Image, faces: tuple[Face, ...], mesh: Mesh | None, limits: GuideLimits
) -> Quality:
    """The quality of the largest face of `faces` (at least one) and the problem to solve first, if any."""
    face = faces[0]
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)[INNER]
    mean, deviation = cv2.meanStdDev(grey)
    edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
    yaw, pitch, roll = pose_of_mesh(mesh) if mesh else pose_of_points(face.points)
    measured = Quality(
        inter_eye_distance=float(np.hypot(*(face.points[1] - face.points[0]))),
        sharpness=float(edges.item()),
        luminance=float(mean.item()),
        contrast=float(deviation.item()),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        centre_offset=_offset(face, image.shape[1], image.shape[0]),
    )
    return replace(measured, problem=problem_of(measured, faces, image.shape[1], limits))


def problem_of(quality: Quality, faces: tuple[Face, ...], width: int, limits: GuideLimits) -> str | None:
    """The message key of what to change first, or None. `width` is the picture's."""
    eyes = quality.inter_eye_distance
    checks = (
        ("guide.no_face", not faces),
        ("guide.one_person", _crowded(faces, limits.other_face)),
        ("guide.come_closer", eyes < limits.inter_eye_px * math.cos(math.radians(quality.yaw))),
        ("guide.move_back", eyes > limits.inter_eye_share * width),
        ("guide.centre", quality.centre_offset > limits.centre_offset),
        ("guide.more_light", quality.luminance < limits.dark),
        ("guide.less_light", quality.luminance > limits.bright),
        ("guide.more_light", quality.contrast < limits.contrast),
        ("guide.look_straight", _turned(quality, limits)),
        ("guide.hold_still", quality.sharpness < limits.sharpness),
    )
    return next((key for key, wrong in checks if wrong), None)


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


def _turned(quality: Quality, limits: GuideLimits) -> bool:
    """True when the head is turned, raised, lowered or tilted too far."""
    return (
        abs(quality.yaw) > limits.yaw_degrees
        or abs(quality.pitch) > limits.pitch_degrees
        or abs(quality.roll) > limits.roll_degrees
    )


def _crowded(faces: tuple[Face, ...], share: float) -> bool:
    """True when another face is nearly as large as the first."""
    sizes = [face.box[2] * face.box[3] for face in faces[:2]]
    return len(sizes) == 2 and sizes[1] > share * sizes[0]


def _offset(face: Face, width: int, height: int) -> float:
    """Distance of the face's middle from the picture's, as a share of the picture's width."""
    x, y, across, down = face.box
    return math.hypot(x + across / 2 - width / 2, y + down / 2 - height / 2) / width
