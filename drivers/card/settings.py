"""What can be set about an SDT reader."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RATES = (115200, 57600, 38400, 19200, 9600)
"""Serial rates of the protocol, in the order of its own index (spec §1)."""


class SdtSettings(BaseModel):
    """Knobs of the SDT reader. The times come from specs/id_reader_protocol.md §8."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: Literal[115200, 57600, 38400, 19200, 9600] | None = Field(
        None, title="Serial rate", description="Bits a second; empty: try 115200 first, then each slower one."
    )
    work_rate: Literal[115200, 57600, 38400, 19200, 9600] | None = Field(
        None,
        title="Working rate",
        description="Have the reader talk at this rate once found, unless it refuses; empty: as found.",
    )
    fingerprints: bool = Field(
        False,
        title="Fingerprints",
        description="Read the fingerprint templates too, where the reader may and the card has them.",
    )
    hid_request_flag: int = Field(
        0x01, ge=0, le=255, title="HID request flag", description="First byte of a HID request (maker's own)."
    )
    hid_response_flag: int = Field(
        0x02, ge=0, le=255, title="HID answer flag", description="First byte of a HID answer (maker's own)."
    )
    hid_command: int = Field(
        0x01, ge=0, le=255, title="HID command", description="Code that passes a frame on (maker's own)."
    )
    search_ms: int = Field(
        500,
        ge=100,
        le=5000,
        title="Answer to a status request",
        description="How long to wait for the status at each rate, and when asking whether it still lives.",
    )
    answer_ms: int = Field(
        2500,
        ge=200,
        le=10_000,
        title="Begin of an answer",
        description="How long the reader may take until an answer begins (the protocol says 2 s).",
    )
    read_answer_ms: int = Field(
        4000,
        ge=500,
        le=15_000,
        title="Begin of the card's content",
        description="The same for reading text and photo, which takes a chip 1 to 3 s.",
    )
    frame_ms: int = Field(
        5000,
        ge=500,
        le=20_000,
        title="Whole answer",
        description="How long an answer that has begun may take until it is complete, counted from asking.",
    )
    gap_ms: int = Field(
        1000,
        ge=100,
        le=5000,
        title="Pause within an answer",
        description="After such a pause the rest of an answer is taken for lost: the card was lifted.",
    )
    read_limit_ms: int = Field(
        15_000,
        ge=1000,
        le=60_000,
        title="Whole reading",
        description="When to begin no further attempt at reading a card.",
    )
    poll_ms: int = Field(
        300,
        ge=300,
        le=2000,
        title="Pace of looking for a card",
        description="Time between two looks; vendors ask for 300 ms at least.",
    )
    read_attempts: int = Field(
        3, ge=1, le=3, title="Attempts", description="How often one reading may find, select and read again."
    )
    max_rf_frame: int | None = Field(
        None,
        ge=1,
        le=255,
        title="Largest radio frame",
        description="Value sent as 61 FF nn after opening (80 and 88 are usual); empty: not sent.",
    )
