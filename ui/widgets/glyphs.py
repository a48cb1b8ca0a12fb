"""A text that may hold any code point: what the type face lacks is drawn as its code in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.fonts import drawable, selector
from ui.theme import Ink

BOX_TYPE = 0.5
"""Type size of a code point relative to the text around it."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece that is never broken over two lines."""

    text: str
    boxed: bool


def atoms(text: str) -> Iterator[Atom]:
    """The pieces of `text`: Latin words, single other characters, and code points the face lacks."""
    word = ""
    for character in text:
        if selector(character):
            continue
        if character.isascii() and not character.isspace():
            word += character
        else:
            if word:
                yield Atom(word, False)
                word = ""
            boxed = not drawable(character)
            yield Atom(f"U+{ord(character):04X}" if boxed else character, boxed)
    if word:
        yield Atom(word, False)


class GlyphText(QWidget):
    """Draws a text with line breaks; as tall as it needs, elided never."""

    def __init__(self, role: str, name: str = "") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setObjectName(name)
        self.text = ""
        self._pieces: tuple[Atom, ...] = ()
        self._lines: dict[tuple[int, int], list[tuple[Atom, QRectF]]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self.text:
            return
        self.text = text
        self._pieces = tuple(atoms(text))
        self._lines.clear()
        self.setAccessibleName("".join(piece.text for piece in self._pieces))
        self.updateGeometry()
        self.update()

    def boxes(self) -> list[str]:
        """The code points shown as frames."""
        return [piece.text for piece in self._pieces if piece.boxed]

    def heightForWidth(self, width: int) -> int:
        """The height its lines need at a width."""
        lines = {round(spot.y()) for _, spot in self._placed(width)}
        return max(1, len(lines)) * self._line_height()

    def hasHeightForWidth(self) -> bool:
        """Always: lines break."""
        return True

    def sizeHint(self) -> QSize:
        """Its height at its present width."""
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    def minimumSizeHint(self) -> QSize:
        """The same height: text is never cut."""
        return QSize(60, self.heightForWidth(max(self.width(), 60)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines break anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw glyphs and code frames."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for piece, spot in self._placed(self.width()):
            if piece.boxed:
                _frame(painter, piece.text, spot, self._small())
            else:
                painter.setFont(self.font())
                painter.setPen(QColor(Ink.TEXT))
                painter.drawText(spot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, piece.text)
        painter.end()

    def _placed(self, width: int) -> list[tuple[Atom, QRectF]]:
        """Where every piece stands at this width; kept, because Qt asks often while it lays out."""
        key = (width, self.font().pixelSize())
        if key not in self._lines:
            self._lines[key] = list(self._break(width))
        return self._lines[key]

    def _break(self, width: int) -> Iterator[tuple[Atom, QRectF]]:
        tall, wide = QFontMetricsF(self.font()), QFontMetricsF(self._small())
        x, y, line = 0.0, 0.0, float(self._line_height())
        for piece in self._pieces:
            extent = (
                wide.horizontalAdvance(piece.text) + 8 if piece.boxed else tall.horizontalAdvance(piece.text)
            )
            if x > 0 and x + extent > width:
                x, y = 0.0, y + line
            yield piece, QRectF(x, y, extent + 1, line)
            x += extent

    def _line_height(self) -> int:
        return round(QFontMetricsF(self.font()).height() * 0.96)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(9, round(self.font().pixelSize() * BOX_TYPE)))
        return font


def _frame(painter: QPainter, code: str, spot: QRectF, font: QFont) -> None:
    height = QFontMetricsF(font).height() + 2
    box = QRectF(spot.x() + 1, spot.center().y() - height / 2, spot.width() - 3, height)
    painter.setPen(QPen(QColor(Ink.MUTED), 1))
    painter.setBrush(QColor(Ink.WELL))
    painter.drawRoundedRect(box, 3, 3)
    painter.setFont(font)
    painter.setPen(QColor(Ink.TEXT))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, code)
