"""Chip photo beside live face at equal size, with the score on its scale and what it means."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from terminal.view import Image, PairView, Result, Snapshot
from ui.pictures import fit, own
from ui.theme import Ink
from ui.widgets.pieces import INSET, UPRIGHT, column, label, row, say
from ui.widgets.scale import ScaleBar
from ui.widgets.symbols import draw
from ui.words import NOTHING, Words

PHOTO: Final = QSize(110, 136)
"""In the proportions of the chip photo, 102×126."""
SMALL: Final = QSize(68, 84)
"""Where a list of comparisons needs the room."""


COMMON: Final = 0.1
"""From this rate on a share says more than odds."""


class PhotoView(QWidget):
    """One photo, or a drawn placeholder of the same size."""

    def __init__(self, symbol: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFixedSize(PHOTO)
        self._symbol = symbol
        self._array: Image | None = None
        self._image: QImage | None = None

    @property
    def empty(self) -> bool:
        """True while it shows no photo."""
        return self._image is None

    def show_photo(self, image: Image | None) -> None:
        """Show another photo; the same one is not converted again."""
        if image is self._array:
            return
        self._array = image
        self._image = None if image is None else own(image)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        outline = QPainterPath()
        outline.addRoundedRect(room, 6, 6)
        painter.fillPath(outline, QColor(Ink.WELL))
        if self._image is None:
            side = 44.0
            spot = QRectF(room.center().x() - side / 2, room.center().y() - side / 2, side, side)
            draw(painter, self._symbol, spot, Ink.FAINT)
        else:
            painter.save()
            painter.setClipPath(outline)
            painter.drawImage(fit(self._image.width(), self._image.height(), room), self._image)
            painter.restore()
        painter.setPen(QPen(QColor(Ink.LINE), 1))
        painter.drawPath(outline)
        painter.end()


class ComparePanel(QFrame):
    """Two photos, score, scale and the false-match rate in words."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("compare")
        self._heading = label("heading")
        self._chip, self._live = PhotoView("card", "chip-photo"), PhotoView("face", "live-photo")
        self._captions = (label("caption"), label("caption"))
        self._score_caption, self._score = label("caption"), label("score", name="score")
        self._live_caption, self._liveness = label("caption"), label("value", name="liveness")
        self._scale = ScaleBar()
        self._rate = label("caption", wrap=True, name="rate")
        self._pairs = label("caption", wrap=True, name="pairs")
        self._lay_out()

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Show both photos and, when there is one, the result."""
        self._heading.setText(words.say("ui.compare.heading"))
        self._chip.show_photo(snapshot.chip_photo)
        self._live.show_photo(snapshot.live_face)
        for caption, code in zip(self._captions, ("chip", "live"), strict=True):
            caption.setText(words.say(f"ui.compare.{code}"))
        self._score_caption.setText(words.say("ui.compare.score"))
        self._live_caption.setText(words.say("ui.compare.liveness"))
        result = snapshot.result
        several = result is not None and len(result.pairs) > 1
        for photo in (self._chip, self._live):
            photo.setFixedSize(SMALL if several else PHOTO)
        known = result is not None and result.score is not None
        self._score.setText(f"{result.score:.2f}" if result and result.score is not None else NOTHING)
        liveness = result.liveness if result else None
        self._liveness.setText(words.label(f"ui.liveness.{liveness}") if liveness else NOTHING)
        self._scale.draw(result if known else None, words)
        self._scale.setVisible(not several)
        rate = _rate(result, words) if result else words.say("ui.compare.pending")
        say(self._rate, "" if several else rate)
        say(self._pairs, _pairs(result, words) if result and several else "")

    def forget(self) -> None:
        """Drop both photos."""
        self._chip.show_photo(None)
        self._live.show_photo(None)

    def _lay_out(self) -> None:
        outer = column(self, inset=INSET, gap=6)
        outer.setContentsMargins(INSET, UPRIGHT, INSET, UPRIGHT)
        outer.addWidget(self._heading)
        line = row(gap=INSET)
        for photo, caption in zip((self._chip, self._live), self._captions, strict=True):
            pair = column(gap=4)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            pair.addWidget(photo)
            pair.addWidget(caption)
            line.addLayout(pair)
        figures = column(gap=2)
        for part in (self._score_caption, self._score, self._live_caption, self._liveness):
            figures.addWidget(part)
            if part is self._score:
                figures.addSpacing(14)
        figures.addStretch(1)
        line.addLayout(figures, 1)
        outer.addLayout(line)
        outer.addWidget(self._scale)
        outer.addWidget(self._rate)
        outer.addWidget(self._pairs)
        outer.addStretch(1)


def _pairs(result: Result, words: Words) -> str:
    """Each comparison in a line."""
    return "\n".join(_pair(each, words) for each in result.pairs)


def _pair(seen: PairView, words: Words) -> str:
    pair = words.say("pair", {"one": words.say(seen.photo), "other": words.say(seen.other)})
    facts = {"pair": pair, "score": f"{seen.score:.2f}", "answer": words.say(f"ui.{seen.answer}")}
    return words.say("ui.compare.pair", facts)


def _rate(result: Result, words: Words) -> str:
    """The false-match rate as odds, with the interval's ends."""
    if result.score is None:
        return words.say("ui.compare.no_score")
    if result.false_match_rate is None:
        return words.say("ui.compare.no_rate")
    if result.interval is None:
        return words.say("ui.compare.rate", {"count": words.one_in(result.false_match_rate)})
    low, high = result.interval
    if result.false_match_rate >= COMMON:
        shares = {"share": result.false_match_rate, "least": low, "most": high}
        return words.say("ui.compare.rate_common", {key: f"{value:.0%}" for key, value in shares.items()})
    if result.false_match_rate <= 0 or low <= 0:
        return words.say("ui.compare.rate_at_most", {"count": words.one_in(high)})
    facts = {
        "count": words.one_in(result.false_match_rate),
        "most": words.one_in(high),
        "least": words.one_in(low),
    }
    return words.say("ui.compare.rate_between", facts)
