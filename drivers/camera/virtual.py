"""Camera driver ``camera-virtual``: a virtual customer, who follows instructions or attacks by script.

Grade: simulated. Address ``virtual:PUPPET.npz``, a file written by `drivers.camera.puppet.Puppet.save`.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Self

import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can, Found, Frame, Grade, Image, Kind
from drivers.camera.conditions import Conditions, conditions
from drivers.camera.lens import Lens
from drivers.camera.nearinfrared import grey, infrared_scene
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Scene, Script, Setting
from drivers.camera.takes import Take
from drivers.camera.watch import PictureWatch
from drivers.errors import Missing, TimedOut, Unsupported
from drivers.registry import driver

log = structlog.get_logger(__name__)

NAME = "camera-virtual"
SCHEME = "virtual:"


class Settings(BaseModel):
    """What happens in front of the virtual camera."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    script: Script = Field(default=Script.GENUINE, description="Who stands before the camera, or what.")
    second_puppet: Path | None = Field(
        default=None,
        description="Puppet file of the second person, needed by the scripts two_people, switched and turns.",
    )
    width: int = Field(default=640, ge=320, le=1920, multiple_of=8, description="Picture width in pixels.")
    height: int = Field(default=480, ge=240, le=1080, multiple_of=8, description="Picture height in pixels.")
    fps: float = Field(default=30.0, ge=1, le=60, description="Pictures a second.")
    seed: int = Field(default=1, ge=0, description="Another seed gives another take of the same script.")
    reaction_ms: int = Field(
        default=650, ge=0, le=10_000, description="How long the person takes to follow an instruction."
    )
    vary: bool = Field(
        default=False, description="Light, sensor, place and manner differ from seed to seed, too."
    )
    infrared: bool = Field(
        default=False, description="Show the near-infrared picture of the same moment too."
    )
    freeze_after_seconds: float = Field(
        default=2.0, ge=0, description="Script frozen: the picture stops changing after this long."
    )
    freeze_seconds: float = Field(
        default=2.0, ge=0, description="An unchanged picture for this long is an error; 0 never."
    )


@driver(NAME, Kind.CAMERA, Settings, Grade.SIMULATED, addresses="virtual:PUPPET.npz")
class VirtualCamera:
    """A virtual customer before a camera: genuine, another person, nobody, two, or an attack."""

    def __init__(self, address: str, settings: Settings, shown: Take) -> None:
        self._address, self._settings, self._take = address, settings, shown
        self._watch = PictureWatch(address, settings.freeze_seconds)
        self._heard: deque[str] = deque(maxlen=16)
        self._started = time.monotonic()
        self._number = 0
        self._infrared: Scene | None = None
        self._infrared_lens = Lens(settings.width, settings.height, settings.seed + 1)
        self._closed = False

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Nothing: a virtual customer is asked for by address, never found."""
        return []

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Set the scene. `Missing` without the puppet file, `Unsupported` when it is something else."""
        chosen = Settings.model_validate(settings.model_dump())
        if not address.startswith(SCHEME):
            raise Unsupported("camera.bad_address", address, expected=f"{SCHEME}PUPPET.npz")
        first = Puppet.load(address.removeprefix(SCHEME))
        second = Puppet.load(chosen.second_puppet) if chosen.second_puppet else None
        if chosen.script in (Script.TWO_PEOPLE, Script.SWITCHED, Script.TURNS) and second is None:
            reason = f"{chosen.script.value} needs it"
            raise Unsupported("driver.bad_option", address, key="second_puppet", reason=reason)
        given = Setting(
            puppets=(first, second),
            size=(chosen.width, chosen.height),
            seed=chosen.seed,
            reaction_seconds=chosen.reaction_ms / 1000,
            conditions=conditions(chosen.seed) if chosen.vary else Conditions(),
        )
        camera = cls(address, chosen, Take(chosen.script, given, chosen.freeze_after_seconds))
        if chosen.infrared:
            camera._infrared = infrared_scene(chosen.script, given)
        log.info("camera.opened", driver=NAME, script=chosen.script.value)
        camera._started = time.monotonic()
        return camera

    @property
    def about(self) -> About:
        """Marked as simulated."""
        return About(NAME, self._address, vendor="Simulated", model="Virtual customer", simulated=True)

    @property
    def can(self) -> Can:
        """It follows instructions (or shows how attacks do not)."""
        return Can.FOLLOW_INSTRUCTIONS | (Can.SEE_INFRARED if self._infrared else Can.NOTHING)

    def hear(self, instruction: str) -> None:
        """Tell the customer what the screen asks for, from any thread."""
        self._heard.append(instruction)

    def frame(self, seconds: float) -> Frame:
        """The next picture at the camera's own pace. `TimedOut` when it is not due within `seconds`."""
        if self._closed:
            raise Missing("camera.closed", self._address)
        number = max(self._number + 1, int((time.monotonic() - self._started) * self._settings.fps))
        due = self._started + number / self._settings.fps
        wait = due - time.monotonic()
        if wait > seconds:
            time.sleep(max(seconds, 0.0))
            raise TimedOut("camera.timed_out", self._address, seconds=seconds)
        if wait > 0:
            time.sleep(wait)
        self._number = number  # a late reader misses the pictures in between
        picture = self._picture(due)
        frame = Frame(picture, number, due, self._infrared_picture(due))
        self._watch.check(frame)
        return frame

    def check(self) -> None:
        """Raise `Missing` once it was closed."""
        if self._closed:
            raise Missing("camera.closed", self._address)

    def close(self) -> None:
        """Send the customer home."""
        self._closed = True

    def _infrared_picture(self, now: float) -> Image | None:
        """Of the same person in the same pose: both scenes hear and move alike."""
        if self._infrared is None:
            return None
        return grey(self._infrared_lens.see(self._infrared.show(now), now))

    def _picture(self, now: float) -> Image:
        while self._heard:
            instruction = self._heard.popleft()
            for each in (self._take, self._infrared):
                if each is not None:
                    each.hear(instruction, now)
        return self._take.see(now)
