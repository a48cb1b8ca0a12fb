"""The form of one question: what it is about, what is entered, and the ways to reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from terminal.asking import Ask, Option, Rank, Reply
from terminal.view import Preview
from ui.theme import Ink, Tone
from ui.widgets.camera import CameraView
from ui.widgets.entries import EntryField
from ui.widgets.gallery import Gallery
from ui.widgets.keys import KeyButton
from ui.widgets.pieces import GAP, UPRIGHT, clear, column, label, panel, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

ONE_COLUMN: Final = 4
"""Forms of more entries have two columns."""
CAMERA_SIZE: Final = (440, 330)
CHOICE_KEYS: Final = {"consent": "F9", "decline": "F10"}
"""As on the page of consent; never Enter, which a finger may already be on."""


class Form(QFrame):
    """Draws an `Ask` and gives one `Reply` to it. What was typed stays until another question comes."""

    replied = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("form")
        self._ask: Ask | None = None
        self._sent = False
        self._language = ""
        self.fields: dict[str, EntryField] = {}
        self.buttons: dict[str, KeyButton] = {}
        self.gallery: Gallery | None = None
        self.camera: CameraView | None = None
        self._title, self._clause = label("page-title", wrap=True, name="ask-title"), label("small")
        self._trouble_text = label("body", wrap=True, name="ask-trouble")
        self._trouble = self._trouble_panel()
        self._body = QWidget()
        self._content = column(self._body, gap=10)
        self._options = row(gap=12)
        self._lay_out()

    @property
    def ask(self) -> Ask | None:
        """What is asked."""
        return self._ask

    def draw(self, ask: Ask, words: Words) -> None:
        """Show the question; entries of the same question keep what was typed."""
        if self._ask is None or ask.number != self._ask.number:
            self._ask, self._sent = ask, False
            self._build(ask)
        self._retell(ask, words)

    def forget(self) -> None:
        """Drop the question and everything that was typed."""
        if self._ask is None:
            return
        self._ask = None
        for field in self.fields.values():
            field.wipe()
        self.fields, self.buttons, self.gallery, self.camera = {}, {}, None, None
        for layout in (self._content, self._options):
            clear(layout)

    def show_picture(self, preview: Preview | None) -> None:
        """What the camera sees, where the question wants it shown."""
        if self.camera is not None:
            self.camera.show_picture(preview)

    def press(self, rank: Rank) -> None:
        """Choose the option of that rank, when there is just one."""
        options = [each for each in (self._ask.options if self._ask else ()) if each.rank is rank]
        if len(options) == 1:
            self.choose(options[0])

    def press_key(self, key: str) -> None:
        """Choose the option that has this key."""
        for option in self._ask.options if self._ask else ():
            if CHOICE_KEYS.get(option.name) == key:
                self.choose(option)

    def choose(self, option: Option) -> None:
        """Reply by `option`, once; what is needed and missing is marked instead."""
        if self._ask is None or self._sent:
            return
        if option.takes_entries:
            missing = [field for field in self.fields.values() if field.missing()]
            for field in self.fields.values():
                field.mark(field in missing)
            if missing:
                missing[0].focus()
                return
        values = {name: field.value() for name, field in self.fields.items()}
        self._sent = True
        for field in self.fields.values():
            field.wipe_secret()
        self.replied.emit(Reply(self._ask.number, option.name, values, self._language))

    def focus(self) -> None:
        """To the first entry that is wrong or empty, else to the button that goes on."""
        fields = [each for each in self.fields.values() if each.can_be_typed()]
        wrong = [each for each in fields if each.entry.wrong]
        wanted = wrong or [each for each in fields if each.missing()]
        if wanted:
            wanted[0].focus()
        elif self._ask is not None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self, ask: Ask) -> None:
        for field in self.fields.values():
            field.wipe()
        self.fields = {each.name: EntryField(each) for each in ask.entries}
        clear(self._content)
        clear(self._options)
        self._lines = [label("lead" if ask.to_customer else "body", wrap=True) for _ in ask.lines]
        for line in self._lines:
            self._content.addWidget(line)
        self._rows = [
            (label("caption"), label("code" if each.large else "value", wrap=True)) for each in ask.rows
        ]
        if ask.rows:
            self._content.addWidget(_table(self._rows))
        if self.fields:
            self._content.addWidget(_grid(list(self.fields.values())))
        self.gallery = Gallery(ask.pictures) if ask.pictures else None
        self.camera = CameraView() if ask.camera else None
        if self.camera is not None:
            self.camera.setFixedSize(*CAMERA_SIZE)
        for part in (self.gallery, self.camera):
            if part is not None:
                self._content.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        self._content.addStretch(1)
        self._build_options(ask)
        self._scroll.verticalScrollBar().setValue(0)

    def _build_options(self, ask: Ask) -> None:
        self.buttons = {}
        aside = [each for each in ask.options if each.rank is Rank.ASIDE]
        onward = [each for each in ask.options if each.rank is Rank.SECONDARY]
        onward += [each for each in ask.options if each.rank is Rank.PRIMARY]
        for option in aside:
            self._options.addWidget(self._button(option, "aside", 40))
        self._options.addStretch(1)
        for option in onward:
            rank = "primary" if option.rank is Rank.PRIMARY else "secondary"
            self._options.addWidget(self._button(option, rank, 52))

    def _button(self, option: Option, rank: str, height: int) -> KeyButton:
        button = KeyButton(rank, height)
        button.setObjectName(f"option-{option.name}")
        button.clicked.connect(lambda _checked=False, chosen=option: self.choose(chosen))
        self.buttons[option.name] = button
        return button

    def _retell(self, ask: Ask, words: Words) -> None:
        self._language = words.language
        self._title.setText(words.of(ask.title))
        say(self._clause, words.say("ui.ask.clause", {"clause": ask.clause}) if ask.clause else "")
        trouble = words.of(ask.trouble) if ask.trouble else ""
        self._trouble.setVisible(bool(trouble))
        self._trouble_text.setText(trouble)
        for line, text in zip(self._lines, ask.lines, strict=True):
            line.setText(words.of(text))
        for (head, value), each in zip(self._rows, ask.rows, strict=True):
            head.setText(words.of(each.label))
            value.setText(words.of(each.words) if each.words else each.value)
        for field in self.fields.values():
            field.retell(words)
        if self.gallery is not None:
            self.gallery.retell(words)
        if self.camera is not None:
            self.camera.retell(words)
        lone = [each for each in ask.options if each.rank is Rank.PRIMARY]
        for option in ask.options:
            key = "Enter" if [option] == lone else CHOICE_KEYS.get(option.name, "")
            self.buttons[option.name].show_text(words.of(option.label), key)

    def _lay_out(self) -> None:
        outer = column(self, gap=10)
        outer.setContentsMargins(28, 20, 28, 18)
        head = row(gap=GAP)
        head.addWidget(self._title, 1)
        head.addWidget(self._clause, 0, Qt.AlignmentFlag.AlignBottom)
        outer.addLayout(head)
        outer.addWidget(self._trouble)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._body)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(self._options)
        self._lines, self._rows = [], []

    def _trouble_panel(self) -> QFrame:
        banner = panel("ask-trouble-panel")
        line = row(banner, inset=UPRIGHT, gap=12)
        line.addWidget(Symbol("alert", 22, Ink.WARN))
        line.addWidget(self._trouble_text, 1)
        tone(banner, Tone.WARN)
        return banner


def _table(rows: Sequence[tuple[QWidget, QWidget]]) -> QWidget:
    """Label and value side by side, in two columns of rows when there are many."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(9)
    half = len(rows) if len(rows) <= ONE_COLUMN else (len(rows) + 1) // 2
    for place, (head, value) in enumerate(rows):
        line, side = place % half, place // half * 2
        grid.addWidget(head, line, side, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, line, side + 1)
        grid.setColumnStretch(side + 1, 1)
    return made


def _grid(fields: list[EntryField]) -> QWidget:
    """The entries, in two columns when there are many."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 4, 0, 0)
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(12)
    columns = 1 if len(fields) <= ONE_COLUMN else 2
    for place, field in enumerate(fields):
        grid.addWidget(field, place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
    for side in range(columns):
        grid.setColumnStretch(side, 1)
    if columns == 1:
        made.setMaximumWidth(560)
    return made
