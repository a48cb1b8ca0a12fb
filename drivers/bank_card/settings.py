"""What can be set about bank-card readers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _hex(text: str) -> str:
    bytes.fromhex(text)
    return text


class StripeSettings(BaseModel):
    """Knobs of the driver bank-card-stripe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: int = Field(9600, ge=1200, le=921_600, description="Bits a second on a serial line.")
    lrc: Literal["sent", "absent"] = Field(
        "sent", description="Whether the reader hands on the check character after the end of the track."
    )
    identify: Annotated[str, AfterValidator(_hex)] = Field(
        "1B 56", description="Bytes that ask who it is (hex); empty: not asked. Unknown ones are ignored."
    )
    must_answer: bool = Field(False, description="True when a live reader always answers that question.")
    identify_ms: int = Field(300, ge=50, le=1000, description="How long it may take to say who it is.")
    gap_ms: int = Field(
        300, ge=50, le=2000, description="Silence in the middle of a track that ends it, in milliseconds."
    )


class ChipSettings(BaseModel):
    """Knobs of the driver bank-card-pcsc."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_ms: int = Field(
        3000, ge=200, le=20_000, description="How long the card may take to answer a command, milliseconds."
    )
