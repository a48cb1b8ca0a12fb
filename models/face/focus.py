"""How sharp an aligned face is, and whether it moved while the picture was taken."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

SIGMA = 1.5
"""Pixels of the further blurring that shows how much fine detail there was."""

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Focus:
    """The numbers of `models.api.Quality` of the same names."""

    sharpness: float
    blur: float


def focus_of(grey: Grey) -> Focus:
    """Sharpness of the inner part of an aligned face.

    The Laplacian grows with the face's contrast, so with skin and light; the share after Crété et al. (2007,
    "The blur effect") does not: it compares the picture with itself. A movement blurs one direction only.
    """
    edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
    soft = np.asarray(cv2.GaussianBlur(grey, (0, 0), SIGMA), np.uint8)
    across = _steps(soft, 1, 0) / max(_steps(grey, 1, 0), 1.0)
    down = _steps(soft, 0, 1) / max(_steps(grey, 0, 1), 1.0)
    return Focus(float(edges.item()), max(across, down))


def _steps(grey: Grey, across: int, down: int) -> float:
    """Sum of the steps from each pixel to the next one."""
    rows, columns = grey.shape
    return float(cv2.norm(grey[: rows - down, : columns - across], grey[down:, across:], cv2.NORM_L1))
