"""The steps of the case with their states and times."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from terminal.view import StepState, StepView
from ui.theme import Ink, Tone
from ui.widgets.pieces import INSET, UPRIGHT, clear, column, label, row, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

LOOKS: Final[dict[StepState, tuple[str, str]]] = {
    StepState.WAITING: ("waiting", Ink.FAINT),
    StepState.DOING: ("doing", Ink.PRIMARY),
    StepState.PAUSED: ("doing", Ink.WARN),
    StepState.DONE: ("done", Ink.GOOD),
    StepState.FAILED: ("failed", Ink.BAD),
    StepState.SKIPPED: ("skipped", Ink.MUTED),
}
TONES: Final[dict[StepState, Tone]] = {
    StepState.WAITING: Tone.PLAIN,
    StepState.SKIPPED: Tone.PLAIN,
    StepState.DOING: Tone.INFO,
    StepState.PAUSED: Tone.WARN,
    StepState.DONE: Tone.GOOD,
    StepState.FAILED: Tone.BAD,
}


USUAL: Final = 8
"""Lines made beforehand: making them while a customer waits takes longer than drawing everything else."""
AIRY: Final = 1.45
"""Largest height of a line relative to its type."""


class StepLine(QWidget):
    """One step: symbol, name, its state in a word, its time; what went wrong as tool tip."""

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._symbol = Symbol("waiting", 18)
        self.name = label("step-small" if small else "step", name="step-name")
        self.state = label("caption", name="step-state")
        line = row(self, gap=8 if small else 10)
        line.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.name, 1)
        line.addWidget(self.state)

    def draw(self, step: StepView, words: Words) -> None:
        """Show one step."""
        self._symbol.show_as(*LOOKS[step.state])
        self.name.setText(words.under("step", step.name))
        tone(self.state, TONES[step.state])
        state = words.say(f"ui.step.{step.state}")
        timed = step.elapsed_ms is not None and step.state in (StepState.DONE, StepState.FAILED)
        if timed and step.elapsed_ms is not None:
            state = f"{state}  {words.seconds(step.elapsed_ms)}"
        self.state.setText(state)
        self.setToolTip(words.tell(step.shown) if step.shown else "")


class StepsPanel(QFrame):
    """All steps, top to bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("steps")
        self._heading = label("heading")
        self.lines: list[StepLine] = []
        self._compact = False
        outer = column(self, inset=INSET, gap=4)
        outer.setContentsMargins(INSET, UPRIGHT, INSET, UPRIGHT)
        outer.addWidget(self._heading)
        self._body = QWidget()
        self._list = QGridLayout(self._body)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setHorizontalSpacing(8)
        self._list.setVerticalSpacing(1)
        outer.addWidget(self._body, 100)
        outer.addStretch(1)
        self._place(USUAL)

    def draw(self, steps: tuple[StepView, ...], words: Words, *, compact: bool = False) -> None:
        """Show these steps, in two columns without times when `compact`."""
        self._heading.setText(words.say("ui.steps.heading"))
        if len(steps) != len(self.lines) or compact is not self._compact:
            self._compact = compact
            self._place(len(steps))
        for line, step in zip(self.lines, steps, strict=True):
            line.draw(step, words)

    def _place(self, count: int) -> None:
        clear(self._list)
        self.lines = [StepLine(small=self._compact) for _ in range(count)]
        half = (count + 1) // 2
        for number, line in enumerate(self.lines):
            line.state.setVisible(not self._compact)
            across, down = divmod(number, half) if self._compact else (0, number)
            self._list.addWidget(line, down, across)
        rows = half if self._compact else count
        self._body.setMaximumHeight(round(rows * self.fontMetrics().height() * AIRY))
