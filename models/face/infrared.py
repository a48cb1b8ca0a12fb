"""What a near-infrared picture has against a live face. From physics alone: not measured on real pictures.

At 850 nm a screen emits nothing, so a face on it is not there; most printing inks are transparent, so a print
is a pale, even sheet; skin is bright, with dark pupils, brows and nostrils in it. No pictures of real cameras
were at hand: the limits come from rendered pairs, so this speaks only against "live" or says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from models.api import Face, Image, Observation


class InfraredSettings(BaseModel):
    """When the near-infrared picture speaks against a live face. Set on rendered pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: int = Field(
        default=4, ge=1, description="Frames from one look at the infrared picture to the next"
    )
    least_looks: int = Field(default=4, ge=1, description="Looks needed to say anything")
    least_light: float = Field(
        default=20.0, ge=0, description="A picture darker than this at its brightest says nothing: lamp off"
    )
    face_share: float = Field(
        default=0.5, gt=0, le=1, description="Below this share of looks with a face, there is none"
    )
    apart: float = Field(
        default=0.5,
        gt=0,
        description="Change of the way between both faces, in face widths, that two cameras side by side "
        "cannot show",
    )
    relief: float = Field(
        default=0.09, ge=0, description="Contrast of the face over its brightness below which it is flat"
    )


class Infrared:
    """What the looks so far showed."""

    def __init__(self, settings: InfraredSettings) -> None:
        self._settings = settings
        self._offered = 0
        self._ways: list[tuple[float, float]] = []
        self._reliefs: list[float] = []
        self._looks = 0

    def wants(self, observation: Observation) -> bool:
        """True when the infrared picture of this frame is to be looked at."""
        if observation.face is None:
            return False
        self._offered += 1
        return self._offered % self._settings.every == 1 or self._settings.every == 1

    def add(self, observation: Observation, image: Image, faces: tuple[Face, ...]) -> None:
        """Take in one look: the infrared picture and the faces found in it."""
        seen = observation.face
        if seen is None or float(np.percentile(image[::4, ::4], 99)) < self._settings.least_light:
            return
        self._looks += 1
        if not faces:
            return
        face = faces[0]
        self._ways.append(_way(seen, face))
        self._reliefs.append(relief_of(image, face))

    @property
    def against(self) -> str | None:
        """``no_face``, ``flat`` or ``apart``; None when nothing speaks against a live face."""
        chosen = self._settings
        if self._looks < chosen.least_looks:
            return None
        if len(self._ways) / self._looks < chosen.face_share:
            return "no_face"
        across, down = np.ptp(np.array(self._ways), axis=0)
        if max(float(across), float(down)) > chosen.apart:
            return "apart"
        return "flat" if median(self._reliefs) < chosen.relief else None

    def signals(self) -> Mapping[str, float]:
        """The numbers behind it."""
        if not self._looks:
            return {}
        found = {"infrared_faces": len(self._ways) / self._looks}
        if self._reliefs:
            found["infrared_relief"] = median(self._reliefs)
        return found


def relief_of(image: Image, face: Face) -> float:
    """How strongly eyes, brows and nostrils stand out from skin: spread of the soft face over its mean."""
    x, y, wide, high = face.box
    left, top = max(round(x + 0.15 * wide), 0), max(round(y + 0.2 * high), 0)
    middle = image[top : max(round(y + 0.9 * high), 1), left : max(round(x + 0.85 * wide), 1), 1]
    if middle.size == 0:
        return 0.0
    soft = cv2.GaussianBlur(middle, (0, 0), max(0.02 * wide, 0.5)).astype(np.float32)
    return float(soft.std() / max(float(soft.mean()), 1.0))


def _way(seen: Face, other: Face) -> tuple[float, float]:
    """From the middle of one face to the other's, in widths of the first."""
    (x, y, wide, high), (u, v, across, down) = seen.box, other.box
    return (u + across / 2 - x - wide / 2) / max(wide, 1.0), (v + down / 2 - y - high / 2) / max(wide, 1.0)
