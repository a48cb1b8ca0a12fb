"""A match score drawn on its scale: refused, referred, accepted."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from terminal.view import Result
from ui.theme import Ink
from ui.words import Words

TRACK: Final = 12.0
"""Height of the track in pixels."""
ZONES: Final = {"refuse": "#E9B9B7", "refer": "#F3D29B", "accept": "#A9D8BA"}


class ScaleBar(QWidget):
    """0 to 1, with the threshold, the band that goes to a person, and the score as a pointer."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "value")
        self.setObjectName("scale")
        self._score: float | None = None
        self._threshold: float | None = None
        self._refer_from: float | None = None
        self._threshold_text = ""
        self._refer_text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def draw(self, result: Result | None, words: Words) -> None:
        """Show the figures of a result."""
        self._score = result.score if result else None
        self._threshold = result.threshold if result else None
        self._refer_from = result.refer_from if result else None
        self._threshold_text = ""
        if self._threshold is not None:
            self._threshold_text = words.say("ui.compare.threshold", {"value": f"{self._threshold:.2f}"})
        self._refer_text = words.say("ui.compare.refer_band")
        self.update()

    def sizeHint(self) -> QSize:
        """Pointer, track and one line of text."""
        return QSize(240, round(TRACK + 14 + self._line()))

    def minimumSizeHint(self) -> QSize:
        """The same height."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw zones, marks and the pointer."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(8, 11, self.width() - 16, TRACK)
        self._zones(painter, track)
        if self._threshold is not None:
            self._marks(painter, track, self._threshold)
        if self._score is not None:
            _pointer(painter, _at(track, self._score), track)
        painter.end()

    def _zones(self, painter: QPainter, track: QRectF) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(track, TRACK / 2, TRACK / 2)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(track, QColor(Ink.LINE))
        if self._threshold is not None:
            at = _at(track, self._threshold)
            below = _at(track, self._refer_from) if self._refer_from is not None else at
            painter.fillRect(QRectF(track.x(), track.y(), below - track.x(), TRACK), QColor(ZONES["refuse"]))
            painter.fillRect(QRectF(below, track.y(), at - below, TRACK), QColor(ZONES["refer"]))
            painter.fillRect(QRectF(at, track.y(), track.right() - at, TRACK), QColor(ZONES["accept"]))
        painter.restore()

    def _marks(self, painter: QPainter, track: QRectF, threshold: float) -> None:
        metrics = QFontMetricsF(self._font())
        painter.setFont(self._font())
        painter.setPen(QPen(QColor(Ink.TEXT), 2))
        at = _at(track, threshold)
        painter.drawLine(QPointF(at, track.top() - 2), QPointF(at, track.bottom() + 3))
        top = track.bottom() + 3
        width = metrics.horizontalAdvance(self._threshold_text) + 2
        left = min(max(at - 4, 0), self.width() - width)
        painter.drawText(QRectF(left, top, width, metrics.height()), 0, self._threshold_text)
        if self._refer_from is None:
            return
        painter.setPen(QColor(Ink.WARN))
        wide = metrics.horizontalAdvance(self._refer_text) + 2
        middle = (_at(track, self._refer_from) + at) / 2
        spot = min(middle - wide / 2, left - wide - 10)
        if spot >= 0:
            painter.drawText(QRectF(spot, top, wide, metrics.height()), 0, self._refer_text)

    def _line(self) -> float:
        return QFontMetricsF(self._font()).height()

    def _font(self) -> QFont:
        font = self.font()
        font.setPixelSize(max(11, round(font.pixelSize() * 0.85)))
        return font


def _at(track: QRectF, score: float) -> float:
    return track.x() + track.width() * min(max(score, 0.0), 1.0)


def _pointer(painter: QPainter, x: float, track: QRectF) -> None:
    painter.setPen(QPen(QColor(Ink.PAPER), 1.5))
    painter.setBrush(QColor(Ink.TEXT))
    top = track.top() - 10
    painter.drawPolygon(QPolygonF([QPointF(x - 7, top), QPointF(x + 7, top), QPointF(x, track.top() + 2)]))
    painter.setPen(QPen(QColor(Ink.TEXT), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(x, track.top()), QPointF(x, track.bottom()))
