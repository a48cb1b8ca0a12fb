"""The shipped type face, and which characters it can really draw.

A name on a card may hold rare characters or private-use code points. What the face cannot draw is
shown as its code point in a frame (`widgets.glyphs`), never as a question mark or an empty box.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from PySide6.QtGui import QFont, QFontDatabase, QRawFont

PACKAGE = "noto_cjk_sans_otc"
FILE = "NotoSansCJK-Regular.ttc"
SIMPLIFIED = "Noto Sans CJK SC"
"""The face with mainland glyph forms; the collection's first face is Japanese."""


class FontMissing(RuntimeError):
    """The type face that must ship with the window could not be loaded."""


def install() -> str:
    """Register the shipped face with the running QApplication; returns its family.

    Raises FontMissing when the file is absent or is not the expected collection.
    """
    path = files(PACKAGE) / FILE
    number = QFontDatabase.addApplicationFont(str(path))
    if number < 0 or SIMPLIFIED not in QFontDatabase.applicationFontFamilies(number):
        raise FontMissing(f"{PACKAGE} does not hold {SIMPLIFIED}")
    return SIMPLIFIED


def text_font(pixels: int) -> QFont:
    """The shipped face at a size."""
    font = QFont(SIMPLIFIED)
    font.setPixelSize(pixels)
    return font


@cache
def _covers() -> Callable[[int], bool]:
    raw = QRawFont.fromFont(text_font(16))
    return raw.supportsCharacter


@cache
def drawable(character: str) -> bool:
    """True when the face has a glyph for `character` (lone surrogates never have one)."""
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return False
    return character.isspace() or _covers()(code)


def selector(character: str) -> bool:
    """True for variation selectors, which choose a form of the character before and draw nothing."""
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
