"""The three bars: title on top, actions and status at the bottom."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QDateTime, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QWidget

from terminal.view import Action, DeviceView, Health, Snapshot, Stage, Status
from ui.site import Site
from ui.theme import Ink, Tone
from ui.widgets.keys import KEYS, KeyButton
from ui.widgets.pieces import clear, label, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

PRIMARY: Final = (Action.FINISH, Action.RETRY, Action.BEGIN)
"""The first of these on offer is the one big button."""
HEALTHS: Final[dict[Health, tuple[str, str, Tone]]] = {
    Health.OPENING: ("doing", Ink.INFO, Tone.INFO),
    Health.HEALTHY: ("done", Ink.GOOD, Tone.GOOD),
    Health.ATTENTION: ("alert", Ink.WARN, Tone.WARN),
    Health.LOST: ("failed", Ink.BAD, Tone.BAD),
}
QUIET: Final = (Health.HEALTHY, Health.OPENING)
MOST_IN_WORDS: Final = 3
"""Of more devices, the strip says the health in words only where somebody must see to it."""
MOST_BY_NAME: Final = 6
"""Of still more, those that are well are counted."""


class TitleBar(QFrame):
    """Product, branch, terminal, business, time, type size and language."""

    language_asked = Signal()
    size_asked = Signal()
    chosen = Signal(Action)

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.setObjectName("title")
        self.setFixedHeight(56)
        self._site = site
        self._product, self._place = label("product"), label("place", name="place")
        self._business = label("business", name="business")
        self._clock = label("clock", name="clock")
        self.type_size, self.language = KeyButton("bar", 36), KeyButton("bar", 36)
        self.type_size.setObjectName("size")
        self.language.setObjectName("language")
        self._operator = label("place", name="operator")
        self.staff = {each: KeyButton("bar", 36) for each in (Action.LOCK, Action.SIGN_OUT)}
        for action, button in self.staff.items():
            button.setObjectName(f"action-{action}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, chosen=action: self.chosen.emit(chosen))
        for button, asked in ((self.type_size, self.size_asked), (self.language, self.language_asked)):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(asked)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.tick)
        self.tick()

    def start(self) -> None:
        """Let the clock run."""
        self._timer.start()

    def stop(self) -> None:
        """Stop the clock."""
        self._timer.stop()

    def draw(self, snapshot: Snapshot, words: Words, *, large: bool) -> None:
        """Show where we are and what is being done."""
        self._product.setText(words.say("ui.product"))
        known = f"ui.branch.{self._site.branch}"
        branch = words.say(known) if words.knows(known) else self._site.branch
        say(self._place, "  ".join(part for part in (branch, self._site.terminal) if part))
        alone = snapshot.business and snapshot.case is None
        say(self._business, words.under("business", snapshot.business) if alone else "")
        say(self._operator, snapshot.operator)
        for action, button in self.staff.items():
            button.setVisible(action in snapshot.actions)
            button.show_text(words.under("action", action))
        self.type_size.show_text(words.say("ui.type.normal" if large else "ui.type.large"), "F11")
        self.language.show_text(words.say("ui.other_language"), "F12")

    @Slot()
    def tick(self) -> None:
        """Show the time."""
        self._clock.setText(QDateTime.currentDateTime().toString("yyyy-MM-dd  HH:mm"))

    def _lay_out(self) -> None:
        line = row(self, gap=14)
        line.setContentsMargins(18, 0, 16, 0)
        line.addWidget(Symbol("shield", 30, Ink.ON_BRAND))
        line.addWidget(self._product)
        line.addWidget(_upright(Ink.BRAND_SOFT))
        line.addWidget(self._place)
        line.addStretch(1)
        line.addWidget(self._business)
        line.addStretch(1)
        line.addWidget(self._operator)
        for part in (*self.staff.values(), self._clock, self.type_size, self.language):
            line.addWidget(part)


class ActionBar(QFrame):
    """The buttons the snapshot offers, except those a page shows itself."""

    chosen = Signal(Action)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._hint = label("quiet", wrap=True, name="hint")
        self.buttons: dict[Action, KeyButton] = {}
        line = row(self, gap=12)
        line.setContentsMargins(18, 8, 16, 8)
        line.addWidget(self._hint, 1)
        for action in (
            Action.CANCEL,
            Action.CANNOT_DO,
            Action.DECLINE,
            Action.CONSENT,
            Action.RETRY,
            Action.BEGIN,
            Action.FINISH,
        ):
            button = KeyButton("secondary", 48)
            button.setObjectName(f"action-{action}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, chosen=action: self.chosen.emit(chosen))
            self.buttons[action] = button
            line.addWidget(button)

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Show what may be done now."""
        say(self._hint, words.say(f"ui.hint.{snapshot.stage}"))
        on_page = {Action.LOCK, Action.SIGN_OUT}
        if snapshot.stage is Stage.CONSENT:
            on_page |= {Action.CONSENT, Action.DECLINE}
        offered = [action for action in snapshot.actions if action not in on_page]
        primary = next((action for action in PRIMARY if action in offered), None)
        used: set[str] = set()
        for action in offered:
            key = "" if KEYS[action] in used else KEYS[action]
            used.add(KEYS[action])
            self.buttons[action].show_text(words.under("action", action), key)
        for action, button in self.buttons.items():
            button.setVisible(action in offered)
            _rank(button, "primary" if action is primary else "secondary")


