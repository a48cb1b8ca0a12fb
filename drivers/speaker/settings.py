"""What can be set about loudspeakers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SpeakerSettings(BaseModel):
    """Knobs of the driver sounddevice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    volume: float = Field(1.0, ge=0.0, le=1.0, description="Loudness of what is played, 0 to 1.")
    latency_ms: int = Field(
        60, ge=10, le=1000, description="How far ahead sound is handed to the system, in milliseconds."
    )


class FileSpeakerSettings(BaseModel):
    """Knobs of the driver speaker-file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep: int = Field(20, ge=1, le=1000, description="How many files are kept; the oldest are removed.")
