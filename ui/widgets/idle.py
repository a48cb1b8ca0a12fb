"""The page between two cases: which business, which cases wait, what the public must be shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from terminal.caseview import BusinessLine, ParkedCase
from terminal.view import Snapshot
from ui.site import Site
from ui.theme import Ink, Tone
from ui.widgets.keys import KeyButton
from ui.widgets.pages import Page
from ui.widgets.pieces import GAP, UPRIGHT, clear, column, label, panel, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

MOVES: Final = (("card", "card"), ("face", "face"), ("report", "report"))
"""Symbol and text key of the three moves of every case."""
KEYED: Final = 4
"""Businesses that a function key chooses."""
MOST_PARKED: Final = 4
"""More waiting cases are counted."""
SIDEWAYS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class IdlePage(Page):
    """A list of businesses that narrows while one types, and beside it what waits and what is shown."""

    resumed = Signal(str)
    given = Signal(str)
    """A waiting case is to be handed over."""
    taken = Signal()
    """A case of another terminal is to be taken over."""
    begun = Signal()

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self._title, self._lead = label("page-title"), label("lead", wrap=True)
        self.search, self.list = QLineEdit(), QListWidget()
        self._offered: tuple[BusinessLine, ...] = ()
        self._words: Words | None = None
        self._parked: tuple[tuple[ParkedCase, ...], str] | None = None
        self._parked_heading, self._parked_lines = label("section"), column(gap=8)
        self._moves = [(label("body"), label("quiet", wrap=True)) for _ in MOVES]
        self._moves_heading = label("section")
        self._notices = row(gap=GAP)
        self._lay_out()

    @property
    def offered(self) -> tuple[BusinessLine, ...]:
        """Everything that can be begun here."""
        return self._offered

    @property
    def business(self) -> str:
        """The chosen business."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def choose(self, number: int) -> None:
        """Choose by position among those shown, as the function keys do; out of range is ignored."""
        if 0 <= number < self.list.count():
            self.list.setCurrentRow(number)

    def offer(self, businesses: tuple[BusinessLine, ...]) -> None:
        """Offer these; the first is chosen."""
        if businesses != self._offered:
            self._offered = businesses
            self.search.clear()
            self._narrow()

    def draw(self, snapshot: Snapshot, words: Words) -> None:
        """Say everything in this language; what went wrong with the last case first."""
        retold = self._words is not words
        self._words = words
        self._title.setText(words.say("ui.idle.title"))
        shown = snapshot.shown
        self._banner.setVisible(shown is not None)
        self._told.setText(words.tell(shown) if shown else "")
        reference = shown.reference if shown else ""
        say(self._reference, f"{words.say('ui.fault.reference')}  {reference}" if reference else "")
        self._lead.setText(words.say("ui.idle.lead"))
        self.search.setPlaceholderText(words.say("ui.idle.search"))
        self.search.setVisible(len(self._offered) > KEYED)
        if retold:
            self._narrow()
        self._moves_heading.setText(words.say("ui.idle.moves"))
        for (_, key), (head, text) in zip(MOVES, self._moves, strict=True):
            head.setText(words.say(f"ui.idle.{key}"))
            text.setText(words.say(f"ui.idle.{key}.text"))
        self._draw_parked(snapshot.parked, words)
        self.take.setVisible(snapshot.passes)
        self.take.show_text(words.say("ui.idle.take_over"))
        self._draw_notices(words)

    def take_keys(self) -> None:
        """Let what is typed search."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear_search(self) -> None:
        """For the next customer: everything again, the first chosen."""
        if self.search.text():
            self.search.clear()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the search field move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in SIDEWAYS:
            self.list.keyPressEvent(event)
            return True
        return False

    def _narrow(self) -> None:
        """Show what fits what was typed, in either language."""
        typed = self.search.text().casefold().split()
        before = self.business
        self.list.clear()
        for each in self._offered:
            title = each.title
            told = f"{title.zh} {title.en} {each.name}".casefold()
            if all(part in told for part in typed):
                self._add(each)
        names = [self.list.item(place).data(Qt.ItemDataRole.UserRole) for place in range(self.list.count())]
        self.choose(names.index(before) if before in names else 0)

    def _add(self, each: BusinessLine) -> None:
        place = self.list.count()
        title = self._words.of(each.title) if self._words is not None else each.title.zh
        key = f"F{place + 1}" if place < KEYED else ""
        item = QListWidgetItem(f"{title}    {key}" if key else title)
        item.setData(Qt.ItemDataRole.UserRole, each.name)
        self.list.addItem(item)

    def _draw_parked(self, parked: tuple[ParkedCase, ...], words: Words) -> None:
        if self._parked == (parked, words.language):
            return
        self._parked = (parked, words.language)
        clear(self._parked_lines)
        for part in (self._moves_panel, self._moves_heading):
            part.setVisible(not parked)
        say(self._parked_heading, words.say("ui.idle.parked", {"count": len(parked)}) if parked else "")
        for case in parked[-MOST_PARKED:]:
            button = KeyButton("tile", 52, spread=True)
            button.setObjectName(f"parked-{case.case_id}")
            button.show_text(_parked_text(case, words))
            button.clicked.connect(lambda _checked=False, id_=case.case_id: self.resumed.emit(id_))
            give = KeyButton("secondary", 52)
            give.setObjectName(f"give-{case.case_id}")
            give.show_text(words.say("ui.idle.hand_over"))
            give.clicked.connect(lambda _checked=False, id_=case.case_id: self.given.emit(id_))
            both = QWidget()
            line = row(both, gap=8)
            line.addWidget(button, 1)
            line.addWidget(give)
            self._parked_lines.addWidget(both)

    def _draw_notices(self, words: Words) -> None:
        clear(self._notices)
        for key, notice, share in (
            ("standard", self._site.service_standard, 2),
            ("negative", self._site.negative_list, 2),
            ("phone", self._site.supervision_phone, 1),
        ):
            if notice:
                told = _notice(words.say(f"ui.idle.{key}"), notice.splitlines(), key)
                self._notices.addWidget(told, share)

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

    def _lay_out(self) -> None:
        outer = column(self, gap=GAP)
        outer.setContentsMargins(48, 20, 48, 16)
        for part in (self._title, self._lead):
            outer.addWidget(part)
        outer.addWidget(self._trouble())
        both = row(gap=28)
        left = column(gap=10)
        self.search.setObjectName("search")
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._narrow)
        self.list.setObjectName("businesses")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemDoubleClicked.connect(lambda _item: self.begun.emit())
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        both.addLayout(left, 11)
        both.addLayout(self._beside(), 10)
        outer.addLayout(both, 1)
        outer.addLayout(self._notices)

    def _beside(self) -> QVBoxLayout:
        right = column(gap=10)
        right.addWidget(self._parked_heading)
        right.addLayout(self._parked_lines)
        self.take = KeyButton("secondary", 44)
        self.take.setObjectName("take-over")
        self.take.clicked.connect(self.taken)
        right.addWidget(self.take)
        right.addWidget(self._moves_heading)
        moves = panel("moves")
        lines = column(moves, inset=14, gap=10)
        for (symbol, _), (head, text) in zip(MOVES, self._moves, strict=True):
            line = row(gap=14)
            line.addWidget(Symbol(symbol, 36, Ink.PRIMARY), 0, Qt.AlignmentFlag.AlignVCenter)
            said = column(gap=1)
            said.addWidget(head)
            said.addWidget(text)
            line.addLayout(said, 1)
            lines.addLayout(line)
        self._moves_panel = moves
        right.addWidget(moves)
        right.addStretch(1)
        return right


def _parked_text(case: ParkedCase, words: Words) -> str:
    missing = words.say("ui.list").join(words.of(each) for each in case.missing)
    facts = {"business": words.of(case.business), "since": case.since, "missing": missing}
    if case.until:
        return words.say("ui.idle.waits", {**facts, "until": words.day(case.until)})
    return words.say("ui.idle.interrupted", facts)


def _notice(heading: str, lines: list[str], name: str) -> QFrame:
    sheet = panel(f"notice-{name}")
    inner = column(sheet, inset=14, gap=4)
    head = label("section")
    head.setText(heading)
    inner.addWidget(head)
    for line in lines:
        text = label("quiet", wrap=True)
        text.setText(line)
        inner.addWidget(text)
    return sheet
