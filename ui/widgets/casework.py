"""The page of a whole case: what is demanded, and what is asked, done or decided now."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from terminal.caseview import CaseEnd, CaseView
from terminal.view import Snapshot
from ui.theme import Ink, Tone
from ui.widgets.demanded import Demanded
from ui.widgets.form import Form
from ui.widgets.pages import Page
from ui.widgets.pieces import GAP, INSET, clear, column, label, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

DOTS: Final = 3
DOT_MS: Final = 450
ENDINGS: Final[dict[str, tuple[str, str, Tone]]] = {
    "ending.accepted": ("done", Ink.GOOD, Tone.GOOD),
    "ending.provisional": ("done", Ink.WARN, Tone.WARN),
    "ending.not_needed": ("done", Ink.GOOD, Tone.GOOD),
    "ending.offered": ("info", Ink.INFO, Tone.INFO),
    "ending.referred": ("refer", Ink.WARN, Tone.WARN),
    "ending.refused": ("refused", Ink.BAD, Tone.BAD),
    "ending.withdrawn": ("info", Ink.INFO, Tone.INFO),
}


class CaseworkPage(Page):
    """Steps on the left; on the right the form, what the terminal does by itself, or the end."""

    replied = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.demanded, self.form = Demanded(), Form()
        self.form.replied.connect(self.replied)
        self.working, self.end = Working(), EndPanel()
        self._right = QStackedWidget()
        for part in (self.form, self.working, self.end):
            self._right.addWidget(part)
        self._line = row(self, inset=INSET - 4)
        self._line.addWidget(self.demanded)
        self._line.addWidget(self._right, 1)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Draw the case, or the question alone where there is none."""
        view, ask = snapshot.case, snapshot.ask
        shown = view is not None and not (ask is not None and ask.to_customer) and bool(view.steps)
        self.demanded.setVisible(shown)
        side = INSET - 4 if view is not None else 250
        self._line.setContentsMargins(side, INSET - 4, side, INSET - 4)
        if view is not None and shown:
            self.demanded.draw(view, words)
        self.working.rest()
        if ask is not None:
            fresh = self.form.ask is None or self.form.ask.number != ask.number
            self.form.draw(ask, words)
            self._right.setCurrentWidget(self.form)
            if fresh:
                QTimer.singleShot(0, self.form, self.form.focus)
        elif view is not None and view.end is not None:
            self.form.forget()
            self.end.draw(view, view.end, words)
            self._right.setCurrentWidget(self.end)
        else:
            self.form.forget()
            self.working.draw(view, words)
            self._right.setCurrentWidget(self.working)

    def forget(self) -> None:
        """Drop names and everything that was typed."""
        self.form.forget()
        self.demanded.forget()
        self.working.rest()


class Working(QFrame):
    """Says what the terminal does by itself, and that it does."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("working")
        self._text, self._dots = label("say", name="busy"), label("say")
        self._count = 0
        outer = column(self, gap=16)
        outer.addStretch(2)
        outer.addWidget(Symbol("doing", 72, Ink.PRIMARY), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(self._dots, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        self._timer = QTimer(self)
        self._timer.setInterval(DOT_MS)
        self._timer.timeout.connect(self._beat)

    def draw(self, view: CaseView | None, words: Words) -> None:
        """Say it, and move."""
        busy = view.busy if view is not None else None
        self._text.setText(words.of(busy) if busy is not None else words.say("ui.case.working"))
        self._timer.start()

    def rest(self) -> None:
        """Stop moving."""
        self._timer.stop()

    def _beat(self) -> None:
        self._count = (self._count + 1) % (DOTS + 1)
        self._dots.setText("·" * self._count or " ")


class EndPanel(QFrame):
    """How the case ended, why, and where its record is."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("case-end")
        self._symbol = Symbol("info", 64)
        self.verdict, self._ground = label("verdict", name="ending"), label("body", wrap=True, name="ground")
        self._record = label("mono", name="record")
        self._synced = label("chip", name="synced")
        self._found_heading, self._offered_heading = label("section"), label("section")
        self._found, self._offered = column(gap=6), column(gap=6)
        outer = column(self, gap=14)
        outer.setContentsMargins(36, 30, 36, 26)
        head = row(gap=22)
        head.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        both = column(gap=6)
        both.addWidget(self.verdict)
        both.addWidget(self._ground)
        head.addLayout(both, 1)
        outer.addLayout(head)
        for heading, lines in (
            (self._found_heading, self._found),
            (self._offered_heading, self._offered),
        ):
            outer.addWidget(heading)
            outer.addLayout(lines)
        outer.addStretch(1)
        foot = row(gap=GAP)
        foot.addWidget(self._record)
        foot.addWidget(self._synced)
        foot.addStretch(1)
        outer.addLayout(foot)

    def draw(self, view: CaseView, end: CaseEnd, words: Words) -> None:
        """Tell it."""
        symbol, colour, mood = ENDINGS.get(end.ending, ENDINGS["ending.referred"])
        self._symbol.show_as(symbol, colour)
        self.verdict.setText(words.say(end.ending))
        tone(self, mood)
        say(self._ground, words.known_or_nothing(end.ground))
        self._record.setText(words.say("ui.case.record", {"record": end.record_id}))
        self._synced.setText(words.say("ui.case.synced" if end.synced else "ui.case.waiting"))
        tone(self._synced, Tone.GOOD if end.synced else Tone.WARN)
        clear(self._found)
        clear(self._offered)
        for finding in view.findings:
            state = "ui.case.resolved" if finding.resolved else "ui.case.stands"
            self._found.addWidget(
                _text(words.say(state, {"finding": words.finding(finding.code), "clause": finding.clause}))
            )
        for offer in end.offered:
            self._offered.addWidget(_text(words.of(offer)))
        say(self._found_heading, words.say("ui.case.findings") if view.findings else "")
        say(self._offered_heading, words.say("ui.case.offered") if end.offered else "")


def _text(text: str) -> QWidget:
    made = label("body", wrap=True)
    made.setText(text)
    return made
