"""How a pad packs one pen position into a packet: a table of bits, so that a new make is data, not code.

Bits are written ``byte:low-high``, most significant piece first: ``"2:0-4 1:0-6"`` is a 12-bit number whose
upper five bits are bits 0-4 of byte 2.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_PIECE = re.compile(r"(\d{1,2}):([0-7])(?:-([0-7]))?")


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring bits of one byte."""

    byte: int
    low: int
    width: int


def pieces(text: str) -> tuple[Piece, ...]:
    """The pieces that `text` names, most significant first. `ValueError` when it is not such a text."""
    found = []
    for word in text.split():
        match = _PIECE.fullmatch(word)
        if match is None:
            raise ValueError(f"{word!r} is not written byte:low-high")
        byte, low, high = int(match[1]), int(match[2]), int(match[3] or match[2])
        if high < low:
            raise ValueError(f"{word!r} ends before it begins")
        found.append(Piece(byte, low, high - low + 1))
    return tuple(found)


def take(packet: bytes, text: str) -> int:
    """The number in those bits of `packet`; 0 for no bits."""
    value = 0
    for piece in pieces(text):
        value = value << piece.width | packet[piece.byte] >> piece.low & (1 << piece.width) - 1
    return value


def put(packet: bytearray, text: str, value: int) -> None:
    """Write `value` into those bits of `packet`; what does not fit is cut off at the top."""
    for piece in reversed(pieces(text)):
        packet[piece.byte] |= (value & (1 << piece.width) - 1) << piece.low
        value >>= piece.width


def _bits(text: str) -> str:
    pieces(text)
    return text


def _hex(text: str) -> str:
    bytes.fromhex(text)
    return text


Bits = Annotated[str, AfterValidator(_bits)]
Hex = Annotated[str, AfterValidator(_hex)]


class Button(enum.StrEnum):
    """What a person can press on a pad."""

    OK = "ok"
    CLEAR = "clear"
    CANCEL = "cancel"


class PacketLayout(BaseModel):
    """One make's packet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=2, le=64, description="Bytes a packet.")
    first_mask: int = Field(0x80, ge=0, le=255, description="Bits of the first byte that mark a packet.")
    first_value: int = Field(0x80, ge=0, le=255, description="What those bits are in a first byte.")
    rest_mask: int = Field(0x80, ge=0, le=255, description="Bits that are 0 in every later byte.")
    zero: Bits = Field("", description="Further bits that are 0 in every packet.")
    x: Bits = Field(description="Bits of the distance from the left.")
    y: Bits = Field(description="Bits of the distance from the top, or from the bottom with y_up.")
    pressure: Bits = Field("", description="Bits of the pressure; empty: full pressure while it touches.")
    pressure_flip: int = Field(0, ge=0, description="Pressure bits that are sent inverted.")
    touching: Bits = Field(description="Bits that are not 0 while the pen touches.")
    ok: Bits = Field("", description="Bit of the button OK; empty: the pad has none.")
    clear: Bits = Field("", description="Bit of the button for starting over.")
    cancel: Bits = Field("", description="Bit of the button for giving up.")
    x_max: int = Field(ge=1, description="x at the right edge.")
    y_max: int = Field(ge=1, description="y at the far edge.")
    pressure_max: int = Field(1, ge=1, description="Pressure when pressed hard.")
    y_up: bool = Field(False, description="True when y counts from the bottom.")
    width_mm: float = Field(gt=0, description="Width of the writing area in millimetres.")
    height_mm: float = Field(gt=0, description="Height of the writing area in millimetres.")
    packets_per_s: int = Field(100, ge=10, le=1000, description="Packets a second while the pen is near.")
    identify: Hex = Field("7E 23", description="Bytes that ask who it is (hex); empty: not asked.")
    must_answer: bool = Field(False, description="True when a live pad always answers that question.")
    start: Hex = Field("", description="Bytes that make it send packets (hex).")
    stop: Hex = Field("", description="Bytes that make it stop (hex).")

    @model_validator(mode="after")
    def _bits_are_inside(self) -> Self:
        for name in ("x", "y", "pressure", "touching", "ok", "clear", "cancel", "zero"):
            if any(piece.byte >= self.size for piece in pieces(getattr(self, name))):
                raise ValueError(f"{name} names a byte beyond the packet of {self.size} bytes")
        return self


PLAIN = PacketLayout(
    size=7,
    x="1:0-6 2:0-6",
    y="3:0-6 4:0-6",
    pressure="5:0-6 6:0-6",
    touching="0:5",
    ok="0:2",
    clear="0:3",
    cancel="0:4",
    x_max=16_000,
    y_max=8000,
    pressure_max=1023,
    width_mm=120,
    height_mm=60,
    packets_per_s=200,
    must_answer=True,
)
"""Our own, for makers who have none yet: 7 bytes, bit 7 only in the first, 14-bit numbers, three buttons."""

TOPAZ = PacketLayout(
    size=5,
    zero="2:5-6 4:5-6",
    x="2:0-4 1:0-6",
    y="4:0-4 3:0-6",
    touching="0:0",
    x_max=4095,
    y_max=4095,
    width_mm=112,
    height_mm=33,
)
"""Topaz-like: 5 bytes, bit 6 of the first = near, bit 0 = touching, 12-bit x and y, no pressure. As open
drivers of such pads read it; the edges differ by model, so x_max and y_max must be set to the pad's."""

WACOM_SERIAL = PacketLayout(
    size=7,
    x="0:0-1 1:0-6 2:0-6",
    y="3:0-1 4:0-6 5:0-6",
    pressure="6:0-6 3:2",
    pressure_flip=0x80,
    touching="3:3",
    x_max=5103,
    y_max=3711,
    pressure_max=255,
    width_mm=127.6,
    height_mm=92.8,
    must_answer=True,
    start=b"ST\r".hex(),
    stop=b"SP\r".hex(),
)
"""Wacom protocol IV on a serial line, as Linux's wacom_serial4 documents it (edges of a Graphire)."""

WACOM_STU = PacketLayout(
    size=7,
    first_mask=0xFF,
    first_value=0x01,
    rest_mask=0,
    x="3:0-7 4:0-7",
    y="5:0-7 6:0-7",
    pressure="1:0-3 2:0-7",
    touching="1:4-6",
    x_max=10_800,
    y_max=6480,
    pressure_max=1023,
    width_mm=108,
    height_mm=65,
    packets_per_s=200,
    identify="",
)
"""Wacom STU pen report (HID, report 1): ready and switch bits, 12-bit pressure, 16-bit x, y, big endian."""

LAYOUTS = {"plain": PLAIN, "topaz": TOPAZ, "wacom-serial": WACOM_SERIAL, "wacom-stu": WACOM_STU}
"""Layouts by the name that a setting gives them."""
