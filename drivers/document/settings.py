"""What can be set about a reader of e-documents."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class EmrtdSettings(BaseModel):
    """Knobs of the e-document reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signers: Path | None = Field(
        None,
        title="Country signers",
        description="Folder with the certificates and lists of the countries whose documents can be "
        "verified; empty: no document is ever shown as verified.",
    )
    pace: bool = Field(
        True, title="PACE", description="Open chips by PACE where they offer it; else by BAC only."
    )
    bac: bool = Field(
        True, title="BAC", description="Open chips by BAC where PACE is not offered or does not work."
    )
    groups: frozenset[int] = Field(
        frozenset({1, 2, 11, 12}),
        title="Data groups",
        description="Which of the data groups that a chip has are read: 1 zone, 2 portrait, 11 and 12 "
        "details. 1 is always read; fingerprints and irises (3, 4) cannot be.",
    )
    answer_ms: int = Field(
        5000,
        ge=500,
        le=30_000,
        title="Answer to a command",
        description="How long a chip may take to answer one command.",
    )
    read_limit_ms: int = Field(
        60_000,
        ge=5000,
        le=300_000,
        title="Whole reading",
        description="When to stop reading a chip that is slow.",
    )
    attempts: int = Field(
        2,
        ge=1,
        le=5,
        title="Attempts",
        description="How often a reading is begun when the connection breaks while the document lies there.",
    )
    chunk_bytes: int = Field(
        0xDF,
        ge=16,
        le=0xDF,
        title="Bytes at a time",
        description="How much of a file is asked for at once; less helps chips at the edge of the field.",
    )
    max_file_bytes: int = Field(
        1_000_000,
        ge=10_000,
        le=8_000_000,
        title="Largest file",
        description="A file that says it is larger is not read.",
    )
