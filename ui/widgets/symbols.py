"""Symbols drawn with lines, so that they are sharp at every size and need no picture files.

Each is a function that draws in a square of 24 units with the pen already set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from ui.theme import Ink

UNITS: Final = 24.0
STROKE: Final = 2.0


class Symbol(QWidget):
    """One symbol in one colour; `show_as` changes both."""

    def __init__(self, name: str, size: int, colour: str = Ink.MUTED) -> None:
        super().__init__()
        self.name = name
        self.colour = colour
        self.setFixedSize(QSize(size, size))

    def show_as(self, name: str, colour: str) -> None:
        """Draw another symbol or colour from now on."""
        if (name, colour) != (self.name, self.colour):
            self.name, self.colour = name, colour
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        draw(painter, self.name, QRectF(self.rect()), self.colour)
        painter.end()


def draw(painter: QPainter, name: str, room: QRectF, colour: str) -> None:
    """Draw symbol `name` into the square `room`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(room.topLeft())
    painter.scale(room.width() / UNITS, room.height() / UNITS)
    pen = QPen(QColor(colour), STROKE)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    SYMBOLS[name](painter)
    painter.restore()


def _filled(painter: QPainter, shape: QPainterPath) -> None:
    """Fill `shape` with the pen's colour and go on in white."""
    colour = painter.pen().color()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(shape, QBrush(colour))
    pen = QPen(QColor(Ink.PAPER), STROKE)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _disc() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 11, 11)
    return path


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()
    return path


def _done(painter: QPainter) -> None:
    _filled(painter, _disc())
    _lines(painter, (7, 12.5), (10.5, 16), (17, 8.5))


def _refused(painter: QPainter) -> None:
    octagon = _polygon((8, 1), (16, 1), (23, 8), (23, 16), (16, 23), (8, 23), (1, 16), (1, 8))
    _filled(painter, octagon)
    _lines(painter, (8, 8), (16, 16))
    _lines(painter, (16, 8), (8, 16))


def _alert(painter: QPainter) -> None:
    pen = painter.pen()
    triangle = _polygon((12, 2), (23, 21.5), (1, 21.5))
    painter.drawPath(triangle)
    painter.fillPath(triangle, QBrush(pen.color()))
    painter.setPen(QPen(QColor(Ink.PAPER), STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(12, 9), QPointF(12, 14.5))
    painter.drawPoint(QPointF(12, 18))


def _refer(painter: QPainter) -> None:
    square = QPainterPath()
    square.addRoundedRect(QRectF(1, 1, 22, 22), 5, 5)
    _filled(painter, square)
    painter.drawEllipse(QPointF(12, 8.6), 3.2, 3.2)
    painter.drawArc(QRectF(5.8, 13.4, 12.4, 11), 0, 180 * 16)


def _waiting(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 10, 10)


def _doing(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 10, 10)
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(12, 12), 4, 4)


def _skipped(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 10, 10)
    _lines(painter, (8, 12), (16, 12))


def _failed(painter: QPainter) -> None:
    _filled(painter, _disc())
    _lines(painter, (8.2, 8.2), (15.8, 15.8))
    _lines(painter, (15.8, 8.2), (8.2, 15.8))


def _arrow_left(painter: QPainter) -> None:
    _lines(painter, (21, 12), (4, 12))
    _lines(painter, (11, 4.5), (3.5, 12), (11, 19.5))


def _arrow_right(painter: QPainter) -> None:
    _lines(painter, (3, 12), (20, 12))
    _lines(painter, (13, 4.5), (20.5, 12), (13, 19.5))


def _arrow_down(painter: QPainter) -> None:
    _lines(painter, (12, 3), (12, 20))
    _lines(painter, (4.5, 13), (12, 20.5), (19.5, 13))


def _mouth(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 9.5, 10.5)
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(12, 16), 3.2, 4.0)
    painter.drawEllipse(QPointF(8.2, 8.5), 1.0, 1.0)
    painter.drawEllipse(QPointF(15.8, 8.5), 1.0, 1.0)


def _eye(painter: QPainter) -> None:
    path = QPainterPath(QPointF(1.5, 12))
    path.cubicTo(QPointF(6, 3.5), QPointF(18, 3.5), QPointF(22.5, 12))
    path.cubicTo(QPointF(18, 20.5), QPointF(6, 20.5), QPointF(1.5, 12))
    painter.drawPath(path)
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(12, 12), 3.4, 3.4)


def _card(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(1.5, 4.5, 21, 15), 2.4, 2.4)
    painter.drawEllipse(QPointF(16.6, 10.2), 2, 2)
    painter.drawArc(QRectF(13.4, 13.2, 6.4, 6), 0, 180 * 16)
    _lines(painter, (5, 10), (10.5, 10))
    _lines(painter, (5, 14.5), (9, 14.5))


def _face(painter: QPainter) -> None:
    for corner in (
        ((2, 7), (2, 2), (7, 2)),
        ((17, 2), (22, 2), (22, 7)),
        ((22, 17), (22, 22), (17, 22)),
        ((7, 22), (2, 22), (2, 17)),
    ):
        _lines(painter, *corner)
    painter.drawEllipse(QPointF(12, 9.6), 3.6, 4)
    painter.drawArc(QRectF(6, 15.2, 12, 9), 10 * 16, 160 * 16)


def _report(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4, 1.8, 16, 20.4), 2.2, 2.2)
    _lines(painter, (8, 7.2), (16, 7.2))
    _lines(painter, (8, 11.2), (13, 11.2))
    _lines(painter, (8, 16.4), (10.4, 18.6), (15.6, 14))


