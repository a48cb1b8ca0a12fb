"""What can be set about devices behind a Secure Biometric Interface."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FIRST_PORT, LAST_PORT = 4501, 4600
"""Where services listen (specs/sbi.md §1)."""


class SbiSettings(BaseModel):
    """Whom to trust, and how long to wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roots: Path | None = Field(
        None,
        title="Root certificates",
        description="Folder of PEM files of those who vouch for devices. Without it no device is trusted.",
    )
    env: Literal["Production", "Pre-Production", "Staging", "Developer"] = Field(
        "Production", title="Environment", description="The environment the device must be registered for."
    )
    first_port: int = Field(
        FIRST_PORT, ge=1024, le=65535, title="First port", description="Where to begin looking for services."
    )
    last_port: int = Field(
        LAST_PORT, ge=1024, le=65535, title="Last port", description="Where to stop looking for services."
    )
    spec_version: str = Field(
        "0.9.5", pattern=r"^\d+(\.\d+){1,3}$", title="Version", description="Interface version to ask for."
    )
    requested_score: int = Field(
        40,
        ge=0,
        le=100,
        title="Quality",
        description="Poorest quality to accept, 0-100 as the device measures.",
    )
    clock_window_s: int = Field(
        60,
        ge=1,
        le=600,
        title="Clock difference",
        description="How far the device's clock may be from this one before a capture counts as stale.",
    )
    answer_ms: int = Field(
        3000,
        ge=200,
        le=20_000,
        title="Answer",
        description="How long a service may take to answer anything but a capture.",
    )
    most_mb: int = Field(
        16, ge=1, le=64, title="Largest answer", description="Answers of more megabytes are given up."
    )
    freeze_seconds: float = Field(
        2.0, ge=0, le=60, description="An unchanged picture of a stream for this long is an error; 0 never."
    )

    @model_validator(mode="after")
    def _ports_in_order(self) -> SbiSettings:
        if not 0 <= self.last_port - self.first_port < 1000:
            raise ValueError("last_port must follow first_port, within a thousand")
        return self
