"""Typefaces for printed papers: just the signs a paper needs, as outlines that a PDF can hold.

The installed Chinese typeface has cubic outlines (CFF), which the PDF library does not embed; they are
turned into quadratic ones, off by at most a thousandth of the type size.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from terminal.drawn.typefaces import chinese

FAMILY = "Noto Sans CJK SC"
MOST_ERROR = 1.0
"""In units of the typeface, of which there are 1000 in its size."""

NAME_IDS = (1, 4, 6)
"""Family, whole name, PostScript name."""
WINDOWS_ENGLISH = (3, 1, 0x409)


class LetteringError(Exception):
    """A paper that cannot be lettered; `code` is a message key.

    Codes: ``paper.no_typeface``, ``paper.no_such_sign`` (with how many).
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def lettering(text: str, name: str) -> bytes:
    """A TrueType file called `name` with the signs of `text`; LetteringError when one cannot be drawn.

    Two files of one name would be taken for each other by the PDF library.
    """
    file = chinese()
    if file is None or not file.is_file():
        raise LetteringError("paper.no_typeface")
    with _opened(file) as font:
        signs = {ord(sign) for sign in text} | {0x20}
        missing = signs - font.getBestCmap().keys()
        if missing:
            raise LetteringError("paper.no_such_sign", signs=len(missing))
        _keep_only(font, signs)
        _make_quadratic(font)
        for number in NAME_IDS:
            font["name"].setName(name, number, *WINDOWS_ENGLISH)
        made = io.BytesIO()
        font.save(made)
    return made.getvalue()


def _opened(file: Path) -> Any:
    from fontTools.ttLib import TTCollection, TTFont

    with TTCollection(str(file), lazy=True) as faces:
        number = next((at for at, face in enumerate(faces) if face["name"].getDebugName(1) == FAMILY), None)
    if number is None:
        raise LetteringError("paper.no_typeface")
    return TTFont(str(file), fontNumber=number, lazy=True)


def _keep_only(font: Any, signs: set[int]) -> None:
    from fontTools import subset

    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[])
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=signs)
    subsetter.subset(font)


def _make_quadratic(font: Any) -> None:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    outlines, order, drawn = font.getGlyphSet(), font.getGlyphOrder(), {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, MOST_ERROR, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, drawn
    del font["CFF "]
    font["hmtx"].metrics = {name: (font["hmtx"][name][0], _left(drawn[name], font)) for name in order}
    most, post = font["maxp"], font["post"]
    most.tableVersion = 0x00010000
    for field in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"):
        setattr(most, field, 0)
    most.maxZones, most.maxStackElements, most.maxSizeOfInstructions = 1, 0, 0
    most.maxComponentElements = 0
    post.formatType, font["head"].glyphDataFormat = 3.0, 0
    font.sfntVersion = "\0\1\0\0"


def _left(glyph: Any, font: Any) -> int:
    glyph.recalcBounds(font["glyf"])
    return int(getattr(glyph, "xMin", 0))
