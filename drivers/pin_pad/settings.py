"""What can be set about a PIN pad."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PinPadSettings(BaseModel):
    """Knobs of the driver pin-pad."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: int = Field(115_200, ge=1200, le=921_600, description="Bits a second on a serial line.")
    format: Literal["iso-4", "iso-0"] = Field(
        "iso-4", description="ISO 9564-1 block format: iso-4 under AES, iso-0 under TDEA for older centres."
    )
    fewest: int = Field(6, ge=4, le=12, description="Fewest digits of a PIN.")
    most: int = Field(6, ge=4, le=12, description="Most digits of a PIN.")
    answer_ms: int = Field(
        800, ge=100, le=5000, description="How long an answer may take that does not wait for the person."
    )
