"""A printed paper as blocks from the top down, as PDF with its typeface inside; nothing is ever cut off."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from terminal.checks.lettering import lettering

WIDE, HIGH = 595.28, 841.89
"""A4 in points (ISO 216)."""
LEFT, RIGHT, TOP, BOTTOM = 62.0, WIDE - 62.0, HIGH - 70.0, 56.0
LABEL_WIDE = 104.0
PAD = 6.0
SIZE = 10.5
LEADING = 1.6
PHOTO_HIGH = 120.0
UNREADABLE = "照片无法显示"
_NOT_FIRST = "，。；：、）"
"""Signs that never begin a row."""
_PIECE = re.compile(r"[!-~]+ ?|.", re.DOTALL)
"""What stays together: words of Latin letters, single Chinese signs."""


class Block(Protocol):
    """A part of a paper."""

    def words(self) -> str:
        """Everything it draws."""

    def draw(self, sheet: Sheet) -> None:
        """Draw it where the sheet has come to, and move on."""


@dataclass(frozen=True, slots=True)
class Centred:
    """A heading."""

    text: str
    size: float

    def words(self) -> str:
        """See `Block`."""
        return self.text

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        for row in sheet.rows(self.text, self.size, RIGHT - LEFT):
            width = sheet.width(row, self.size)
            sheet.write(row, (WIDE - width) / 2, self.size)


@dataclass(frozen=True, slots=True)
class Right:
    """Rows that end at the right edge."""

    text: str = field(repr=False)

    def words(self) -> str:
        """See `Block`."""
        return self.text

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        for row in sheet.rows(self.text, SIZE, RIGHT - LEFT):
            sheet.write(row, RIGHT - sheet.width(row, SIZE), SIZE)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, its first row moved in by two signs."""

    text: str = field(repr=False)

    def words(self) -> str:
        """See `Block`."""
        return self.text

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        for number, row in enumerate(sheet.rows(self.text, SIZE, RIGHT - LEFT, 2 * SIZE)):
            sheet.write(row, LEFT + (0.0 if number else 2 * SIZE), SIZE)
        sheet.y -= SIZE / 2


@dataclass(frozen=True, slots=True)
class Table:
    """Labels and values, each line as high as its value needs."""

    lines: tuple[tuple[str, str], ...] = field(repr=False)

    def words(self) -> str:
        """See `Block`."""
        return "".join(label + value for label, value in self.lines)

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        for label, value in self.lines:
            rows = sheet.rows(value, SIZE, RIGHT - LEFT - LABEL_WIDE - 2 * PAD)
            high = len(rows) * SIZE * LEADING + 2 * PAD
            sheet.need(high)
            top = sheet.y
            sheet.frame(top, high)
            sheet.y = top - PAD
            sheet.write(label, LEFT + PAD, SIZE)
            sheet.y = top - PAD
            for row in rows:
                sheet.write(row, LEFT + LABEL_WIDE + PAD, SIZE)
            sheet.y = top - high
        sheet.y -= SIZE * 2


@dataclass(frozen=True, slots=True)
class Photo:
    """A small picture with its label; one that cannot be read is said to be so, never left out silently."""

    label: str
    jpeg: bytes = field(repr=False)

    def words(self) -> str:
        """See `Block`."""
        return self.label + UNREADABLE

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        from reportlab.lib.utils import ImageReader

        try:
            picture = ImageReader(io.BytesIO(self.jpeg))
        except OSError:
            Table(((self.label, UNREADABLE),)).draw(sheet)
            return
        sheet.picture(self.label, picture)


@dataclass(frozen=True, slots=True)
class Cut:
    """A dashed line to cut along, with what is to be done below it."""

    text: str

    def words(self) -> str:
        """See `Block`."""
        return self.text

    def draw(self, sheet: Sheet) -> None:
        """See `Block`."""
        sheet.y -= SIZE * 2
        Centred(self.text, 8.0).draw(sheet)
        sheet.dashes(sheet.y)
        sheet.y -= SIZE * 2


class Sheet:
    """A page being written; `y` is where the next row's top is, in points from the lower edge."""

    def __init__(self, canvas: Any, face: str) -> None:
        self._canvas = canvas
        self._face = face
        self.y = TOP

    def need(self, high: float) -> None:
        """Go on to another page unless there is room for `high` points."""
        if self.y - high < BOTTOM:
            self._canvas.showPage()
            self.y = TOP

    def write(self, row: str, x: float, size: float) -> None:
        """One row of text from `x`; then `y` is below it."""
        self.need(size * LEADING)
        self._canvas.setFont(self._face, size)
        self._canvas.drawString(x, self.y - size, row)
        self.y -= size * LEADING

    def frame(self, top: float, high: float) -> None:
        """The frame of a table's line."""
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(LEFT, top - high, RIGHT - LEFT, high)
        self._canvas.line(LEFT + LABEL_WIDE, top - high, LEFT + LABEL_WIDE, top)

    def picture(self, label: str, picture: Any) -> None:
        """A picture `PHOTO_HIGH` points high beside its label."""
        wide, high = picture.getSize()
        scale = min(PHOTO_HIGH / high, PHOTO_HIGH / wide)
        self.need(PHOTO_HIGH + SIZE)
        top = self.y
        self.write(label, LEFT + PAD, SIZE)
        low = top - high * scale
        self._canvas.drawImage(picture, LEFT + LABEL_WIDE + PAD, low, wide * scale, high * scale)
        self.y = low - SIZE * 2

    def dashes(self, y: float) -> None:
        """A dashed line from edge to edge."""
        self._canvas.setDash(4, 3)
        self._canvas.line(LEFT, y, RIGHT, y)
        self._canvas.setDash()

    def width(self, text: str, size: float) -> float:
        """Of `text`, in points."""
        return float(self._canvas.stringWidth(text, self._face, size))

    def rows(self, text: str, size: float, wide: float, first: float = 0.0) -> list[str]:
        """`text` in rows no wider than `wide`, the first one narrower by `first`; at least one row."""
        return [row for line in text.split("\n") for row in self._wrapped(line, size, wide, first)]

    def _wrapped(self, line: str, size: float, wide: float, first: float) -> list[str]:
        rows: list[str] = []
        row = ""
        for piece in self._pieces(line, size, wide - first):
            room = wide - (0.0 if rows else first)
            if row and self.width(row + piece.rstrip(" "), size) > room and piece not in _NOT_FIRST:
                rows.append(row)
                row = ""
            row += piece
        return [*rows, row]

    def _pieces(self, line: str, size: float, wide: float) -> list[str]:
        """What stays together; a word too long for a row is taken apart."""
        whole = _PIECE.findall(line)
        fitting = [[piece] if self.width(piece, size) <= wide else list(piece) for piece in whole]
        return [piece for pieces in fitting for piece in pieces]


def pdf_of(title: str, blocks: Sequence[Block]) -> bytes:
    """The paper as PDF, the same bytes for the same blocks; `LetteringError` when a sign cannot be drawn."""
    from reportlab.pdfgen.canvas import Canvas

    face = _face("".join(each.words() for each in blocks).replace("\n", ""))
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(WIDE, HIGH), invariant=1, lang="zh-CN", initialFontName=face)
    canvas.setTitle(title)
    sheet = Sheet(canvas, face)
    for each in blocks:
        each.draw(sheet)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def _face(text: str) -> str:
    """The name under which the PDF library knows a typeface with the signs of `text`."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    signs = "".join(sorted(set(text)))
    name = "paper-" + hashlib.sha256(signs.encode()).hexdigest()[:16]
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(lettering(signs, name))))
    return name
