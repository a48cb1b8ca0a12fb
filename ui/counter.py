"""The teller's window: draws the newest snapshot and hands intents to the terminal. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QSizePolicy, QStackedWidget, QWidget

from terminal.asking import Rank, Reply
from terminal.view import Action, Door, Preview, Shown, Snapshot, Stage
from ui.bridge import Bridge
from ui.fonts import SIMPLIFIED
from ui.site import Site
from ui.theme import LARGE, NORMAL, sheet
from ui.widgets.bars import ActionBar, StatusStrip, TitleBar
from ui.widgets.camera import CameraView
from ui.widgets.card import CardPanel
from ui.widgets.casework import CaseworkPage
from ui.widgets.compare import ComparePanel
from ui.widgets.idle import IdlePage
from ui.widgets.keys import KEYS
from ui.widgets.pages import ConsentPage, FaultPage, Page, StartingPage
from ui.widgets.pieces import INSET, column, row
from ui.widgets.prompt import Prompt, capturing
from ui.widgets.result import ResultPanel
from ui.widgets.ribbon import Ribbon
from ui.widgets.steps import StepsPanel
from ui.words import Words, words_in

SMALLEST: Final = (1366, 768)
BUSINESS_KEYS: Final = 4
"""F1 to F4; F5 and above are taken by actions."""
ENTER: Final = "Enter"
REPEAT_S: Final = 2.0
"""How long the same wish is not repeated; an idle terminal answers within a second."""


class CasePage(Page):
    """A running or finished case: camera and prompt on the left, data and result on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.camera, self.prompt = CameraView(), Prompt()
        self.card, self.steps = CardPanel(), StepsPanel()
        self.compare, self.result = ComparePanel(), ResultPanel()
        line = row(self, inset=INSET - 4)
        for parts, share in (
            ((self.camera, self.prompt), 49),
            ((self.card, self.steps), 38),
            ((self.compare, self.result), 45),
        ):
            side = QWidget()
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            lines = column(side)
            lines.addWidget(parts[0])
            lines.addWidget(parts[1], 1)
            line.addWidget(side, share)

    def forget(self, words: Words) -> None:
        """Drop the customer's data and photos while the page is hidden."""
        self.card.draw(None, words)
        self.compare.forget()

    def draw(self, snapshot: Snapshot, preview: Preview | None, words: Words, *, large: bool) -> None:
        """Draw all panels; the steps give way when the card's data need the room."""
        doubts = len(snapshot.card.doubts) if snapshot.card else 0
        self.camera.retell(words)
        self.camera.guide(capturing(snapshot))
        self.prompt.draw(snapshot, preview, words)
        self.card.draw(snapshot.card, words)
        self.steps.draw(snapshot.steps, words, compact=large or doubts > 1)
        self.compare.draw(snapshot, words)
        self.result.draw(snapshot, words)


