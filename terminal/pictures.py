"""The pictures of one case, in memory only: decoded chip photo, the frames that count, the live face."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from models.api import Face, PhotoKind
from models.protect import wipe
from terminal.photos import HolderPhoto
from terminal.sight import Seen
from terminal.view import Image

CHIP_WIDTH, CHIP_HEIGHT = 102, 126
_CHIP_EYES_PX = 27.0
"""Distance between the eyes in a chip photo (models.md §3); the live face is shown cut the same way."""
_CHIP_EYE_LINE_PX = 60.0
_SHOWN_SCALE = 3
_JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a case has to show; replaced as it goes on, dropped when it is over."""

    chip_photo: Image | None = field(default=None, repr=False)
    frames: tuple[Seen, ...] = field(default=(), repr=False)
    """Usable frames of the look that counted, best first."""
    live_face: Image | None = field(default=None, repr=False)
    further: tuple[HolderPhoto, ...] = field(default=(), repr=False)
    """Other photos of the holder, at most one of a kind."""

    @property
    def photos(self) -> dict[PhotoKind, Image]:
        """Every photo of the holder by its kind, the chip's first."""
        chip = {} if self.chip_photo is None else {PhotoKind.CHIP: self.chip_photo}
        return {**chip, **{each.kind: each.image for each in self.further}}

    @property
    def evidence_jpeg(self) -> bytes | None:
        """The best frame as JPEG, as it goes into the seal."""
        if not self.frames:
            return None
        good, encoded = cv2.imencode(
            ".jpg", self.frames[0].frame.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        )
        return encoded.tobytes() if good else None

    def wipe(self) -> None:
        """Overwrite every picture and template of the case."""
        wipe(self.chip_photo, self.live_face, *(each.image for each in self.further))
        for seen in self.frames:
            wipe(seen.frame.image, seen.observation.embedding)


def cut_like_chip(image: Image, face: Face) -> Image:
    """The face of `image` upright and framed as on a chip photo, at three times its size."""
    left, right = face.points[0], face.points[1]
    distance = float(np.linalg.norm(right - left)) or 1.0
    scale = _CHIP_EYES_PX * _SHOWN_SCALE / distance
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    middle = (left + right) / 2
    cosine, sine = scale * np.cos(-angle), scale * np.sin(-angle)
    target = np.array([CHIP_WIDTH / 2 * _SHOWN_SCALE, _CHIP_EYE_LINE_PX * _SHOWN_SCALE])
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    shift = target - rotation @ middle
    matrix = np.hstack([rotation, shift[:, None]])
    size = (CHIP_WIDTH * _SHOWN_SCALE, CHIP_HEIGHT * _SHOWN_SCALE)
    cut = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)
