"""Colours and the style sheet: one restrained palette, sizes that scale for the larger type."""

from __future__ import annotations

import enum
from importlib.resources import files
from string import Template
from typing import Final

NORMAL: Final = 1.0
LARGE: Final = 1.18
"""Largest type with which nothing is cut at 1366×768."""


class Tone(enum.StrEnum):
    """What a coloured area says; never the only sign, a drawn symbol and a word go with it."""

    INK = "ink"
    """The colour of plain text."""
    PLAIN = "plain"
    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    STRONG = "strong"


class Ink:
    """The palette. Text colours have a contrast of at least 4.5:1 on their ground (WCAG 2.2 AA)."""

    TEXT: Final = "#16222E"
    MUTED: Final = "#51606F"
    FAINT: Final = "#8795A3"
    LINE: Final = "#D8DFE6"
    PAPER: Final = "#FFFFFF"
    GROUND: Final = "#EDF1F5"
    WELL: Final = "#F6F8FA"
    BRAND: Final = "#10324C"
    BRAND_SOFT: Final = "#27506F"
    ON_BRAND: Final = "#FFFFFF"
    ON_BRAND_SOFT: Final = "#BCD0E0"
    PRIMARY: Final = "#0A5A9C"
    PRIMARY_HOVER: Final = "#084B82"
    INFO: Final = "#0A5A9C"
    INFO_PAPER: Final = "#E6F0F9"
    GOOD: Final = "#15703D"
    GOOD_PAPER: Final = "#E3F3E9"
    WARN: Final = "#8A4B00"
    WARN_PAPER: Final = "#FFF1DA"
    BAD: Final = "#A61B1B"
    BAD_PAPER: Final = "#FBE7E6"
    CAMERA: Final = "#0E1A24"


TONES: Final[dict[Tone, tuple[str, str]]] = {
    Tone.INK: (Ink.TEXT, Ink.PAPER),
    Tone.PLAIN: (Ink.MUTED, Ink.PAPER),
    Tone.INFO: (Ink.INFO, Ink.INFO_PAPER),
    Tone.GOOD: (Ink.GOOD, Ink.GOOD_PAPER),
    Tone.WARN: (Ink.WARN, Ink.WARN_PAPER),
    Tone.BAD: (Ink.BAD, Ink.BAD_PAPER),
    Tone.STRONG: (Ink.ON_BRAND, Ink.BRAND),
}
"""Tone → (symbol and heading colour, ground)."""


def sheet(scale: float, family: str) -> str:
    """The style sheet with type `scale` times its normal size, set in `family`."""
    colours = {name.lower(): value for name, value in vars(Ink).items() if name.isupper()}
    sizes = {f"s{size}": f"{round(size * scale)}px" for size in range(10, 41)}
    raw = (files(__package__ or "ui.theme") / "counter.qss").read_text(encoding="utf-8")
    return Template(raw).substitute(colours, family=family, **sizes)
