"""Whole pages: starting, asking consent, and a fault."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from terminal.messages import Audience
from terminal.view import Action, DeviceView, Snapshot
from ui.theme import TONES, Ink, Tone
from ui.widgets.bars import device_line
from ui.widgets.keys import KEYS, KeyButton
from ui.widgets.pieces import INSET, clear, column, label, panel, row, say, tone
from ui.widgets.steps import StepsPanel
from ui.widgets.symbols import Symbol
from ui.words import Words, sentences

CONSENT_PARTS: Final = ("what", "why", "long", "rights")


class Page(QWidget):
    """A page on the window's ground."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


class StartingPage(Page):
    """Shown from the first moment until the terminal is ready."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._quiet = label("page-title"), label("lead")
        outer = column(self, gap=18)
        outer.addStretch(2)
        outer.addWidget(Symbol("shield", 96, Ink.BRAND), 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._title, self._quiet):
            outer.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def draw(self, words: Words) -> None:
        """Say that it starts."""
        self._title.setText(words.say("ui.starting.title"))
        self._quiet.setText(words.say("ui.starting.quiet"))


class ConsentPage(Page):
    """What is collected, why, how long; refusal as big as acceptance."""

    chosen = Signal(Action)

    def __init__(self) -> None:
        super().__init__()
        self._title, self._lead = label("page-title"), label("lead", wrap=True)
        self._parts = [(label("section"), label("notice", wrap=True)) for _ in CONSENT_PARTS]
        self.agree, self.decline = self._button(Action.CONSENT), self._button(Action.DECLINE)
        outer = column(self, gap=14)
        outer.setContentsMargins(64, 28, 64, 24)
        outer.addWidget(self._title)
        outer.addWidget(self._lead)
        sheet = panel("consent-text")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(28, 20, 28, 20)
        grid.setHorizontalSpacing(48)
        grid.setVerticalSpacing(20)
        for number, (head, text) in enumerate(self._parts):
            part = column(gap=6)
            part.addWidget(head)
            part.addWidget(text)
            part.addStretch(1)
            grid.addLayout(part, number // 2, number % 2)
            grid.setColumnStretch(number % 2, 1)
        outer.addWidget(sheet, 1)
        outer.addSpacing(8)
        both = row(gap=24)
        both.addWidget(self.decline, 1)
        both.addWidget(self.agree, 1)
        outer.addLayout(both)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Say everything in this language."""
        self._title.setText(words.say("ui.consent.title"))
        self._lead.setText(words.say("ui.consent.lead"))
        for key, (head, text) in zip(CONSENT_PARTS, self._parts, strict=True):
            head.setText(words.say(f"ui.consent.{key}"))
            text.setText(words.say(f"ui.consent.{key}.text"))
        for action, button in ((Action.CONSENT, self.agree), (Action.DECLINE, self.decline)):
            button.show_text(words.under("action", action), KEYS[action])
            button.setEnabled(action in snapshot.actions)

    def _button(self, action: Action) -> KeyButton:
        button = KeyButton("big", 68)
        button.setObjectName(f"page-{action}")
        button.setProperty("agree", "true" if action is Action.CONSENT else "false")
        button.clicked.connect(lambda: self.chosen.emit(action))
        return button


class FaultPage(Page):
    """Cause first, then the remedy, the reference, and how every device is."""

    def __init__(self) -> None:
        super().__init__()
        self._heading = label("caption")
        self.cause, self.remedy = (
            label("hero", wrap=True, name="cause"),
            label("remedy", wrap=True, name="remedy"),
        )
        self._remedy_heading, self._engineer_heading = label("section"), label("section")
        self.engineer = label("quiet", wrap=True, name="engineer")
        self._reference_caption, self.reference = label("caption"), label("hero", name="reference")
        self._devices_heading, self._safe = label("section"), label("quiet", wrap=True)
        self._devices = column(gap=10)
        self._drawn: tuple[tuple[DeviceView, ...], str] | None = None
        self.steps = StepsPanel()
        line = row(self, inset=INSET - 4)
        line.addWidget(self._cause_panel(), 13)
        side = column()
        side.addWidget(self._side_panel())
        side.addWidget(self.steps, 1)
        line.addLayout(side, 7)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Tell the fault."""
        cause, remedy = sentences(words.tell(snapshot.shown))
        self._heading.setText(words.say("ui.fault.heading"))
        self.cause.setText(cause)
        say(self._remedy_heading, words.say("ui.fault.remedy") if remedy else "")
        say(self.remedy, remedy)
        told = words.tell(snapshot.shown, Audience.ENGINEER)
        engineer = told if told != words.tell(snapshot.shown) else ""
        say(self._engineer_heading, words.say("ui.fault.engineer") if engineer else "")
        say(self.engineer, engineer)
        reference = snapshot.shown.reference if snapshot.shown else ""
        say(self._reference_caption, words.say("ui.fault.reference") if reference else "")
        say(self.reference, reference)
        self._devices_heading.setText(words.say("ui.fault.devices"))
        self._safe.setText(words.say("ui.fault.safe"))
        self.steps.draw(snapshot.steps, words)
        self.steps.setVisible(bool(snapshot.steps))
        if self._drawn != (snapshot.status.devices, words.language):
            self._drawn = (snapshot.status.devices, words.language)
            clear(self._devices)
            for device in snapshot.status.devices:
                self._devices.addWidget(device_line(device, words))

    def _cause_panel(self) -> QFrame:
        sheet = panel("fault")
        inner = column(sheet, inset=32, gap=12)
        top = row(gap=20)
        top.addWidget(Symbol("alert", 60, TONES[Tone.WARN][0]), 0, Qt.AlignmentFlag.AlignTop)
        head = column(gap=2)
        head.addWidget(self._heading)
        head.addWidget(self.cause)
        top.addLayout(head, 1)
        inner.addLayout(top)
        inner.addSpacing(12)
        for heading, text in ((self._remedy_heading, self.remedy), (self._engineer_heading, self.engineer)):
            inner.addWidget(heading)
            inner.addWidget(text)
            inner.addSpacing(10)
        inner.addStretch(1)
        inner.addWidget(self._safe)
        tone(self.cause, Tone.WARN)
        return sheet

    def _side_panel(self) -> QFrame:
        sheet = panel("fault-side")
        inner = column(sheet, inset=INSET, gap=4)
        inner.addWidget(self._reference_caption)
        inner.addWidget(self.reference)
        inner.addSpacing(10)
        inner.addWidget(self._devices_heading)
        inner.addLayout(self._devices)
        inner.addStretch(1)
        return sheet
