"""Every business entered and clicked in the counter window: to its good end, and by turns to every other.

All ends of every business are tried by the same questions in ``tests/counter``. Book, centre, rules and
window are real. The check before reader and camera comes as it would, and staff agree without a password;
both have tests of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from counters import Counter, open_counter
from PySide6.QtCore import Qt

from sync.store import Store
from terminal.asking import Label, Reply
from terminal.case.values import State
from terminal.caseview import BusinessLine
from terminal.checks.centre import Centre
from terminal.counter.overlay import overlaid
from terminal.ledger import Book
from terminal.rules.reading import rules_of
from terminal.rules.situation import Channel
from terminal.rules.today import shipped
from terminal.view import Action, Preview, Snapshot
from terminal.virtual.ways import CONDUCT, Way, ends
from ui.counter import CounterWindow
from ui.site import Site
from ui.widgets.form import Form

RULES = rules_of(shipped(), date.today())
AT_COUNTER = sorted(name for name, each in RULES.businesses.items() if Channel.COUNTER in each.channels)
SECONDS = 60_000


class CounterDoor:
    """The door of a counter whose cases run on a thread of their own, as the terminal's do."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._thread = threading.Thread(target=lambda: None)
        counter.desk._changed = self._tell  # type: ignore[method-assign]
        counter.questions._changed = self._tell  # type: ignore[method-assign]

    def begin(self, business: str) -> None:
        self._start(lambda: self.counter.desk.run(business))

    def resume(self, case_id: str) -> None:
        self._start(lambda: self.counter.desk.resume(case_id))

    def hand_over(self, case_id: str) -> None:
        self._start(lambda: self.counter.desk.hand_over(case_id))

    def take_over(self) -> None:
        self._start(self.counter.desk.take_over)

    def act(self, action: Action) -> None:
        assert action is Action.FINISH
        self.counter.desk.forget()

    def reply(self, reply: Reply) -> None:
        self.counter.questions.reply(reply)

    def snapshot(self) -> Snapshot:
        desk = self.counter.desk
        parked = desk.waiting() if desk.view is None and not self._thread.is_alive() else ()
        now = self.counter.questions.now
        return overlaid(Snapshot(), desk.view, now, parked, "teller-1", checking=False, passes=True)

    def subscribe(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def preview(self) -> Preview | None:
        return None

    def businesses(self) -> tuple[BusinessLine, ...]:
        return tuple(BusinessLine(name, Label.titled(RULES.businesses[name].title)) for name in AT_COUNTER)

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            work()
            self._tell()

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener(self.snapshot())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Store, Centre]]:
    with open_counter(tmp_path_factory.mktemp("counter")) as found:
        yield found


def enter(form: Form, values: dict[str, str]) -> None:
    """Type, choose and tick as somebody would."""
    for name, text in values.items():
        form.fields[name].enter(text)


def work(qtbot, window: CounterWindow, door: CounterDoor) -> None:
    """Answer in the window until the case is over or waits."""
    answered = 0
    form = window.casework.form

    def moved() -> bool:
        ask = form.ask
        return (ask is not None and ask.number > answered) or not door._thread.is_alive()

    while True:
        qtbot.waitUntil(moved, timeout=SECONDS)
        ask = form.ask
        if ask is None or ask.number <= answered:
            door.join()
            return
        answered = ask.number
        reply = door.counter.teller.answer(ask)
        enter(form, dict(reply.values))
        qtbot.mouseClick(form.buttons[reply.option], Qt.MouseButton.LeftButton)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("business", AT_COUNTER)
def test_a_business_comes_to_its_ends_in_the_window(
    qtbot, dressed, opened: tuple[Book, Store, Centre], business: str
) -> None:
    others = [way for way in Way if way is not Way.ACCEPTED]
    for way in (Way.ACCEPTED, others[AT_COUNTER.index(business) % len(others)]):
        counter = Counter(*opened, RULES, CONDUCT[way])
        door = CounterDoor(counter)
        window = CounterWindow(Site(), "zh")
        qtbot.addWidget(window)
        window.show()
        window.attach(door)
        qtbot.waitUntil(window.idle.isVisible, timeout=SECONDS)
        window.idle.choose(AT_COUNTER.index(business))
        window.choose(Action.BEGIN)
        work(qtbot, window, door)
        case = counter.last()
        if case.state is State.PARKED:
            qtbot.waitUntil(window.idle.isVisible, timeout=SECONDS)
            window.resume(case.case_id)
            work(qtbot, window, door)
            case = counter.last()
        demanded = {each.step for each in case.plan.required} if case.plan else set()
        assert case.ending in ends(way, demanded), f"{way}: {case.ending} {case.ground}"
        qtbot.waitUntil(window.casework.end.isVisible, timeout=SECONDS)
        said = window.casework.end.verdict.text()
        assert said == window.words.say(f"ending.{case.ending.value if case.ending else ''}")
        window.choose(Action.FINISH)
        window.close()
