"""Takes the mirror images of the infrared lights out of a picture, so that they look like no boundary."""

from __future__ import annotations

import cv2
import numpy as np

from models.iris.api import Grey

WIDEST = 17
"""Pixels across the largest reflection that is filled."""
RISE, DARK_AROUND, BRIGHT = 50, 110, 110
"""Grey levels above the surroundings, most of the surroundings, and least of the reflection."""
HALO = 7
SMOOTH = 1.0

_OPEN = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDEST, WIDEST))
_GROW = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (HALO, HALO))


def without_reflections(picture: Grey) -> tuple[Grey, Grey]:
    """The picture with small bright spots in dark surroundings filled, slightly smoothed; and the spots."""
    ground = cv2.morphologyEx(picture, cv2.MORPH_OPEN, _OPEN)
    spots = (cv2.subtract(picture, ground) > RISE) & (ground < DARK_AROUND) & (picture > BRIGHT)
    grown = cv2.dilate(spots.astype(np.uint8), _GROW)
    filled = np.where(grown > 0, cv2.blur(ground, (5, 5)), picture).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(filled, (0, 0), SMOOTH), np.uint8), np.asarray(grown, np.uint8)
