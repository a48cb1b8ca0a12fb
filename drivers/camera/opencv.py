"""Camera driver ``opencv``: cameras of this machine, clips, pictures and network cameras.

Grade: protocol-tested (files, pictures and HTTP in tests; no Video4Linux device was at hand).

Addresses: ``v4l2:/dev/video0`` or ``v4l2:0``; ``file:CLIP``; ``images:FOLDER``, ``images:FILE`` or
``images:GLOB``; ``http://…``, ``https://…`` or ``http:URL``. Still pictures are never reported as frozen.
"""

from __future__ import annotations

import os
from typing import Self

import cv2
import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can, Found, Frame, Grade, Kind
from drivers.camera.controls import Cid, ControlSettings
from drivers.camera.feed import Feed, Source
from drivers.camera.mjpeg import NetworkCamera, without_password
from drivers.camera.recorded import Clip, Pictures
from drivers.camera.v4l2 import LocalCamera, Wanted, camera_name, device_path, local_cameras
from drivers.camera.watch import COVERED_DETAIL, PictureWatch
from drivers.errors import DeviceError, Missing, Unsupported
from drivers.registry import driver

log = structlog.get_logger(__name__)

NAME = "opencv"
SCHEMES = ("v4l2", "file", "images", "http", "https")
FFMPEG_QUIET = "-8"
"""AV_LOG_QUIET."""


class Settings(BaseModel):
    """How a camera or recording is opened and watched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int | None = Field(
        default=None, ge=64, le=8192, description="Picture width asked for in pixels; empty takes any."
    )
    height: int | None = Field(
        default=None, ge=64, le=8192, description="Picture height asked for in pixels; empty takes any."
    )
    fps: float | None = Field(
        default=None, gt=0, le=240, description="Pictures a second asked of a camera, or of images: (5)."
    )
    loop: bool = Field(default=False, description="Start clips and pictures again at their end.")
    real_time: bool = Field(
        default=True,
        description="Pace recordings by the clock; off, every picture comes as fast as it is asked for.",
    )
    freeze_seconds: float = Field(
        default=2.0, ge=0, le=60, description="An unchanged picture for this long is an error; 0 never."
    )
    covered_seconds: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="A picture without any edge for this long is a covered lens; 0 never.",
    )
    covered_detail: float = Field(
        default=COVERED_DETAIL,
        gt=0,
        lt=0.2,
        description="Detail, as a share of brightness, below which a picture counts as without edges.",
    )
    open_seconds: float = Field(
        default=8.0, gt=0, le=60, description="Time limit for opening, to the first picture."
    )
    stall_seconds: float = Field(
        default=5.0, gt=0, le=60, description="A network camera silent for this long is given up."
    )
    controls: ControlSettings = Field(
        default=ControlSettings(), description="Exposure, focus, gain, white balance of a local camera."
    )
    max_age_ms: int = Field(
        default=1000, ge=50, le=60_000, description="A picture older than this is not handed out."
    )
    max_side_px: int = Field(
        default=1920, ge=64, le=16384, description="Larger picture files are reduced to this side length."
    )


DEFAULT_PICTURES_FPS = 5.0
SIMULATED = "Simulated"
"""How a simulated camera's name begins."""
RECORDED = frozenset({"file", "images"})
"""Sources that show what was, not who is there: records made from them are marked as simulated."""


ADDRESSES = "v4l2:/dev/v4l/by-path/…, file:CLIP, images:FOLDER, http://HOST/STREAM"