class CounterWindow(QWidget):
    """Title, one page for the stage, actions, status. Give it a Door with `attach` when there is one."""

    closed = Signal()

    def __init__(self, site: Site, language: str = "zh", speak: Callable[[str], Words] = words_in) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(*SMALLEST)
        self._speak = speak
        self.words = speak(language)
        self.snapshot = Snapshot(actions=())
        self.preview: Preview | None = None
        self.trouble: Shown | None = None
        self._pressed: tuple[Action, Snapshot, float] | None = None
        self._door: Door | None = None
        self._bridge: Bridge | None = None
        self._large = site.larger_type
        self.title, self.action_bar, self.strip = TitleBar(site), ActionBar(), StatusStrip()
        self.starting, self.idle = StartingPage(), IdlePage(site)
        self.consent, self.case, self.fault = ConsentPage(), CasePage(), FaultPage()
        self.ribbon, self.casework = Ribbon(), CaseworkPage()
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self._restyle()
        self.redraw()
        self.title.start()

    def attach(self, door: Door) -> None:
        """From now on draw this terminal."""
        self._door = door
        self.idle.offer(door.businesses())
        self._bridge = Bridge(door, self)
        self._bridge.changed.connect(self.draw)
        self._bridge.pictured.connect(self.show_picture)
        self._bridge.start()

    @Slot(object)
    def draw(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""
        self.snapshot = snapshot
        self.redraw()

    @Slot(object)
    def show_picture(self, preview: Preview | None) -> None:
        """Draw a camera picture; the prompt follows when the guidance changed."""
        before, self.preview = self.preview, preview
        self.case.camera.show_picture(preview)
        self.casework.form.show_picture(preview)
        if _guided(before) != _guided(preview):
            self.case.prompt.draw(self.snapshot, preview, self.words)

    def show_trouble(self, shown: Shown) -> None:
        """Show a fault of the window itself, in front of everything; the first one stays until dismissed."""
        if self.trouble is None:
            self.trouble = shown
            self.redraw()

    def speak_in(self, language: str) -> None:
        """Say everything in another language, at once."""
        self.words = self._speak(language)
        self.redraw()

    def enlarge(self, large: bool) -> None:
        """Larger or normal type."""
        self._large = large
        self._restyle()
        self.redraw()

    def redraw(self) -> None:
        """Draw the newest snapshot with the present words."""
        shown = self._drawn()
        self.setWindowTitle(self.words.say("ui.product"))
        self.title.draw(shown, self.words, large=self._large)
        self._draw_ribbon(shown)
        self.strip.draw(shown.status, self.words)
        self.action_bar.draw(shown, self.words)
        page = self._page(shown)
        if page is self.starting:
            self.starting.draw(self.words)
        elif page is self.idle:
            self.idle.draw(shown, self.words)
        elif page is self.consent:
            self.consent.draw(shown, self.words)
        elif page is self.fault:
            self.fault.draw(shown, self.words)
        if page is self.casework:
            self.casework.draw(shown, self.words)
        else:
            self.casework.forget()
        if page is self.case:
            self.case.draw(shown, self.preview, self.words, large=self._large)
        elif shown.card is None:
            self.case.forget(self.words)
        before = self._pages.currentWidget()
        self._pages.setCurrentWidget(page)
        self.action_bar.setVisible(page is not self.casework or Action.FINISH in shown.actions)
        if page is self.idle and before is not page:
            self.idle.clear_search()
            self.idle.take_keys()

    @Slot(object)
    def reply(self, reply: Reply) -> None:
        """Somebody answered what is asked."""
        if self._door is not None:
            self._door.reply(reply)

    @Slot(str)
    def resume(self, case_id: str) -> None:
        """Somebody wants to go on with a case that waits."""
        if self._door is not None:
            self._door.resume(case_id)

    @Slot(str)
    def hand_over(self, case_id: str) -> None:
        """Somebody wants to give a case that waits to another terminal."""
        if self._door is not None:
            self._door.hand_over(case_id)

    @Slot()
    def take_over(self) -> None:
        """Somebody wants to take over a case of another terminal."""
        if self._door is not None:
            self._door.take_over()

    @Slot(Action)
    def choose(self, action: Action) -> None:
        """A person chose `action`; the terminal says what comes of it."""
        if self._door is None or action not in self._drawn().actions:
            return
        if self.trouble is not None:
            self.trouble = None
            self.redraw()
        elif self._repeats(action):
            return
        elif action is Action.BEGIN:
            self._door.begin(self.idle.business)
        else:
            self._door.act(action)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop timers and the bridge first; whoever opened the terminal closes it afterwards."""
        self.title.stop()
        if self._bridge is not None:
            self._bridge.close()
        self._door = None
        super().closeEvent(event)
        self.closed.emit()

    def _repeats(self, action: Action) -> bool:
        """True for a second press before the terminal answered the first: it must not begin two cases."""
        now = time.monotonic()
        before, self._pressed = self._pressed, (action, self.snapshot, now)
        same = before is not None and before[0] is action and before[1] is self.snapshot
        if same and before is not None and now - before[2] < REPEAT_S:
            self._pressed = before
            return True
        return False

    def _drawn(self) -> Snapshot:
        """The newest snapshot, or the window's own trouble in its place."""
        if self.trouble is None:
            return self.snapshot
        actions = (Action.RETRY,) if self._door is not None else ()
        return Snapshot(stage=Stage.FAULT, shown=self.trouble, actions=actions, status=self.snapshot.status)

    def _page(self, shown: Snapshot) -> QWidget:
        if self._door is None and self.trouble is None:
            return self.starting
        if shown.stage is Stage.DONE and shown.case is not None:
            return self.casework
        match shown.stage:
            case Stage.IDLE:
                return self.idle
            case Stage.ASKING | Stage.WORKING:
                return self.casework
            case Stage.CONSENT:
                return self.consent
            case Stage.FAULT:
                return self.fault
            case _:
                return self.case

    def _draw_ribbon(self, shown: Snapshot) -> None:
        """The case in hand, unless a question is for the customer's eyes alone."""
        view, ask = shown.case, shown.ask
        self.ribbon.setVisible(view is not None)
        if view is None:
            self.ribbon.forget()
            return
        self.ribbon.draw(view, ask.for_party if ask is not None else view.checking, self.words)

    def _key(self, key: str) -> None:
        """The first action on offer that has this key; in a question, the option."""
        if self._pages.currentWidget() is self.casework and self.casework.form.ask is not None:
            if key == ENTER:
                self.casework.form.press(Rank.PRIMARY)
                return
            self.casework.form.press_key(key)
        for action in self._drawn().actions:
            if KEYS[action] == key:
                self.choose(action)
                return

    def _lay_out(self) -> None:
        whole = column(self, gap=0)
        whole.addWidget(self.title)
        whole.addWidget(self.ribbon)
        for page in (self.starting, self.idle, self.consent, self.case, self.fault, self.casework):
            self._pages.addWidget(page)
        whole.addWidget(self._pages, 1)
        whole.addWidget(self.action_bar)
        whole.addWidget(self.strip)

    def _connect(self) -> None:
        self.action_bar.chosen.connect(self.choose)
        self.consent.chosen.connect(self.choose)
        self.casework.replied.connect(self.reply)
        self.idle.resumed.connect(self.resume)
        self.idle.given.connect(self.hand_over)
        self.idle.taken.connect(self.take_over)
        self.idle.begun.connect(partial(self.choose, Action.BEGIN))
        self.title.chosen.connect(self.choose)
        self.title.language_asked.connect(self._other_language)
        self.title.size_asked.connect(self._other_size)
        for key in sorted(set(KEYS.values())):
            self._shortcut(key, partial(self._key, key))
        for number in range(BUSINESS_KEYS):
            self._shortcut(f"F{number + 1}", partial(self._choose_business, number))
        self._shortcut("F11", self._other_size)
        self._shortcut("F12", self._other_language)

    def _choose_business(self, number: int) -> None:
        if self._page(self._drawn()) is self.idle:
            self.idle.choose(number)

    def _shortcut(self, key: str, then: Callable[[], None]) -> None:
        shortcut = QShortcut(self)
        shortcut.setKeys(
            [QKeySequence("Return"), QKeySequence("Enter")] if key == ENTER else [QKeySequence(key)]
        )
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(then)

    @Slot()
    def _other_language(self) -> None:
        self.speak_in("en" if self.words.language == "zh" else "zh")

    @Slot()
    def _other_size(self) -> None:
        self.enlarge(not self._large)

    def _restyle(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setStyleSheet(sheet(LARGE if self._large else NORMAL, SIMPLIFIED))


def _guided(preview: Preview | None) -> tuple[str | None, bool]:
    return (None, False) if preview is None else (preview.guidance, preview.good)
