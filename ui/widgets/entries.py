"""One entry of a form: its label, what it is entered with, and what is wrong with it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from terminal.asking import Entry, EntryKind
from ui.theme import Tone
from ui.widgets.pieces import column, label, row, say, tone
from ui.words import Words

MOST_RADIOS: Final = 3
"""More choices are in a list that opens."""
LONGEST: Final = 2000


class EntryField(QWidget):
    """Draws an `Entry`."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self._label, self._wrong = label("caption"), label("small", wrap=True, name=f"wrong-{entry.name}")
        self._line: QLineEdit | None = None
        self._fixed: QLabel | None = None
        self._tick: QCheckBox | None = None
        self._list: QComboBox | None = None
        self._radios: QButtonGroup | None = None
        self._marked = False
        self._words: Words | None = None
        lines = column(self, gap=4)
        if entry.kind is not EntryKind.TICK or entry.fixed:
            lines.addWidget(self._label)
        lines.addWidget(self._made())
        lines.addWidget(self._wrong)
        tone(self._wrong, Tone.BAD)

    def value(self) -> str:
        """What is entered now."""
        if self._line is not None:
            return self._line.text()
        if self._tick is not None:
            return "yes" if self._tick.isChecked() else ""
        if self._list is not None:
            return str(self._list.currentData() or "")
        if self._radios is not None:
            number = self._radios.checkedId()
            return self.entry.choices[number].name if number >= 0 else ""
        return self.entry.value

    def enter(self, text: str) -> None:
        """Enter `text` as somebody would; a choice by its name."""
        if self._line is not None:
            self._line.setText(text)
        elif self._tick is not None:
            self._tick.setChecked(bool(text))
        elif self._list is not None:
            self._list.setCurrentIndex(max(self._list.findData(text), 0))
        elif self._radios is not None:
            names = [each.name for each in self.entry.choices]
            if text in names:
                self._radios.button(names.index(text)).setChecked(True)

    def first_choice(self) -> str:
        """Name of the first choice; empty where there is nothing to choose."""
        return self.entry.choices[0].name if self.entry.choices else ""

    def missing(self) -> bool:
        """True when it is needed and empty."""
        return self.entry.needed and not self.entry.fixed and not self.value().strip()

    def mark(self, missing: bool) -> None:
        """Show, or no longer show, that it is needed."""
        self._marked = missing
        if self._words is not None:
            self.retell(self._words)

    def can_be_typed(self) -> bool:
        """True for what takes the focus of the keyboard."""
        return not self.entry.fixed and self.entry.kind is not EntryKind.TICK

    def focus(self) -> None:
        """Take the focus of the keyboard."""
        for part in (self._line, self._list, self._tick):
            if part is not None:
                part.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._radios is not None:
            buttons = self._radios.buttons()
            checked = self._radios.checkedButton()
            (checked or buttons[0]).setFocus(Qt.FocusReason.OtherFocusReason)

    def retell(self, words: Words) -> None:
        """Say everything in this language; what was entered stays."""
        self._words = words
        entry = self.entry
        text = words.of(entry.label)
        self._label.setText(text if entry.needed else words.say("ui.ask.optional", {"label": text}))
        wrong = words.of(entry.wrong) if entry.wrong else ""
        say(self._wrong, words.say("ui.ask.needed") if self._marked else wrong)
        if self._fixed is not None:
            self._fixed.setText(words.of(entry.words) if entry.words else entry.value)
        if self._tick is not None:
            self._tick.setText(text)
        if self._list is not None:
            for place, choice in enumerate(entry.choices, 1):
                self._list.setItemText(place, words.of(choice.label))
            self._list.setItemText(0, words.say("ui.ask.choose"))
        if self._radios is not None:
            for button, choice in zip(self._radios.buttons(), entry.choices, strict=True):
                button.setText(words.of(choice.label))
        if self._line is not None:
            as_date = words.say("ui.ask.date") if entry.kind is EntryKind.DATE else ""
            self._line.setPlaceholderText(words.of(entry.hint) if entry.hint else as_date)

    def wipe_secret(self) -> None:
        """Empty a secret."""
        if self._line is not None and self.entry.kind is EntryKind.SECRET:
            self._line.clear()

    def wipe(self) -> None:
        """Empty it, undo history and all."""
        if self._line is not None:
            self._line.clear()
            self._line.setText("")
        if self._fixed is not None:
            self._fixed.clear()

    def _made(self) -> QWidget:
        entry = self.entry
        if entry.fixed:
            self._fixed = label("value", wrap=True, name=f"entry-{entry.name}")
            return self._fixed
        match entry.kind:
            case EntryKind.TICK:
                return self._made_tick()
            case EntryKind.CHOICE if len(entry.choices) <= MOST_RADIOS:
                return self._made_radios()
            case EntryKind.CHOICE:
                return self._made_list()
            case _:
                return self._made_line()

    def _made_line(self) -> QLineEdit:
        self._line = QLineEdit(self.entry.value)
        self._line.setObjectName(f"entry-{self.entry.name}")
        self._line.setMaxLength(LONGEST)
        self._line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        if self.entry.kind is EntryKind.SECRET:
            self._line.setEchoMode(QLineEdit.EchoMode.Password)
        return self._line

    def _made_tick(self) -> QCheckBox:
        self._tick = QCheckBox()
        self._tick.setObjectName(f"entry-{self.entry.name}")
        self._tick.setChecked(bool(self.entry.value))
        return self._tick

    def _made_list(self) -> QComboBox:
        self._list = QComboBox()
        self._list.setObjectName(f"entry-{self.entry.name}")
        self._list.addItem("", "")
        for choice in self.entry.choices:
            self._list.addItem("", choice.name)
        self._list.setCurrentIndex(max(self._list.findData(self.entry.value), 0))
        return self._list

    def _made_radios(self) -> QWidget:
        made = QWidget()
        made.setObjectName(f"entry-{self.entry.name}")
        line = row(made, gap=20)
        self._radios = QButtonGroup(made)
        for number, choice in enumerate(self.entry.choices):
            button = QRadioButton()
            button.setObjectName(f"choice-{self.entry.name}-{choice.name}")
            button.setChecked(choice.name == self.entry.value)
            self._radios.addButton(button, number)
            line.addWidget(button)
        line.addStretch(1)
        return made
