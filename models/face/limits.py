"""The numbers of one terminal's liveness check: of the algorithms, of its camera, and of its rule pack."""

from __future__ import annotations

from config.liveness import LivenessLimits
from models.face.challenge import ChallengeSettings
from models.face.infrared import InfraredSettings
from models.face.liveness import LivenessSettings
from models.face.noise import NoiseSettings
from models.face.pictured import PicturedSettings


def limited(
    limits: LivenessLimits, *, least_frames: int | None = None, action_seconds: float | None = None
) -> LivenessSettings:
    """The settings with the camera's `limits`; scored frames and seconds for an action by the rule pack."""
    usual = LivenessSettings()
    noise = NoiseSettings(least_noise=limits.least_noise, equal_share=limits.equal_share)
    return LivenessSettings(
        least_frames=least_frames or usual.least_frames,
        challenge=ChallengeSettings(limit_seconds=action_seconds or usual.challenge.limit_seconds),
        pictured=PicturedSettings(noise=noise),
        infrared=InfraredSettings(relief=limits.infrared_relief, apart=limits.infrared_apart),
    )