@driver(NAME, Kind.CAMERA, Settings, Grade.PROTOCOL_TESTED, addresses=ADDRESSES)
class OpenCvCamera:
    """Cameras through OpenCV: v4l2, clips, pictures, motion JPEG over HTTP."""

    def __init__(self, address: str, settings: Settings) -> None:
        _silence()
        self._shown = shown(address)
        self._settings = settings
        scheme = address.partition(":")[0]
        self._source = source_of(address, settings)
        self._feed = Feed(self._shown, self._source, not settings.real_time)
        self._watch = watch_of(self._shown, settings, still=scheme == "images")
        self._model = camera_name(device_path(address.partition(":")[2])) if scheme == "v4l2" else scheme
        self._dead: DeviceError | None = None

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Cameras the kernel knows; none is opened."""
        return local_cameras(NAME)

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open and wait for the first picture, `open_seconds` at most."""
        chosen = Settings.model_validate(settings.model_dump())
        camera = cls(address, chosen)
        try:
            camera._feed.wait_until_open(chosen.open_seconds)
        except DeviceError:
            camera.close()
            raise
        log.info("camera.opened", driver=NAME, scheme=address.partition(":")[0])
        return camera

    @property
    def about(self) -> About:
        """The camera by its kernel name, or the kind of source; a recording is no camera and says so."""
        recorded = self._model in RECORDED
        named, simulated = identity_of(self._source)
        vendor = "Recorded" if recorded else SIMULATED if simulated else ""
        return About(NAME, self._shown, vendor, self._model, firmware=named, simulated=recorded or simulated)

    @property
    def can(self) -> Can:
        """Control of its exposure where that was asked for and the camera took it."""
        asked = isinstance(self._settings.controls.exposure_us, int)
        local = isinstance(self._source, LocalCamera) and Cid.EXPOSURE_ABSOLUTE not in self._source.refused
        return Can.CONTROL_EXPOSURE if asked and local else Can.NOTHING

    def frame(self, seconds: float) -> Frame:
        """The newest picture not seen yet; see `drivers.api.Camera.frame`."""
        if self._dead is not None:
            raise self._dead
        try:
            frame = self._feed.take(seconds, self._settings.max_age_ms / 1000)
            self._check_size(frame)
        except (Missing, Unsupported) as error:
            self._dead = error
            raise
        self._watch.check(frame)
        return frame

    def check(self) -> None:
        """Raise why the source ended, or nothing."""
        if self._dead is not None:
            raise self._dead
        self._feed.check()

    def close(self) -> None:
        """Release the camera within two seconds; safe twice."""
        self._feed.close()
        self._dead = self._dead or Missing("camera.closed", self._shown)

    def _check_size(self, frame: Frame) -> None:
        height, width = frame.image.shape[:2]
        wanted = (self._settings.width or width, self._settings.height or height)
        if (width, height) != wanted:
            facts = {"wanted": f"{wanted[0]}x{wanted[1]}", "given": f"{width}x{height}"}
            raise Unsupported("camera.wrong_size", self._shown, **facts)


def identity_of(source: Source) -> tuple[str, bool]:
    """What a source calls itself, and whether that says it is simulated (or a recording)."""
    named = source.identity if isinstance(source, NetworkCamera) else ""
    return named, named.startswith(SIMULATED) or isinstance(source, Clip | Pictures)


def watch_of(shown: str, settings: Settings, still: bool = False) -> PictureWatch:
    """What looks at each picture; `still` pictures are what they are."""
    if still:
        return PictureWatch(shown, 0)
    return PictureWatch(shown, settings.freeze_seconds, settings.covered_seconds, settings.covered_detail)


def source_of(address: str, settings: Settings, infrared: bool = False) -> Source:
    """The source of `address`, not opened."""
    scheme, _, rest = address.partition(":")
    if scheme not in SCHEMES or not rest:
        raise Unsupported("camera.bad_address", shown(address), expected=", ".join(SCHEMES))
    match scheme:
        case "v4l2":
            wanted = Wanted(settings.width, settings.height, settings.fps, infrared, settings.controls)
            return LocalCamera(device_path(rest), wanted)
        case "file":
            return Clip(rest, settings.loop, settings.real_time)
        case "images":
            fps = settings.fps or DEFAULT_PICTURES_FPS
            return Pictures(rest, fps, settings.loop, settings.real_time, settings.max_side_px)
        case _:
            url = address if rest.startswith("//") else rest
            return NetworkCamera(url, settings.stall_seconds)


def shown(address: str) -> str:
    """The address without a password."""
    return without_password(address) if address.startswith("http") else address


def _silence() -> None:
    """OpenCV and FFmpeg write to the terminal of their own accord; errors are reported as `DeviceError`s."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", FFMPEG_QUIET)
    cv2.utils.logging.setLogLevel(0)
