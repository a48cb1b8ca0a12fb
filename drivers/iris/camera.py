"""Driver ``iris-camera``: any near-infrared camera (addresses of ``opencv``) that shows an eye large enough.

Grade: protocol-tested (drawn eyes as pictures and over HTTP; no near-infrared camera was at hand). With
sizes set for them it found the eye in 799 of 800 pictures of three research sets, which are not kept here.
Sizes of pupil and iris must be set for each model of camera.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import cv2
import numpy as np
from pydantic import BaseModel

from drivers.api import About, Camera, Can, Found, Grade, Kind
from drivers.capture import Eye, Grey, IrisImage
from drivers.errors import Retry, Unsupported
from drivers.iris.seeing import NONE, look
from drivers.iris.settings import IrisCameraSettings
from drivers.registry import driver, open_device

NAME = "iris-camera"
PREVIEW_WIDTH = 320
SHORTEST_S = 0.5
"""A picture is waited for at least this long, so that a capture of no time looks once."""
ADDRESSES = "v4l2:/dev/v4l/by-path/…, http://…, images:FOLDER, file:CLIP"


@driver(NAME, Kind.IRIS, IrisCameraSettings, Grade.PROTOCOL_TESTED, ADDRESSES)
class IrisCamera:
    """Near-infrared camera that waits for a sharp, well lit, open eye."""

    def __init__(self, camera: Camera, settings: IrisCameraSettings) -> None:
        self._camera = camera
        self._settings = settings
        self._latest: Grey | None = None

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """None: nothing tells a camera for eyes from any other, so it is named in the settings."""
        return []

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the camera at `address`; raises as the camera driver does."""
        knobs = IrisCameraSettings.model_validate(settings.model_dump())
        # Skin close by, without any edge, is what this camera usually sees.
        options = {"covered_seconds": 0.0} | dict(knobs.camera)
        return cls(open_device("opencv", address, options), knobs)

    @property
    def about(self) -> About:
        """The camera behind it."""
        return replace(self._camera.about, driver=NAME)

    @property
    def can(self) -> Can:
        """Give pictures."""
        return Can.CAPTURE_IMAGE

    def capture(self, eyes: Sequence[Eye], seconds: float) -> tuple[IrisImage, ...]:
        """The best picture of each eye asked for, one after the other or at once as the settings say.

        `Retry` ``iris.none``, ``iris.blurred``, ``iris.too_dark``, ``iris.too_bright`` or ``iris.closed``:
        what was wrong last when the time was up. Which eye a camera for one eye sees, only asking tells.
        """
        wanted = tuple(dict.fromkeys(eyes))
        if not wanted or Eye.UNKNOWN in wanted:
            raise Unsupported("iris.which_eye", self.about.address)
        ends = time.monotonic() + seconds
        if self._settings.eyes_in_view == 2:
            return self._watch(wanted, ends)
        images = self._watch(wanted[:1], ends)
        for eye in wanted[1:]:
            self._until_gone(ends)
            images += self._watch((eye,), ends)
        return images

    def preview(self) -> Grey | None:
        """The newest picture, reduced; None while there is none."""
        if self._latest is None:
            return None
        height, width = self._latest.shape
        scale = min(1.0, PREVIEW_WIDTH / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return np.asarray(cv2.resize(self._latest, size, interpolation=cv2.INTER_AREA), np.uint8)

    def check(self) -> None:
        """Raise why the camera cannot be used now."""
        self._camera.check()

    def close(self) -> None:
        """Release the camera. Safe twice; never raises."""
        self._camera.close()
        self._latest = None

    def _watch(self, wanted: tuple[Eye, ...], ends: float) -> tuple[IrisImage, ...]:
        """The sharpest of some good pictures in a row that show all of `wanted`."""
        row: list[tuple[IrisImage, ...]] = []
        while True:
            images, code = self._judged(wanted, self._picture(ends))
            row = [*row, images] if not code else []
            if len(row) >= self._settings.good_pictures:
                return max(row, key=_poorest)
            if time.monotonic() >= ends:
                raise Retry(code or NONE, self.about.address)

    def _judged(self, wanted: tuple[Eye, ...], picture: Grey) -> tuple[tuple[IrisImage, ...], str]:
        """The picture of each eye with its quality, and what is wrong with the first that is not good."""
        both = self._settings.eyes_in_view == 2
        shown = [_half(picture, eye) if both else picture for eye in wanted]
        seen = [look(each, self._settings) for each in shown]
        images = tuple(
            IrisImage(each, eye, one.quality) for each, eye, one in zip(shown, wanted, seen, strict=True)
        )
        return images, next((one.code for one in seen if one.code), "")

    def _until_gone(self, ends: float) -> None:
        """Wait until no eye was seen for a while: what comes next is the other one."""
        gone_since: float | None = None
        while True:
            now = time.monotonic()
            if look(self._picture(ends), self._settings).code != NONE:
                gone_since = None
            elif gone_since is None:
                gone_since = now
            if gone_since is not None and now - gone_since >= self._settings.gap_ms / 1000:
                return
            if now >= ends:
                raise Retry("iris.other_eye", self.about.address)

    def _picture(self, ends: float) -> Grey:
        """The next picture, also a little after the time is up, so that each wait looks once."""
        frame = self._camera.frame(max(SHORTEST_S, ends - time.monotonic()))
        self._latest = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY).astype(np.uint8)
        return self._latest


def _half(picture: Grey, eye: Eye) -> Grey:
    """The part of a picture of both eyes that shows `eye`: the person's right one is on the left."""
    middle = picture.shape[1] // 2
    return (picture[:, :middle] if eye is Eye.RIGHT else picture[:, middle:]).copy()


def _poorest(images: tuple[IrisImage, ...]) -> int:
    return min(image.quality or 0 for image in images)
