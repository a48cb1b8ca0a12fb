"""What can be set about an ESC/POS printer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PrinterSettings(BaseModel):
    """Knobs of the driver escpos."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: int = Field(115_200, ge=1200, le=921_600, description="Bits a second on a serial line.")
    paper_dots: Literal[384, 576] = Field(
        576, description="Dots across the paper: 384 on 58 mm paper, 576 on 80 mm paper (203 dpi)."
    )
    chinese: Literal["gb18030", "picture"] = Field(
        "gb18030",
        description="gb18030: the printer has Chinese characters of its own; picture: it has not, so lines "
        "with other than ASCII are drawn here. Rare characters are always drawn.",
    )
    font: Path | None = Field(
        None, description="Font file for drawn lines; empty: the Noto CJK face that ships with the window."
    )
    qr: Literal["native", "picture"] = Field(
        "native", description="Whether the printer draws QR codes itself or is sent a picture."
    )
    qr_dots: int = Field(6, ge=2, le=16, description="Dots a side of one QR module.")
    cut: bool = Field(True, description="Cut the paper after a slip.")
    confirm: bool = Field(
        True,
        description="Ask the printer to say when it has finished (GS r). Without this an interrupted print "
        "may go unnoticed; set to false only for printers that do not know the command.",
    )
    status_ms: int = Field(
        500, ge=50, le=900, description="How long the answer to a status request may take, in milliseconds."
    )
    finish_ms: int = Field(
        10_000, ge=500, le=60_000, description="How long printing may take after all was sent, milliseconds."
    )
