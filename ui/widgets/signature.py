"""Signing on the screen: with a pen that tells its pressure, a finger or the mouse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEventPoint,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from terminal import signing
from terminal.messages import Audience
from terminal.signing import Ink, InkPoint, Stroke
from terminal.view import Shown
from ui.theme import Ink as Colours
from ui.theme import Tone
from ui.widgets.keys import KeyButton
from ui.widgets.pieces import INSET, column, label, row, say, tone
from ui.words import Words

PLAIN_PRESSURE: Final = 0.5
"""Of a mouse, or a finger that tells none."""
LINE_AT: Final = 0.76
"""Where the line to sign on stands, from the top."""
SHAPE: Final = 0.4
"""Height to width."""
BUTTON_HEIGHT: Final = 46
_MOUSE, _PEN, _TOUCH = "mouse", "pen", "touch"


class SignatureField(QWidget):
    """Where one signs. One pointer writes at a time; others are ignored until it is lifted."""

    written = Signal()
    """A stroke was begun or has grown; queued or direct, carries nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("signature")
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._clock = clock
        self._begun: float | None = None
        self._done: list[Stroke] = []
        self._stroke: list[InkPoint] = []
        self._pointer = ""
        self._finger = -1
        self._prompt = ""

    @property
    def ink(self) -> Ink:
        """What has been written so far."""
        growing = (tuple(self._stroke),) if self._stroke else ()
        return Ink((*self._done, *growing), float(self.widthMM()), float(self.heightMM()))

    def clear(self) -> None:
        """Forget what was written."""
        self._done.clear()
        self._stroke.clear()
        self._begun, self._pointer, self._finger = None, "", -1
        self.update()

    def show_prompt(self, text: str) -> None:
        """The words below the line, shown while nothing is written."""
        self._prompt = text
        self.setAccessibleName(text)
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Keeps its shape."""
        return round(width * SHAPE)

    def hasHeightForWidth(self) -> bool:
        """Always."""
        return True

    def sizeHint(self) -> QSize:
        """Its height at its present width."""
        width = max(self.width(), 480)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Room for a signature."""
        return QSize(320, self.heightForWidth(320))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The left button is down: a stroke begins."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._begin(_MOUSE, event.position(), PLAIN_PRESSURE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """It grows."""
        self._grow(_MOUSE, event.position(), PLAIN_PRESSURE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It ends."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._end(_MOUSE)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen writes, with its pressure."""
        match event.type():
            case QEvent.Type.TabletPress:
                self._begin(_PEN, event.position(), event.pressure())
            case QEvent.Type.TabletMove if event.pressure() > 0:
                self._grow(_PEN, event.position(), event.pressure())
            case QEvent.Type.TabletRelease:
                self._end(_PEN)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Touches come here; everything else as usual."""
        if isinstance(event, QTouchEvent):
            for point in event.points():
                self._touch(point)
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the paper, the line, and the strokes as wide as the pen pressed."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_paper(painter)
        ink = self.ink
        scale = self.width() / max(1.0, ink.width_mm)
        for stroke in ink.strokes:
            _draw(painter, stroke, ink, scale)
        painter.end()

    def _draw_paper(self, painter: QPainter) -> None:
        around = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(Colours.LINE), 1))
        painter.setBrush(QColor(Colours.PAPER))
        painter.drawRoundedRect(around, 6, 6)
        level = self.height() * LINE_AT
        painter.setPen(QPen(QColor(Colours.FAINT), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(self.width() * 0.06, level), QPointF(self.width() * 0.94, level))
        if not self.ink.strokes:
            painter.setPen(QColor(Colours.MUTED))
            below = QRectF(0, level, self.width(), self.height() - level)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._prompt)

    def _touch(self, point: QEventPoint) -> None:
        pressure = point.pressure() if 0 < point.pressure() < 1 else PLAIN_PRESSURE
        match point.state():
            case QEventPoint.State.Pressed if not self._pointer:
                self._finger = point.id()
                self._begin(_TOUCH, point.position(), pressure)
            case QEventPoint.State.Updated if point.id() == self._finger:
                self._grow(_TOUCH, point.position(), pressure)
            case QEventPoint.State.Released if point.id() == self._finger:
                self._end(_TOUCH)

    def _begin(self, pointer: str, place: QPointF, pressure: float) -> None:
        if self._pointer:
            return
        self._pointer = pointer
        if self._begun is None:
            self._begun = self._clock()
        self._add(place, pressure)

    def _grow(self, pointer: str, place: QPointF, pressure: float) -> None:
        if self._pointer == pointer:
            self._add(place, pressure)

    def _end(self, pointer: str) -> None:
        if self._pointer == pointer:
            self._done.append(tuple(self._stroke))
            self._stroke.clear()
            self._pointer, self._finger = "", -1
            self.update()

    def _add(self, place: QPointF, pressure: float) -> None:
        begun = self._clock() if self._begun is None else self._begun
        x = min(1.0, max(0.0, place.x() / max(1, self.width())))
        y = min(1.0, max(0.0, place.y() / max(1, self.height())))
        at_ms = round((self._clock() - begun) * 1000)
        self._stroke.append(InkPoint(x, y, min(1.0, max(0.0, pressure)), at_ms))
        self.update()
        self.written.emit()


class SignaturePanel(QWidget):
    """The field with what to do, and the keys to clear, confirm and give up."""

    signed = Signal(object)
    """The person confirmed: carries the `Ink`."""
    cancelled = Signal()
    """The person gave up; what was written is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("signing")
        self._words: Words | None = None
        self.field = SignatureField(clock)
        self.field.written.connect(self._written)
        self._title = label("notice", wrap=True, name="signature-title")
        self._hint = label("chip", wrap=True, name="signature-hint")
        self.clear_button = KeyButton("plain", BUTTON_HEIGHT)
        self.cancel_button = KeyButton("plain", BUTTON_HEIGHT)
        self.confirm_button = KeyButton("primary", BUTTON_HEIGHT)
        self.clear_button.clicked.connect(self.clear)
        self.cancel_button.clicked.connect(self._cancel)
        self.confirm_button.clicked.connect(self._confirm)
        tone(self._hint, Tone.WARN)
        self._arrange()
        self.clear()

    def retell(self, words: Words) -> None:
        """Take the words of another language."""
        self._words = words
        self._title.setText(words.say("ui.signature.title"))
        self.field.show_prompt(words.say("ui.signature.line"))
        self.clear_button.show_text(words.say("ui.signature.clear"))
        self.cancel_button.show_text(words.say("ui.signature.cancel"))
        self.confirm_button.show_text(words.say("ui.signature.confirm"))

    @property
    def hint(self) -> str:
        """What is wrong with what was confirmed; empty when nothing is."""
        return self._hint.text()

    def clear(self) -> None:
        """Start over."""
        self.field.clear()
        say(self._hint, "")
        self.clear_button.setEnabled(False)
        self.confirm_button.setEnabled(False)

    def _arrange(self) -> None:
        stack = column(self, inset=INSET)
        stack.addWidget(self._title)
        stack.addWidget(self.field)
        stack.addWidget(self._hint)
        keys = row()
        keys.addWidget(self.cancel_button)
        keys.addWidget(self.clear_button)
        keys.addStretch(1)
        keys.addWidget(self.confirm_button)
        stack.addLayout(keys)

    def _written(self) -> None:
        say(self._hint, "")
        self.clear_button.setEnabled(True)
        self.confirm_button.setEnabled(True)

    def _confirm(self) -> None:
        """Hand the signature over, or say that it is none and let the person sign again."""
        ink = self.field.ink
        if signing.enough(ink):
            self.clear()
            self.signed.emit(ink)
            return
        self.clear()
        if self._words is not None:
            say(self._hint, self._words.tell(Shown("signature.empty"), Audience.CUSTOMER))

    def _cancel(self) -> None:
        self.clear()
        self.cancelled.emit()


def _draw(painter: QPainter, stroke: Stroke, ink: Ink, scale: float) -> None:
    for each in signing.segments(stroke, ink.width_mm, ink.height_mm):
        pen = QPen(QColor(signing.COLOUR), each.width * scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if each.start == each.end:
            painter.drawPoint(QPointF(*each.start) * scale)
            continue
        path = QPainterPath(QPointF(*each.start) * scale)
        path.quadTo(QPointF(*each.bend) * scale, QPointF(*each.end) * scale)
        painter.drawPath(path)