class StatusStrip(QFrame):
    """Devices with their health, the line to the centre, what waits, and the mark of simulation."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setFixedHeight(40)
        line = row(self, gap=16)
        line.setContentsMargins(18, 0, 16, 0)
        self.mark = label("mark", name="simulated")
        self._devices = row(gap=18)
        self._network_symbol, self.network = Symbol("waiting", 16), label("strip", name="network")
        self.waiting, self.rejected = label("strip", name="waiting"), label("strip", name="rejected")
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(self._devices)
        line.addStretch(1)
        network = row(gap=7)
        network.addWidget(self._network_symbol)
        network.addWidget(self.network)
        line.addLayout(network)
        for part in (self.waiting, self.rejected):
            line.addWidget(_upright(Ink.LINE))
            line.addWidget(part)
        self._drawn: tuple[tuple[DeviceView, ...], str] | None = None

    def draw(self, status: Status, words: Words) -> None:
        """Show the state of everything around."""
        say(self.mark, words.say("ui.strip.simulated") if status.simulated else "")
        if self._drawn != (status.devices, words.language):
            self._drawn = (status.devices, words.language)
            clear(self._devices)
            for part in _device_parts(status.devices, words):
                self._devices.addWidget(part)
        self._draw_network(status, words)
        self.waiting.setText(words.say("ui.strip.waiting", {"count": status.waiting}))
        tone(self.waiting, Tone.WARN if status.waiting else Tone.PLAIN)
        self.rejected.setText(words.say("ui.strip.rejected", {"count": status.rejected}))
        tone(self.rejected, Tone.BAD if status.rejected else Tone.PLAIN)

    def _draw_network(self, status: Status, words: Words) -> None:
        if status.online is None:
            look, code = ("waiting", Ink.FAINT), "ui.strip.untried"
        elif status.online:
            look, code = ("done", Ink.GOOD), "ui.strip.online"
        else:
            look, code = ("alert", Ink.WARN), "ui.strip.offline"
        self._network_symbol.show_as(*look)
        self.network.setText(words.say(code, {"since": status.offline_since or NO_TIME}))
        tone(self.network, Tone.WARN if status.online is False else Tone.PLAIN)


NO_TIME: Final = "--:--"


def _device_parts(devices: tuple[DeviceView, ...], words: Words) -> list[QWidget]:
    """All devices, or, where there are many, those that need somebody and how many are well."""
    well = [each for each in devices if each.health is Health.HEALTHY]
    if len(devices) <= MOST_BY_NAME:
        brief = len(devices) > MOST_IN_WORDS
        return [device_line(each, words, brief=brief and each.health in QUIET) for each in devices]
    parts = [device_line(each, words) for each in devices if each not in well]
    counted = label("strip", name="ready")
    counted.setText(words.say("ui.strip.ready", {"count": len(well)}))
    counted.setToolTip("\n".join(_name(each, words) for each in well))
    return [*parts, counted]


def _name(device: DeviceView, words: Words) -> str:
    """Its kind, with a number where there are several."""
    kind = words.label(f"ui.device.{device.kind}")
    number = device.name.removeprefix(f"{device.kind}-")
    return f"{kind} {number}" if number.isdigit() else kind


def device_line(device: DeviceView, words: Words, *, brief: bool = False) -> QWidget:
    """One device: symbol, kind, health in a word unless `brief`; the model and the cause as tool tip."""
    symbol, colour, mood = HEALTHS[device.health]
    part = QWidget()
    part.setObjectName(f"device-{device.kind}")
    line = row(part, gap=7)
    line.addWidget(Symbol(symbol, 16, colour))
    name, health = label("strip"), label("strip", name="health")
    name.setText(_name(device, words))
    health.setText("" if brief else words.say(f"ui.health.{device.health}"))
    if brief:
        health.hide()
    tone(health, mood)
    line.addWidget(name)
    line.addWidget(health)
    line.addStretch(1)
    cause = words.say(device.code, {"kind": device.kind}) if device.code else ""
    part.setToolTip("\n".join(text for text in (device.label, cause) if text))
    return part


def _rank(button: KeyButton, rank: str) -> None:
    if button.property("rank") == rank:
        return
    button.setProperty("rank", rank)
    for part in (button, *button.findChildren(QWidget)):
        part.style().unpolish(part)
        part.style().polish(part)


def _upright(colour: str) -> QFrame:
    line = QFrame()
    line.setFixedSize(1, 20)
    line.setStyleSheet(f"background: {colour}; border: 0;")
    return line
