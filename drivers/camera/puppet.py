"""The person a virtual camera shows: a portrait and the 468 points of the face in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from config.durable import write_whole
from drivers.api import Image
from drivers.errors import Missing, Unsupported

Points = npt.NDArray[np.float32]
"""468 × 3 points of the face mesh: x, y in pixels of the picture, z in the same scale, smaller is nearer."""

MESH_POINTS = 468
"""Points of the MediaPipe face mesh."""
RIGHT_TRAGUS, LEFT_TRAGUS = 234, 454
"""Mesh points beside the person's right ear (image left) and left ear."""
MIN_FACE_WIDTH_PX = 40
"""Below this a portrait holds too few pixels to be shown at a plausible size."""


@dataclass(frozen=True, slots=True)
class Puppet:
    """A frontal portrait (BGR) with its face mesh; `repr` shows no picture."""

    image: Image = field(repr=False)
    points: Points = field(repr=False)

    @property
    def face_width_px(self) -> float:
        """Distance between the two points beside the ears."""
        return float(np.linalg.norm(self.points[LEFT_TRAGUS, :2] - self.points[RIGHT_TRAGUS, :2]))

    @staticmethod
    def save(path: Path | str, image: Image, points: npt.ArrayLike) -> None:
        """Write a puppet file (npz), in full or not at all, whoever else writes it at the same time.

        `Unsupported` when picture or points have the wrong shape.
        """
        mesh = np.asarray(points, np.float32)
        _check(str(path), image, mesh)
        packed = io.BytesIO()
        np.savez_compressed(packed, image=image, points=mesh)
        write_whole(Path(path), packed.getvalue())

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a puppet file. `Missing` when absent, `Unsupported` when it is something else."""
        name = str(path)
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as data:
                image, points = data["image"], data["points"]
        except FileNotFoundError as error:
            raise Missing("camera.puppet_missing", name) from error
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise Unsupported("camera.puppet_unusable", name, cause=type(error).__name__) from error
        _check(name, image, points)
        return cls(image, points.astype(np.float32))


def _check(name: str, image: Image, points: npt.NDArray[np.float32]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise Unsupported("camera.puppet_unusable", name, image_shape=str(image.shape))
    if points.shape != (MESH_POINTS, 3) or not np.isfinite(points).all():
        raise Unsupported("camera.puppet_unusable", name, points_shape=str(points.shape))
    if Puppet(image, points).face_width_px < MIN_FACE_WIDTH_PX:
        raise Unsupported("camera.puppet_unusable", name, face_width_px=Puppet(image, points).face_width_px)
