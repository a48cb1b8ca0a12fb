"""What the passive networks say over many frames, each by itself and together."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from pydantic import BaseModel, ConfigDict, Field

from models.api import Observation
from models.face.fusion import Band, Shares, band_of
from models.face.passive import FR, MINIFASNET


class Bands(BaseModel):
    """Where one network's median says live or attack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    live_from: float = Field(
        default=0.5, ge=0, le=1, description="Median over the frames from which it is live"
    )
    attack_below: float = Field(default=0.2, ge=0, le=1, description="Median below which it is an attack")
    live_share: float = Field(
        default=0.5, ge=0, le=1, description="Least share of frames that are live on their own"
    )
    attack_share: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="Largest share of frames that are attacks on their own: a picture shown in between",
    )
    still_live_from: float = Field(
        default=0.6, ge=0, le=1, description="The same as `live_from` for one picture"
    )
    still_attack_below: float = Field(
        default=0.2, ge=0, le=1, description="As `attack_below` for one picture"
    )


class PassiveSettings(BaseModel):
    """Bands of the passive networks' probability of a live face."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fr_liveness: Bands = Field(default=Bands(), description="The network that comes with every pack")
    minifasnet: Bands = Field(
        default=Bands(live_from=0.3, attack_below=0.04, still_live_from=0.1, still_attack_below=0.04),
        description="MiniFASNet V2 and V1SE, where an operator added both",
    )
    live_from: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="Mean of the networks from which one frame may enter the comparison",
    )
    frontal_degrees: float = Field(default=20.0, gt=0, description="Frames turned further are not scored")

    def bands(self, name: str) -> Bands:
        """The bands of the network called `name`."""
        return {FR: self.fr_liveness, MINIFASNET: self.minifasnet}.get(name, self.fr_liveness)


class Opinions:
    """The scores of all frames so far, by network."""

    def __init__(self, settings: PassiveSettings, least_frames: int) -> None:
        self._settings = settings
        self._least = least_frames
        self._scores: dict[str, list[float]] = {}

    def add(self, observation: Observation, yaw: float) -> None:
        """Keep the scores of a frame that is frontal enough."""
        if observation.passive_live is None or abs(yaw) > self._settings.frontal_degrees:
            return
        for name, score in (observation.passive_scores or {FR: observation.passive_live}).items():
            self._scores.setdefault(name, []).append(score)

    @property
    def frames(self) -> int:
        """Frames scored."""
        return max((len(scores) for scores in self._scores.values()), default=0)

    def doubted(self, frames: int) -> bool:
        """True when a network scored at least so many frames and took every one for an attack."""
        return any(
            len(scores) >= frames and max(scores) < self._settings.bands(name).attack_below
            for name, scores in self._scores.items()
        )

    def bands(self, *, one_picture: bool) -> dict[str, Band | None]:
        """Each network's band; None with too few frames."""
        return {name: self._band(name, scores, one_picture) for name, scores in self._scores.items()}

    def signals(self) -> Mapping[str, float]:
        """Median and share of live frames of each network."""
        found: dict[str, float] = {}
        for name, scores in self._scores.items():
            live_from = self._settings.bands(name).live_from
            key = "passive" if name == FR else name
            found[f"{key}_median"] = median(scores)
            found[f"{key}_share"] = sum(score >= live_from for score in scores) / len(scores)
        return found

    def _band(self, name: str, scores: list[float], one_picture: bool) -> Band | None:
        bands = self._settings.bands(name)
        if one_picture:
            return band_of(scores, bands.still_live_from, bands.still_attack_below, Shares(1.0, 1.0))
        if len(scores) < self._least:
            return None
        shares = Shares(bands.live_share, bands.attack_share)
        return band_of(scores, bands.live_from, bands.attack_below, shares)


def together(bands: Mapping[str, Band | None]) -> Band | None:
    """What the networks say together: they must agree, or it is unclear."""
    found = set(bands.values())
    if not found or None in found:
        return None
    return found.pop() if len(found) == 1 else Band.UNCLEAR
