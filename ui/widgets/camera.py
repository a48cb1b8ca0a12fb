"""The live picture, as in a mirror, with a frame around the face and a drawn cue for what to change."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from terminal.view import Image, Preview
from ui.pictures import fit, wrap
from ui.theme import Ink
from ui.widgets.cues import Cue, cue_of, draw_cue
from ui.widgets.symbols import draw
from ui.words import Words

SHAPE: Final = 0.75
"""Height to width of the usual camera picture, 640×480."""
GOOD: Final = "#35C46F"
SEEN: Final = "#F2C14E"
CORNER: Final = 0.22
"""Length of a corner bracket relative to the face frame."""


class CameraView(QWidget):
    """Draws the newest Preview; says so in words when there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("camera")
        self._array: Image | None = None
        self._image: QImage | None = None
        self._face: tuple[float, float, float, float] | None = None
        self._good = False
        self._cue: Cue | None = None
        self._guiding = False
        self._silent_text = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(400)

    @property
    def blank(self) -> bool:
        """True while there is no picture to draw."""
        return self._image is None

    @property
    def good(self) -> bool:
        """True while the face frame is green."""
        return self._good

    def show_picture(self, preview: Preview | None) -> None:
        """Draw this picture from now on. Its memory is used in place, not copied."""
        if preview is None:
            self._image, self._array, self._face, self._good = None, None, None, False
            self._cue = None
        else:
            self._image, self._array = wrap(preview.image), preview.image
            self._face, self._good = preview.face, preview.good
            self._cue = cue_of(preview.guidance)
        self.update()

    def guide(self, guiding: bool) -> None:
        """While a face is being captured the picture shows how to hold it."""
        if guiding is not self._guiding:
            self._guiding = guiding
            self.update()

    def retell(self, words: Words) -> None:
        """Take the words of another language."""
        text = words.say("ui.camera.silent")
        if text != self._silent_text:
            self._silent_text = text
            self.update()

    def heightForWidth(self, width: int) -> int:
        """Keeps the camera's shape."""
        return round(width * SHAPE)

    def hasHeightForWidth(self) -> bool:
        """Always."""
        return True

    def sizeHint(self) -> QSize:
        """Its height at its present width."""
        width = max(self.width(), 400)
        return QSize(width, self.heightForWidth(width))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, or that there is none."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(room, 8, 8)
        painter.fillPath(outline, QColor(Ink.CAMERA))
        if self._image is None:
            self._draw_silence(painter, room)
        else:
            painter.setClipPath(outline)
            self._draw_mirror(painter, self._image, room)
            if self._guiding and self._cue is not None:
                draw_cue(painter, self._cue, fit(self._image.width(), self._image.height(), room))
        painter.end()

    def _draw_mirror(self, painter: QPainter, image: QImage, room: QRectF) -> None:
        place = fit(image.width(), image.height(), room)
        painter.save()
        painter.translate(place.right(), place.top())
        painter.scale(-1, 1)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, place.width(), place.height()), image)
        painter.restore()
        if self._face is not None:
            scale = place.width() / image.width()
            x, y, width, height = (value * scale for value in self._face)
            box = QRectF(place.right() - x - width, place.top() + y, width, height)
            _brackets(painter, box, QColor(GOOD if self._good else SEEN))

    def _draw_silence(self, painter: QPainter, room: QRectF) -> None:
        side = 72.0
        centre = room.center()
        draw(painter, "camera_off", QRectF(centre.x() - side / 2, centre.y() - side, side, side), Ink.FAINT)
        painter.setPen(QColor(Ink.ON_BRAND_SOFT))
        font = self.font()
        font.setPixelSize(round(font.pixelSize() * 1.25))
        painter.setFont(font)
        below = QRectF(room.x() + 24, centre.y() + 16, room.width() - 48, room.height() / 2 - 16)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, int(flags), self._silent_text)


def _brackets(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """Four corners around `box`, with a dark edge so that they show on any background."""
    arm = min(box.width(), box.height()) * CORNER
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, width in ((QColor(0, 0, 0, 110), 7.0), (colour, 4.0)):
        pen = QPen(shade, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for corner, across, down in (
            (box.topLeft(), arm, arm),
            (box.topRight(), -arm, arm),
            (box.bottomRight(), -arm, -arm),
            (box.bottomLeft(), arm, -arm),
        ):
            ends = [corner + QPointF(across, 0), corner, corner + QPointF(0, down)]
            painter.drawPolyline(QPolygonF(ends))
