"""The list of everything a case demands, by stage, with what is done."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from terminal.caseview import CaseStep, CaseView, StepMark
from ui.theme import Ink, Tone
from ui.widgets.pieces import UPRIGHT, column, label, row, tone
from ui.widgets.ribbon import party_name
from ui.widgets.symbols import Symbol
from ui.words import Words

LOOKS: Final[dict[StepMark, tuple[str, str, Tone]]] = {
    StepMark.WAITING: ("waiting", Ink.FAINT, Tone.PLAIN),
    StepMark.NOW: ("doing", Ink.PRIMARY, Tone.INFO),
    StepMark.DONE: ("done", Ink.GOOD, Tone.GOOD),
    StepMark.EXCEPTED: ("skipped", Ink.MUTED, Tone.PLAIN),
    StepMark.DOUBTED: ("alert", Ink.WARN, Tone.WARN),
}


class Demanded(QFrame):
    """All steps of a case; the present one is kept in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("demanded")
        self.setFixedWidth(336)
        outer = column(self, gap=8)
        outer.setContentsMargins(14, UPRIGHT, 8, UPRIGHT)
        self._heading = label("section")
        outer.addWidget(self._heading)
        self._body = QWidget()
        self._lines = column(self._body, gap=5)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._body)
        outer.addWidget(self._scroll, 1)
        self._drawn: object = None
        self._made: list[StepRow] = []
        self._lines.addStretch(1)

    def draw(self, view: CaseView, words: Words) -> None:
        """Show the steps; nothing is made anew where nothing changed."""
        self._heading.setText(words.say("ui.case.steps"))
        shown = (view.steps, view.parties, words.language)
        if shown == self._drawn:
            return
        self._drawn = shown
        several = len(view.parties) > 1
        names = {each.id: party_name(each, words) for each in view.parties} if several else {}
        while len(self._made) < len(view.steps):
            self._made.append(StepRow())
            self._lines.insertWidget(len(self._made) - 1, self._made[-1])
        for line, step in zip_longest(self._made, view.steps):
            line.setVisible(step is not None)
            if step is not None:
                line.draw(step, names.get(step.party, ""), words)
        self._keep_in_sight(view)

    def _keep_in_sight(self, view: CaseView) -> None:
        marks = [each.mark for each in view.steps]
        wanted = [place for place, mark in enumerate(marks) if mark in (StepMark.NOW, StepMark.DOUBTED)]
        if wanted:
            line = self._made[wanted[0]]
            QTimer.singleShot(0, line, lambda: self._scroll.ensureWidgetVisible(line, 0, 90))

    def forget(self) -> None:
        """Empty the lines, which hold names."""
        if self._drawn is not None:
            self._drawn = None
            for line in self._made:
                line.forget()


class StepRow(QWidget):
    """One demanded step: mark, name and whose, clause."""

    def __init__(self) -> None:
        super().__init__()
        self._symbol = Symbol("waiting", 16)
        self._text, self._clause = label("step", wrap=True), label("small")
        line = row(self, gap=9)
        line.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        line.addWidget(self._clause, 0, Qt.AlignmentFlag.AlignTop)

    def draw(self, step: CaseStep, who: str, words: Words) -> None:
        """Show it."""
        symbol, colour, mood = LOOKS[step.mark]
        self.setObjectName(f"demanded-{step.key}")
        self._symbol.show_as(symbol, colour)
        name = words.say(step.step)
        self._text.setText(words.say("ui.case.step_of", {"step": name, "who": who}) if who else name)
        strong = step.mark in (StepMark.NOW, StepMark.DOUBTED)
        tone(self._text, mood if strong else Tone.INK)
        self._clause.setText(step.clause.split(",")[0])
        self._clause.setToolTip(step.clause)

    def forget(self) -> None:
        """Empty it."""
        self._text.setText("")