def _camera_off(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(1.5, 6.5, 14, 11.5), 2.2, 2.2)
    _lines(painter, (15.5, 11), (22, 7.5), (22, 17), (15.5, 13.5))
    _lines(painter, (2.5, 2.5), (21, 21.5))


def _shield(painter: QPainter) -> None:
    path = QPainterPath(QPointF(12, 1.8))
    path.lineTo(21, 5)
    path.cubicTo(QPointF(21, 14), QPointF(18.5, 19), QPointF(12, 22.4))
    path.cubicTo(QPointF(5.5, 19), QPointF(3, 14), QPointF(3, 5))
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawEllipse(QPointF(12, 9.2), 2.6, 2.6)
    painter.drawArc(QRectF(7.4, 13, 9.2, 8), 0, 180 * 16)


def _info(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 10.5, 10.5)
    _lines(painter, (12, 11), (12, 17))
    painter.drawPoint(QPointF(12, 7))


def _arrow_up(painter: QPainter) -> None:
    _lines(painter, (12, 21), (12, 4))
    _lines(painter, (4.5, 11), (12, 3.5), (19.5, 11))


def _closer(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 4.2, 5)
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        _lines(painter, (12 + 6 * x, 12 + 6 * y), (12 + 10 * x, 12 + 10 * y))
        _lines(painter, (12 + 6 * x, 12 + 10 * y), (12 + 10 * x, 12 + 10 * y), (12 + 10 * x, 12 + 6 * y))


def _further(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 3.4, 4.2)
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        _lines(painter, (12 + 6 * x, 12 + 6 * y), (12 + 10 * x, 12 + 10 * y))
        _lines(painter, (12 + 6 * x, 12 + 10 * y), (12 + 6 * x, 12 + 6 * y), (12 + 10 * x, 12 + 6 * y))


def _turn_left(painter: QPainter) -> None:
    painter.drawArc(QRectF(3, 6, 18, 12), 0, 270 * 16)
    _lines(painter, (8.5, 14), (12, 18), (8.5, 22))


def _turn_right(painter: QPainter) -> None:
    painter.drawArc(QRectF(3, 6, 18, 12), 270 * 16, 270 * 16)
    _lines(painter, (15.5, 14), (12, 18), (15.5, 22))


def _upright(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 6.5, 8)
    _lines(painter, (12, 0.5), (12, 23.5))


def _lamp(painter: QPainter) -> None:
    painter.drawArc(QRectF(6.5, 6, 11, 11), -50 * 16, 280 * 16)
    _lines(painter, (9, 16), (9, 20), (15, 20), (15, 16))
    _lines(painter, (10.5, 23), (13.5, 23))
    for x, y, u, v in ((12, 0.8, 12, 3), (3.6, 3.4, 5.4, 5.2), (20.4, 3.4, 18.6, 5.2), (0.8, 11, 3.4, 11)):
        _lines(painter, (x, y), (u, v))
    _lines(painter, (20.6, 11), (23.2, 11))


def _lamp_behind(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(17, 7), 3.6, 3.6)
    for x, y, u, v in (
        (17, 0.4, 17, 1.6),
        (22.6, 1.6, 21.8, 2.4),
        (23.6, 7, 22.6, 7),
        (22.6, 12.4, 21.8, 11.6),
    ):
        _lines(painter, (x, y), (u, v))
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(8.5, 11.5), 3.4, 4)
    painter.drawPie(QRectF(1.5, 16.5, 14, 13), 0, 180 * 16)


def _lamp_off(painter: QPainter) -> None:
    _lamp(painter)
    _lines(painter, (2, 2), (22, 22))


def _glasses(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(6.2, 13), 4.6, 4)
    painter.drawEllipse(QPointF(17.8, 13), 4.6, 4)
    painter.drawArc(QRectF(10, 10.4, 4, 4), 20 * 16, 140 * 16)
    _lines(painter, (4.6, 13.6), (6.8, 11.4))
    _lines(painter, (16.2, 13.6), (18.4, 11.4))


def _still(painter: QPainter) -> None:
    _face(painter)
    _lines(painter, (12, 8.4), (12, 10.8))


def _calm(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 9, 10.5)
    painter.drawEllipse(QPointF(8.6, 9), 0.6, 0.6)
    painter.drawEllipse(QPointF(15.4, 9), 0.6, 0.6)
    _lines(painter, (8.4, 16.4), (15.6, 16.4))


def _one_person(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 7), 4.2, 4.8)
    painter.drawArc(QRectF(3.5, 14.4, 17, 15), 0, 180 * 16)


SYMBOLS: Final[dict[str, Callable[[QPainter], None]]] = {
    "alert": _alert,
    "arrow_down": _arrow_down,
    "arrow_left": _arrow_left,
    "arrow_right": _arrow_right,
    "arrow_up": _arrow_up,
    "calm": _calm,
    "camera_off": _camera_off,
    "card": _card,
    "closer": _closer,
    "doing": _doing,
    "done": _done,
    "eye": _eye,
    "face": _face,
    "failed": _failed,
    "further": _further,
    "glasses": _glasses,
    "info": _info,
    "lamp": _lamp,
    "lamp_behind": _lamp_behind,
    "lamp_off": _lamp_off,
    "mouth": _mouth,
    "one_person": _one_person,
    "refer": _refer,
    "refused": _refused,
    "report": _report,
    "shield": _shield,
    "skipped": _skipped,
    "still": _still,
    "turn_left": _turn_left,
    "turn_right": _turn_right,
    "upright": _upright,
    "waiting": _waiting,
}
