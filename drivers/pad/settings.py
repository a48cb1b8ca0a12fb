"""What can be set about a signature pad that streams packets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from drivers.pad.ink import LEAST_MM, LEAST_MS
from drivers.pad.layout import LAYOUTS, PacketLayout

Area = tuple[float, float, float, float]
"""Left, top, right, bottom, each 0-1 of the pad."""


class PadSettings(BaseModel):
    """Knobs of the driver pad-stream."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: Literal["plain", "topaz", "wacom-serial", "wacom-stu"] | PacketLayout = Field(
        "plain", description="Name of the packet layout, or a table of its bits for another make."
    )
    rate: int = Field(19_200, ge=1200, le=921_600, description="Bits a second on a serial line.")
    ok_area: Area | None = Field(
        None, description="Where tapping with the pen means OK, on a pad with a printed or shown button."
    )
    clear_area: Area | None = Field(None, description="Where tapping means starting over.")
    cancel_area: Area | None = Field(None, description="Where tapping means giving up.")
    settle_ms: int | None = Field(
        None, ge=500, le=30_000, description="Pen away this long after writing means OK; empty: it does not."
    )
    least_mm: float = Field(LEAST_MM, ge=0, le=500, description="Shortest signature, millimetres of ink.")
    least_ms: int = Field(LEAST_MS, ge=0, le=5000, description="Quickest signature, milliseconds.")
    identify_ms: int = Field(500, ge=50, le=1000, description="How long it may take to say who it is.")
    key_ms: int = Field(
        100,
        ge=0,
        le=1000,
        description="A key pressed sooner than this after the start is still the last press.",
    )
    stuck_ms: int = Field(
        8000, ge=200, le=60_000, description="The same position under pressure this long means it is stuck."
    )

    @property
    def packet(self) -> PacketLayout:
        """The layout in use."""
        return LAYOUTS[self.layout] if isinstance(self.layout, str) else self.layout
