"""The list of everything a case demands, by stage, with what is done."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from terminal.caseview import CaseStep, CaseView, StepMark
from ui.theme import Ink, Tone
from ui.widgets.pieces import UPRIGHT, clear, column, label, row, tone
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

    def draw(self, view: CaseView, words: Words) -> None:
        """Show the steps; nothing is made anew where nothing changed."""
        self._heading.setText(words.say("ui.case.steps"))
        shown = (view.steps, view.parties, words.language)
        if shown == self._drawn:
            return
        self._drawn = shown
        clear(self._lines)
        now: QWidget | None = None
        several = len(view.parties) > 1
        names = {each.id: party_name(each, words) for each in view.parties} if several else {}
        for step in view.steps:
            line = _line(step, names.get(step.party, ""), words)
            self._lines.addWidget(line)
            if step.mark in (StepMark.NOW, StepMark.DOUBTED) and now is None:
                now = line
        self._lines.addStretch(1)
        if now is not None:
            QTimer.singleShot(0, now, lambda: self._scroll.ensureWidgetVisible(now, 0, 90))

    def forget(self) -> None:
        """Drop the lines, which hold names."""
        if self._drawn is not None:
            self._drawn = None
            clear(self._lines)


def _line(step: CaseStep, who: str, words: Words) -> QWidget:
    symbol, colour, mood = LOOKS[step.mark]
    made = QWidget()
    made.setObjectName(f"demanded-{step.key}")
    line = row(made, gap=9)
    line.addWidget(Symbol(symbol, 16, colour), 0, Qt.AlignmentFlag.AlignTop)
    text = label("step", wrap=True)
    name = words.say(step.step)
    text.setText(words.say("ui.case.step_of", {"step": name, "who": who}) if who else name)
    if step.mark in (StepMark.NOW, StepMark.DOUBTED):
        tone(text, mood)
    line.addWidget(text, 1)
    clause = label("small")
    clause.setText(step.clause.split(",")[0])
    clause.setToolTip(step.clause)
    line.addWidget(clause, 0, Qt.AlignmentFlag.AlignTop)
    return made
