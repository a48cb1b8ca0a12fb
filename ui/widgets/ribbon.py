"""What whole case is in hand: business, the four stages with how far they are, and the people."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from terminal.caseview import CaseView, PartyLine
from ui.theme import Ink, Tone
from ui.widgets.pieces import clear, label, row, tone
from ui.words import Words


class Share(QWidget):
    """A thin bar, filled as far as something has come."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(48, 6)
        self._share = 0.0

    def show_share(self, share: float) -> None:
        """Fill it to `share`, 0-1."""
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, then what is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(Ink.LINE))
        painter.drawRoundedRect(whole, 3, 3)
        painter.setBrush(QColor(Ink.GOOD if self._share >= 1 else Ink.PRIMARY))
        if self._share > 0:
            painter.drawRoundedRect(QRectF(0, 0, whole.width() * self._share, whole.height()), 3, 3)
        painter.end()


class Ribbon(QFrame):
    """One line below the title; only where a whole case is in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ribbon")
        self.setFixedHeight(44)
        line = row(self, gap=14)
        line.setContentsMargins(18, 0, 16, 0)
        self.business = label("body", name="ribbon-business")
        line.addWidget(self.business)
        self._stages = [(label("small"), Share()) for _ in range(4)]
        for text, share in self._stages:
            line.addWidget(text)
            line.addWidget(share)
        line.addStretch(1)
        self._people = row(gap=8)
        line.addLayout(self._people)
        self._drawn: object = None

    def draw(self, view: CaseView, concerned: str, words: Words) -> None:
        """The case; `concerned` is whom the present step is about."""
        self.business.setText(words.of(view.business))
        for (text, share), stage in zip(self._stages, view.stages, strict=False):
            text.setText(f"{words.say(stage.name)} {stage.done}/{stage.demanded}")
            share.show_share(stage.done / stage.demanded if stage.demanded else 1.0)
        shown = (view.parties, concerned, words.language)
        if shown == self._drawn:
            return
        self._drawn = shown
        clear(self._people)
        for party in view.parties:
            alone = len(view.parties) == 1
            chip = _chip(party, words, concerned=party.id == concerned, alone=alone)
            self._people.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)

    def forget(self) -> None:
        """Drop names."""
        if self._drawn is not None:
            self._drawn = None
            clear(self._people)


def party_name(party: PartyLine, words: Words) -> str:
    """Role, number where there are several, and name once it is known."""
    role = words.say(party.role)
    numbered = f"{role} {party.number}" if party.number else role
    return f"{numbered} {party.name}" if party.name else numbered


def _chip(party: PartyLine, words: Words, *, concerned: bool, alone: bool) -> QWidget:
    """Of several people only the one concerned is named: there is no room for all."""
    chip = label("chip", name=f"party-{party.id}")
    named = party if concerned or alone else replace(party, name="")
    chip.setText(("✓ " if party.complete else "") + party_name(named, words))
    tone(chip, Tone.INFO if concerned else Tone.GOOD if party.complete else Tone.PLAIN)
    return chip
