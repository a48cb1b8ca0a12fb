"""Why the case ended as it did, and where its record is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QStackedLayout, QWidget

from terminal.view import Decision, Result, Shown, Snapshot
from ui.theme import TONES, Tone
from ui.widgets.pieces import INSET, UPRIGHT, clear, column, label, row, tone
from ui.widgets.prompt import VERDICTS
from ui.widgets.symbols import Symbol
from ui.words import NOTHING, Words

FACTS: Final = ("record", "kept", "rules", "reference")


class ResultPanel(QFrame):
    """Decision, reasons as sentences, record id, where it went, rule pack, reference."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("result")
        self._heading = label("heading")
        self._decision = label("chip", name="decision")
        self._pending = label("quiet", wrap=True)
        self._pending.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._reasons = column(gap=6)
        self._drawn: tuple[Result, str] | None = None
        self._captions = {name: label("caption") for name in FACTS}
        self._facts = {name: label("mono", name=f"fact-{name}") for name in FACTS}
        outer = column(self, inset=INSET, gap=6)
        outer.setContentsMargins(INSET, UPRIGHT, INSET, UPRIGHT)
        top = row(gap=8)
        top.addWidget(self._heading, 1)
        top.addWidget(self._decision)
        outer.addLayout(top)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._pending)
        self._stack.addWidget(self._page())
        outer.addLayout(self._stack, 1)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Show the result, or that it will stand here."""
        self._heading.setText(words.say("ui.result.heading"))
        self._pending.setText(words.say("ui.result.pending"))
        result = snapshot.result
        self._decision.setVisible(result is not None)
        self._stack.setCurrentIndex(0 if result is None else 1)
        if result is None:
            return
        self._decision.setText(words.under("decision", result.decision))
        tone(self._decision, VERDICTS[result.decision][1])
        self._draw_reasons(result, words)
        for name, value in _facts(result, snapshot.shown, words).items():
            self._captions[name].setText(words.say(f"ui.result.{name}"))
            self._facts[name].setText(value or NOTHING)
            for part in (self._captions[name], self._facts[name]):
                part.setVisible(bool(value) or name != "reference")
        tone(self._facts["kept"], Tone.GOOD if result.synced else Tone.WARN)

    def _draw_reasons(self, result: Result, words: Words) -> None:
        if self._drawn == (result, words.language):
            return
        self._drawn = (result, words.language)
        clear(self._reasons)
        symbol = "done" if result.decision is Decision.ACCEPT else "info"
        colour = TONES[VERDICTS[result.decision][1]][0]
        for reason in result.reasons:
            line = QWidget()
            parts = row(line, gap=8)
            text = label("value", wrap=True, name="reason")
            text.setText(words.tell(reason))
            mark = column()
            mark.setContentsMargins(0, 3, 0, 0)
            mark.addWidget(Symbol(symbol, 16, colour), 0, Qt.AlignmentFlag.AlignTop)
            parts.addLayout(mark)
            parts.addWidget(text, 1)
            self._reasons.addWidget(line)

    def _page(self) -> QWidget:
        page = QWidget()
        outer = column(page, gap=8)
        inner = QWidget()
        lines = column(inner)
        lines.addLayout(self._reasons)
        lines.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        outer.addWidget(scroll, 1)
        rule = QFrame()
        rule.setObjectName("rule")
        rule.setFixedHeight(1)
        outer.addWidget(rule)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for number, name in enumerate(FACTS):
            grid.addWidget(self._captions[name], number, 0)
            grid.addWidget(self._facts[name], number, 1)
            self._facts[name].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        outer.addLayout(grid)
        return page


def _facts(result: Result, shown: Shown | None, words: Words) -> dict[str, str]:
    references = [one.reference for one in (*result.reasons, *((shown,) if shown else ())) if one.reference]
    kept = (
        words.say("ui.result.at_centre" if result.synced else "ui.result.waiting") if result.record_id else ""
    )
    return {
        "record": result.record_id,
        "kept": kept or words.say("ui.result.not_kept"),
        "rules": result.rule_pack,
        "reference": references[0] if references else "",
    }
