"""Everything read from the pictures themselves: loops, noise, edges and rasters, the stream's manners."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from pydantic import BaseModel, ConfigDict, Field

from models.api import Image, Observation
from models.face.cues import cues_of
from models.face.loops import Loops, LoopSettings
from models.face.noise import Noise, NoiseSettings


class PicturedSettings(BaseModel):
    """When the pictures themselves speak against a live person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    loops: LoopSettings = Field(default=LoopSettings(), description="Stretches of motion that come back")
    noise: NoiseSettings = Field(default=NoiseSettings(), description="Noise of the sensor")
    cue_every: int = Field(default=3, ge=1, description="Cues are looked for in every so-manieth frame")
    sides: int = Field(default=3, ge=1, le=4, description="Sides with a straight edge that make a frame")
    border_share: float = Field(
        default=0.6, gt=0, le=1, description="Share of looked-at frames that must show a frame"
    )
    moire: float = Field(
        default=24.0,
        gt=0,
        description="Median peak over the fine spectrum from which two rasters beat; living faces of webcams "
        "reach 22",
    )
    least_cues: int = Field(default=3, ge=1, description="Frames that must have been looked at")
    odd_share: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="Share of frames whose time per frame number is off by half or more",
    )


class Pictured:
    """What one stream's pictures showed so far."""

    def __init__(self, settings: PicturedSettings) -> None:
        self._settings = settings
        self._loops = Loops(settings.loops)
        self._noise = Noise(settings.noise)
        self._sides: list[int] = []
        self._moire: list[float] = []
        self._shape: tuple[int, ...] | None = None
        self._last: tuple[int, float] | None = None
        self._paces: list[float] = []
        self._seen = 0
        self.changed = False
        """True when size or clock of the stream changed in the middle."""

    def add(self, observation: Observation, image: Image | None) -> None:
        """Take in one frame."""
        self._keep_time(observation)
        if image is None:
            return
        self.changed |= self._shape is not None and self._shape != image.shape
        self._shape = image.shape
        self._loops.add(image, observation.at)
        self._noise.add(image)
        if observation.face is not None and self._seen % self._settings.cue_every == 0:
            cues = cues_of(image, observation.face)
            self._sides.append(cues.sides)
            self._moire.append(cues.moire)
        self._seen += 1

    @property
    def looped(self) -> bool:
        """True when stretches of motion came back."""
        return self._loops.looped

    @property
    def still(self) -> bool:
        """True when nothing moved for too long to be alive."""
        return self._loops.still

    @property
    def no_noise(self) -> bool:
        """True when the noise of a sensor is missing."""
        return self._noise.missing

    @property
    def border(self) -> bool:
        """True when a frame of straight edges surrounds the face."""
        return self._enough and self.border_share >= self._settings.border_share

    @property
    def moire(self) -> bool:
        """True when the face shows the beat of two rasters."""
        return self._enough and median(self._moire) >= self._settings.moire

    @property
    def odd_timing(self) -> bool:
        """True when frames do not come at a camera's pace: too many off by half, or back in time."""
        if len(self._paces) < self._settings.least_cues:
            return False
        usual = median(self._paces)
        odd = sum(not 0.5 * usual <= pace <= 2 * usual for pace in self._paces)
        return usual <= 0 or odd / len(self._paces) >= self._settings.odd_share

    @property
    def border_share(self) -> float:
        """Share of looked-at frames with a frame around the face."""
        return sum(sides >= self._settings.sides for sides in self._sides) / max(len(self._sides), 1)

    def signals(self) -> Mapping[str, float]:
        """The numbers behind the answers."""
        found = {"border_share": self.border_share, "loops": float(self._loops.repeats)}
        if self._moire:
            found["moire"] = median(self._moire)
        if (level := self._noise.level) is not None:
            found["noise"] = level
            found["equal_patches"] = self._noise.equal_share
        return found

    @property
    def _enough(self) -> bool:
        return len(self._sides) >= self._settings.least_cues

    def _keep_time(self, observation: Observation) -> None:
        """Seconds a frame number: a camera counts its frames, also those nobody took."""
        before, self._last = self._last, (observation.number, observation.at)
        if before is not None and observation.number > before[0]:
            self._paces.append((observation.at - before[1]) / (observation.number - before[0]))
