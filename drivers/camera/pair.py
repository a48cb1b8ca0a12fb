"""Camera driver ``camera-pair``: a colour and a near-infrared stream, seen as one camera.

Grade: protocol-tested (two HTTP streams in tests; no pair on USB was at hand). The address is that of the
colour stream, as for the driver ``opencv``; the infrared one stands in the settings. The two sensors are not
synchronised: each colour picture gets the infrared one taken nearest to it.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import Self

import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can, Found, Frame, Grade, Kind
from drivers.camera.feed import Feed
from drivers.camera.infrared import EightBit, Lamp
from drivers.camera.opencv import OpenCvCamera, identity_of, shown, source_of, watch_of
from drivers.camera.opencv import Settings as OneCamera
from drivers.errors import DeviceError, Fault, Garbled, Missing, TimedOut, Unsupported
from drivers.registry import driver

log = structlog.get_logger(__name__)

NAME = "camera-pair"
KEPT = 6
"""Infrared pictures at hand to choose from."""
NEAR_ENOUGH = 0.5
"""A picture within this share of the permitted skew is taken without waiting for a nearer one."""
NAMED = frozenset({"unplugged", "missing", "timed_out", "frozen", "black", "covered"})
"""What is wrong with the infrared stream under a name of its own; the rest is told as its cause."""


class Settings(BaseModel):
    """The two streams and how they are put together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    infrared: str = Field(
        default="", description="Address of the near-infrared stream, as of the colour one."
    )
    max_skew_ms: int = Field(
        default=50, ge=5, le=1000, description="Pictures farther apart than this are not of the same moment."
    )
    unpaired_seconds: float = Field(
        default=1.0, gt=0, le=30, description="Without a pair for this long, the streams are out of step."
    )
    every_second_lit: bool = Field(
        default=False,
        description="The infrared lamp is on for every second picture; the others are left out.",
    )
    colour: OneCamera = Field(default=OneCamera(), description="Settings of the colour stream.")
    near_infrared: OneCamera = Field(default=OneCamera(), description="Settings of the near-infrared stream.")


@driver(
    NAME,
    Kind.CAMERA,
    Settings,
    Grade.PROTOCOL_TESTED,
    addresses="v4l2:/dev/v4l/by-path/… (colour; infrared = … in the options)",
)
class PairedCamera:
    """A colour camera and a near-infrared one beside it."""

    def __init__(self, address: str, settings: Settings) -> None:
        self._settings = settings
        self._infrared_shown = shown(settings.infrared)
        self._infrared_source = source_of(settings.infrared, settings.near_infrared, infrared=True)
        self._colour = OpenCvCamera.open(address, settings.colour)
        self._infrared = Feed(self._infrared_shown, self._infrared_source)
        self._watch = watch_of(self._infrared_shown, settings.near_infrared)
        self._lamp = Lamp() if settings.every_second_lit else None
        self._grey = EightBit()
        self._kept: deque[Frame] = deque(maxlen=KEPT)
        self._dead: DeviceError | None = None
        self._paired_at = time.monotonic()

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Nothing: which two streams belong together is a setting."""
        return []

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open both and wait for the first picture of each."""
        chosen = Settings.model_validate(settings.model_dump())
        if not chosen.infrared:
            raise Unsupported("driver.bad_option", NAME, key="infrared", reason="its address is needed")
        camera = cls(address, chosen)
        try:
            camera._infrared.wait_until_open(chosen.near_infrared.open_seconds)
        except DeviceError as error:
            camera.close()
            raise camera._named(error) from error
        log.info("camera.opened", driver=NAME)
        return camera

    @property
    def about(self) -> About:
        """The colour camera; simulated or recorded when one of the two is."""
        colour = self._colour.about
        named, simulated = identity_of(self._infrared_source)
        firmware = "; ".join(each for each in (colour.firmware, named) if each)
        whole = replace(colour, driver=NAME, model=f"{colour.model} + infrared", firmware=firmware)
        if simulated and not colour.simulated:
            return replace(whole, vendor="Simulated", simulated=True)
        return whole

    @property
    def can(self) -> Can:
        """It sees infrared."""
        return Can.SEE_INFRARED | self._colour.can

    def frame(self, seconds: float) -> Frame:
        """The next colour picture with its infrared one; ``camera.unpaired`` when none is of its moment."""
        if self._dead is not None:
            raise self._dead
        ends = time.monotonic() + seconds
        try:
            while True:
                frame = self._colour.frame(max(0.0, ends - time.monotonic()))
                infrared = self._beside(frame, ends)
                if infrared is not None:
                    self._paired_at = time.monotonic()
                    return replace(frame, infrared=infrared.image)
                self._give_up_if_late(frame, ends)
        except (Missing, Unsupported) as error:
            self._dead = error
            raise

    def check(self) -> None:
        """Raise why one of the two can give no pictures."""
        if self._dead is not None:
            raise self._dead
        self._colour.check()
        try:
            self._infrared.check()
        except DeviceError as error:
            raise self._named(error) from error

    def close(self) -> None:
        """Release both."""
        self._colour.close()
        self._infrared.close()
        self._dead = self._dead or Missing("camera.closed", self._colour.about.address)

    def _beside(self, frame: Frame, ends: float) -> Frame | None:
        """The infrared picture nearest to `frame`; None when none is near."""
        skew = self._settings.max_skew_ms / 1000
        while True:
            nearest = min(self._kept, key=lambda each: abs(each.at - frame.at), default=None)
            near = nearest is not None and abs(nearest.at - frame.at) <= NEAR_ENOUGH * skew
            if near or (self._kept and self._kept[-1].at >= frame.at + skew):
                break
            late = frame.at + skew + self._settings.max_skew_ms / 1000 < time.monotonic()
            if late and nearest is not None and abs(nearest.at - frame.at) <= skew:
                break
            if not self._take_infrared(ends):
                break
        return nearest if nearest is not None and abs(nearest.at - frame.at) <= skew else None

    def _take_infrared(self, ends: float) -> bool:
        """Keep the next usable infrared picture; False when the time is up without one."""
        age = self._settings.near_infrared.max_age_ms / 1000
        try:
            while True:
                raw = self._infrared.take(ends - time.monotonic(), age)
                frame = replace(raw, image=self._grey(raw.image))
                if self._lamp is None or self._lamp.lit(frame.image):
                    self._watch.check(frame)
                    self._kept.append(frame)
                    return True
        except DeviceError as error:
            raise self._named(error) from error

    def _give_up_if_late(self, frame: Frame, ends: float) -> None:
        now = time.monotonic()
        if now < ends and now - self._paired_at < self._settings.unpaired_seconds:
            return
        self._paired_at = now
        apart = min((abs(each.at - frame.at) for each in self._kept), default=0.0)
        facts = {"skew_ms": round(1000 * apart), "limit_ms": self._settings.max_skew_ms}
        raise Garbled("camera.unpaired", self._infrared_shown, **facts)

    def _named(self, error: DeviceError) -> DeviceError:
        """The infrared stream's error under its own name."""
        what = error.code.removeprefix("camera.")
        facts = dict(error.facts) | {"cause": error.code}
        if what in NAMED:
            return type(error)(f"camera.infrared_{what}", error.device, **facts)
        if isinstance(error, TimedOut):
            return TimedOut("camera.infrared_timed_out", error.device, **facts)
        kind = type(error) if isinstance(error, Fault) else Fault
        return kind("camera.infrared_failed", error.device, **facts)
