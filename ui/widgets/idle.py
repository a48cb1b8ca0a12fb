"""The page between two cases: which business, what will happen, what the public must be shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QHBoxLayout

from terminal.view import Snapshot
from ui.site import Site
from ui.theme import Ink, Tone
from ui.widgets.keys import KeyButton
from ui.widgets.pages import Page
from ui.widgets.pieces import GAP, UPRIGHT, clear, column, label, panel, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

COLUMNS: Final = 2
"""Businesses beside one another."""
MOVES: Final = (("card", "card"), ("face", "face"), ("report", "report"))
"""Symbol and text key of the three moves of every case."""


class IdlePage(Page):
    """Which business, what will happen, and what the bank must show the public."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self._title, self._lead = label("page-title"), label("lead", wrap=True)
        self._group = QButtonGroup(self)
        self._tiles = QGridLayout()
        self._tiles.setSpacing(GAP)
        self._codes: tuple[str, ...] = ()
        self._moves = [(label("body"), label("quiet", wrap=True)) for _ in MOVES]
        self._moves_heading = label("section")
        self._notices = row(gap=GAP)
        outer = column(self, gap=GAP)
        outer.setContentsMargins(48, 22, 48, 18)
        for part in (self._title, self._lead):
            outer.addWidget(part)
        outer.addWidget(self._trouble())
        outer.addSpacing(6)
        outer.addLayout(self._tiles)
        outer.addStretch(1)
        outer.addWidget(self._moves_heading)
        outer.addLayout(self._three_moves())
        outer.addStretch(1)
        outer.addLayout(self._notices)

    @property
    def business(self) -> str:
        """The chosen business."""
        number = self._group.checkedId()
        return self._codes[number] if 0 <= number < len(self._codes) else ""

    def choose(self, number: int) -> None:
        """Choose by position, as the function keys do; out of range is ignored."""
        button = self._group.button(number)
        if button is not None:
            button.setChecked(True)

    def offer(self, codes: tuple[str, ...]) -> None:
        """Offer these businesses; the first is chosen."""
        if codes == self._codes:
            return
        for button in self._group.buttons():
            self._group.removeButton(button)
        clear(self._tiles)
        self._codes = codes
        for number, code in enumerate(codes):
            tile = KeyButton("tile", 66, spread=True)
            tile.setObjectName(f"business-{code}")
            tile.setCheckable(True)
            tile.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._group.addButton(tile, number)
            self._tiles.addWidget(tile, number // COLUMNS, number % COLUMNS)
        self.choose(0)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Say everything in this language; what went wrong with the last case first."""
        self._title.setText(words.say("ui.idle.title"))
        shown = snapshot.shown
        self._banner.setVisible(shown is not None)
        self._told.setText(words.tell(shown) if shown else "")
        reference = shown.reference if shown else ""
        say(self._reference, f"{words.say('ui.fault.reference')}  {reference}" if reference else "")
        self._lead.setText(words.say("ui.idle.lead"))
        for number, code in enumerate(self._codes):
            tile = self._group.button(number)
            if isinstance(tile, KeyButton):
                tile.show_text(words.under("business", code), f"F{number + 1}" if number < 4 else "")
        self._moves_heading.setText(words.say("ui.idle.moves"))
        for (_, key), (head, text) in zip(MOVES, self._moves, strict=True):
            head.setText(words.say(f"ui.idle.{key}"))
            text.setText(words.say(f"ui.idle.{key}.text"))
        self._draw_notices(words)

    def _draw_notices(self, words: Words) -> None:
        clear(self._notices)
        for key, notice in (
            ("standard", self._site.service_standard),
            ("negative", self._site.negative_list),
        ):
            if notice:
                heading = words.say(f"ui.idle.{key}")
                self._notices.addWidget(_notice(heading, notice.splitlines(), key), 2)
        if self._site.supervision_phone:
            heading = words.say("ui.idle.phone")
            self._notices.addWidget(_notice(heading, [self._site.supervision_phone], "phone"), 1)

    def _trouble(self) -> QFrame:
        self._banner = panel("trouble")
        self._told, self._reference = (
            label("body", wrap=True, name="told"),
            label("body", name="told-reference"),
        )
        line = row(self._banner, inset=UPRIGHT, gap=14)
        line.addWidget(Symbol("alert", 28, Ink.WARN))
        line.addWidget(self._told, 1)
        line.addWidget(self._reference)
        tone(self._banner, Tone.WARN)
        return self._banner

    def _three_moves(self) -> QHBoxLayout:
        line = row(gap=GAP)
        for (symbol, _), (head, text) in zip(MOVES, self._moves, strict=True):
            move = panel(f"move-{symbol}")
            inner = row(move, inset=18, gap=18)
            inner.addWidget(Symbol(symbol, 52, Ink.PRIMARY), 0, Qt.AlignmentFlag.AlignVCenter)
            both = column(gap=4)
            both.addStretch(1)
            both.addWidget(head)
            both.addWidget(text)
            both.addStretch(1)
            inner.addLayout(both, 1)
            move.setMinimumHeight(120)
            line.addWidget(move, 1)
        return line


def _notice(heading: str, lines: list[str], name: str) -> QFrame:
    sheet = panel(f"notice-{name}")
    inner = column(sheet, inset=20, gap=6)
    head = label("section")
    head.setText(heading)
    inner.addWidget(head)
    for line in lines:
        text = label("body", wrap=True)
        text.setText(line)
        inner.addWidget(text)
    return sheet
