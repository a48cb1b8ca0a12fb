"""Pictures that belong to a question, one at a time: codes that are photographed one after another."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from ui.widgets.keys import KeyButton
from ui.widgets.pieces import column, label, row
from ui.words import Words

SIDE: Final = 340
"""Pixels a side: a code of 81 modules stays clear to a telephone at arm's length."""


class Gallery(QWidget):
    """Shows one of several pictures and turns over to the next."""

    def __init__(self, pictures: tuple[bytes, ...]) -> None:
        super().__init__()
        self._pictures = pictures
        self.place = 0
        self._shown, self._count = QLabel(), label("caption")
        self._shown.setObjectName("picture")
        self.before, self.after = KeyButton("secondary", 40), KeyButton("secondary", 40)
        self.before.clicked.connect(lambda: self._turn(-1))
        self.after.clicked.connect(lambda: self._turn(1))
        line, beside = row(self, gap=24), column(gap=12)
        line.addWidget(self._shown)
        line.addLayout(beside)
        beside.addStretch(1)
        for part in (self.before, self._count, self.after):
            beside.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
            part.setVisible(len(pictures) > 1)
        beside.addStretch(1)
        self._turn(0)

    def retell(self, words: Words) -> None:
        """Take the words of another language."""
        self.before.show_text(words.say("ui.gallery.before"))
        self.after.show_text(words.say("ui.gallery.after"))

    def _turn(self, by: int) -> None:
        self.place = (self.place + by) % len(self._pictures)
        picture = QPixmap()
        picture.loadFromData(self._pictures[self.place], "PNG")
        self._shown.setPixmap(picture.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio))
        self._count.setText(f"{self.place + 1} / {len(self._pictures)}")
