"""Lines of a slip as pictures, for printers without Chinese characters and for characters they lack."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.around import Align, SlipLine
from drivers.errors import Unsupported

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFont import FreeTypeFont

TEXT_DOTS = 24
"""Height of a line of printer text; a Chinese character is as wide."""
_PACKAGE, _FILE, _SIMPLIFIED = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2
"""The shipped collection; its third face has mainland glyph forms."""
_NO_CHARACTER = "\U0010ffff"


class Pen:
    """Draws lines across paper of `paper_dots`. `Unsupported` ``printer.no_font`` without a font."""

    def __init__(self, font: Path | None, paper_dots: int, device: str) -> None:
        self._paper_dots = paper_dots
        self._path, self._face = (font, 0) if font is not None else (_shipped(device), _SIMPLIFIED)
        try:
            _font(self._path, self._face, TEXT_DOTS)
        except (OSError, ImportError) as error:
            raise Unsupported("printer.no_font", device, reason=type(error).__name__) from error

    def draw(self, line: SlipLine) -> Picture:
        """Black on white, as wide as the paper, broken over as many rows as it needs."""
        from PIL import Image, ImageDraw

        size = TEXT_DOTS * (2 if line.large else 1)
        font = _font(self._path, self._face, size)
        rows = self._rows(self._shown(line.text, font), font)
        height = round(size * 1.25)
        picture = Image.new("L", (self._paper_dots, height * len(rows)), 255)
        draw = ImageDraw.Draw(picture)
        for number, row in enumerate(rows):
            left = _left(line.align, self._paper_dots, font.getlength(row))
            for shift in (0, 1) if line.bold else (0,):
                # The anchor is the middle of the line, so that Latin and Chinese stand on one level.
                draw.text((left + shift, number * height + height // 2), row, 0, font, anchor="lm")
        return picture.point(lambda value: 255 * (value > 128), "1")

    def _rows(self, text: str, font: FreeTypeFont) -> list[str]:
        rows = [""]
        for character in text:
            if rows[-1] and font.getlength(rows[-1] + character) > self._paper_dots - 2:
                rows.append("")
            rows[-1] += character
        return rows

    def _shown(self, text: str, font: FreeTypeFont) -> str:
        """`text` with what the face cannot draw written as its code point."""
        return "".join(
            each if _drawable(self._path, self._face, each) else f"[U+{ord(each):04X}]" for each in text
        )


def _left(align: Align, paper_dots: int, width: float) -> int:
    spare = max(0, paper_dots - 1 - round(width))
    return {Align.LEFT: 0, Align.CENTRE: spare // 2, Align.RIGHT: spare}[align]


def _shipped(device: str) -> Path:
    try:
        return Path(str(files(_PACKAGE) / _FILE))
    except ModuleNotFoundError as error:
        raise Unsupported("printer.no_font", device, package=_PACKAGE) from error


@cache
def _font(path: Path, face: int, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), size, index=face)


@cache
def _drawable(path: Path, face: int, character: str) -> bool:
    """False when the face draws `character` as it draws one that does not exist."""
    font = _font(path, face, TEXT_DOTS)
    missing, mask = font.getmask(_NO_CHARACTER), font.getmask(character)
    return character.isspace() or (mask.size, bytes(mask)) != (missing.size, bytes(missing))
