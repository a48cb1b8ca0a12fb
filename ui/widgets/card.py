"""The card's data as the chip gave it, number masked, doubts marked."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QStackedLayout, QWidget

from terminal.view import CardView
from ui.theme import Ink, Tone
from ui.widgets.glyphs import GlyphText
from ui.widgets.pieces import INSET, UPRIGHT, clear, column, label, row, tone
from ui.widgets.symbols import Symbol
from ui.words import NOTHING, Words

FIELDS: Final = ("latin_name", "sex_nation", "birth", "number", "address", "issuer", "valid")
"""The rows below the name, top to bottom."""


class CardPanel(QFrame):
    """Empty until a card was read, then its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("card")
        self._heading = label("heading")
        self._kind = label("chip")
        tone(self._kind, Tone.INFO)
        self._empty = _Empty()
        self._name = GlyphText("person", "card-name")
        self._captions = {name: label("caption") for name in FIELDS}
        self._values = {name: GlyphText("value", f"card-{name}") for name in FIELDS}
        self._doubts = column(gap=4)
        outer = column(self, inset=INSET, gap=6)
        outer.setContentsMargins(INSET, UPRIGHT, INSET, UPRIGHT)
        top = row(gap=8)
        top.addWidget(self._heading, 1)
        top.addWidget(self._kind)
        outer.addLayout(top)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._fields())
        outer.addLayout(self._stack, 1)

    def draw(self, card: CardView | None, words: Words) -> None:
        """Show a card, or that none was read yet."""
        self._heading.setText(words.say("ui.card.heading"))
        self._kind.setVisible(card is not None)
        self._empty.draw(words)
        self._stack.setCurrentIndex(0 if card is None else 1)
        if card is None:
            self._forget()
            return
        self._kind.setText(words.under("card_kind", card.kind))
        self._name.setText(card.name or card.latin_name)
        for name, value in _values(card, words).items():
            caption = "sex_nationality" if name == "sex_nation" and "foreigner" in card.kind else name
            self._captions[name].setText(words.say(f"ui.card.{caption}"))
            self._values[name].setText(value or NOTHING)
        both = bool(card.latin_name and card.name)
        self._captions["latin_name"].setVisible(both)
        self._values["latin_name"].setVisible(both)
        self._draw_doubts(card, words)

    def _forget(self) -> None:
        """Nothing of the last customer stays in a widget."""
        for field in (self._name, *self._values.values()):
            field.setText("")
        clear(self._doubts)

    def _draw_doubts(self, card: CardView, words: Words) -> None:
        clear(self._doubts)
        for code in card.doubts:
            mark = QWidget()
            line = row(mark, gap=8)
            text = label("caption", wrap=True, name="doubt")
            text.setText(words.say(code))
            tone(text, Tone.WARN)
            line.addWidget(Symbol("alert", 16, Ink.WARN), 0, Qt.AlignmentFlag.AlignVCenter)
            line.addWidget(text, 1)
            self._doubts.addWidget(mark)

    def _fields(self) -> QWidget:
        page = QWidget()
        whole = column(page, gap=8)
        whole.addWidget(self._name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for number, name in enumerate(FIELDS):
            grid.addWidget(self._captions[name], number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._values[name], number, 1, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(grid)
        whole.addLayout(self._doubts)
        whole.addStretch(1)
        return page


class _Empty(QWidget):
    """A quiet drawing that says what will stand here."""

    def __init__(self) -> None:
        super().__init__()
        self._text = label("quiet", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        lines = column(self, gap=10)
        lines.addStretch(1)
        lines.addWidget(Symbol("card", 56, Ink.FAINT), 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addWidget(self._text)
        lines.addStretch(1)

    def draw(self, words: Words) -> None:
        """Say it in this language."""
        self._text.setText(words.say("ui.card.empty"))


def _values(card: CardView, words: Words) -> dict[str, str]:
    sex = words.label(card.sex)
    period = words.say(
        "ui.card.period", {"start": words.day(card.valid_from), "end": words.day(card.valid_to)}
    )
    return {
        "latin_name": card.latin_name,
        "sex_nation": f"{sex} / {card.nation}" if card.nation else sex,
        "birth": words.day(card.birth),
        "number": card.number_masked,
        "address": card.address,
        "issuer": card.issuer,
        "valid": period,
    }
