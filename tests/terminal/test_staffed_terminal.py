"""A staffed terminal with devices, networks, centre and book: sign-in, lock, a whole case, a cut in it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COUNTER = Path(__file__).parents[1] / "counter"
if str(COUNTER) not in sys.path:
    sys.path.insert(0, str(COUNTER))

from answering import Teller  # noqa: E402

from config.paths import HOME  # noqa: E402
from terminal.app import Options, open_terminal  # noqa: E402
from terminal.asking import Ask, Reply  # noqa: E402
from terminal.running import Terminal  # noqa: E402
from terminal.view import Action, Snapshot, Stage  # noqa: E402
from terminal.virtual.staff import ADMINISTRATORS, OTHERS, PASSWORD  # noqa: E402
from terminal.virtual.ways import CONDUCT, Way  # noqa: E402

COLLEAGUES = {role.value: each.number for each in (*ADMINISTRATORS, *OTHERS) for role in each.roles}
SECONDS = 120


class Person:
    """Watches the screen and acts on it, as `answer` says."""

    def __init__(self, terminal: Terminal, answer: Callable[[Ask], Reply | None]) -> None:
        self.terminal = terminal
        self.answer = answer
        self.seen: list[Snapshot] = []
        self._last = 0
        self._moved = threading.Condition()
        terminal.subscribe(self.watch)
        terminal.refresh()

    def watch(self, snapshot: Snapshot) -> None:
        with self._moved:
            self.seen.append(snapshot)
            self._moved.notify_all()
        if snapshot.stage is Stage.CONSENT:
            self.terminal.act(Action.CONSENT)
        if snapshot.ask is not None and snapshot.ask.number > self._last:
            self._last = snapshot.ask.number
            reply = self.answer(snapshot.ask)
            if reply is not None:
                self.terminal.reply(reply)

    def wait(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        with self._moved:
            assert self._moved.wait_for(lambda: wanted(self.terminal.snapshot()), SECONDS), self.seen[-1]
        return self.terminal.snapshot()


def teller() -> Callable[[Ask], Reply | None]:
    usual = Teller(CONDUCT[Way.ACCEPTED], PASSWORD, COLLEAGUES)

    def answer(ask: Ask) -> Reply | None:
        if ask.title.code == "ask.sign_in.title":
            return Reply(ask.number, "sign_in", {"number": "t01", "password": PASSWORD})
        return usual.answer(ask)

    return answer


@contextmanager
def opened() -> Iterator[Terminal]:
    terminal = open_terminal(Options(conduct=CONDUCT[Way.ACCEPTED], staffed=True))
    try:
        yield terminal
    finally:
        terminal.close()


def idle(snapshot: Snapshot) -> bool:
    return snapshot.stage is Stage.IDLE and bool(snapshot.operator)


def asked(code: str) -> Callable[[Snapshot], bool]:
    return lambda snapshot: snapshot.ask is not None and snapshot.ask.title.code == code


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_staff_sign_in_and_lock_and_a_case_goes_on_after_a_cut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    with opened() as terminal:
        person = Person(terminal, lambda _: None)
        first = person.wait(asked("ask.sign_in.title"))
        assert first.ask is not None and not first.actions
        terminal.begin("activate_dormant")
        terminal.reply(Reply(first.ask.number, "sign_in", {"number": "t01", "password": "wrong"}))
        again = person.wait(lambda each: each.ask is not None and each.ask.trouble is not None)
        assert again.ask is not None and again.operator == ""
        terminal.reply(Reply(again.ask.number, "sign_in", {"number": "t01", "password": PASSWORD}))
        assert Action.LOCK in person.wait(idle).actions
        terminal.act(Action.LOCK)
        locked = person.wait(asked("ask.unlock.title"))
        assert locked.ask is not None and not locked.actions
        terminal.begin("activate_dormant")
        terminal.reply(Reply(locked.ask.number, "unlock", {"password": PASSWORD}))
        person.wait(idle)
        usual = teller()
        person.answer = lambda ask: None if ask.title.code == "ask.review.title" else usual(ask)
        terminal.begin("activate_dormant")
        person.wait(asked("ask.review.title"))  # and here the program is closed
    with opened() as terminal:
        person = Person(terminal, teller())
        (left,) = person.wait(lambda each: idle(each) and bool(each.parked)).parked
        terminal.resume(left.case_id)
        done = person.wait(lambda each: each.case is not None and each.case.end is not None)
        assert done.case is not None and done.case.end is not None
        assert (done.case.case_id, done.case.end.ending) == (left.case_id, "ending.accepted")
        titles = [each.ask.title.code for each in person.seen if each.ask is not None]
        assert "profile.individual" not in titles, "nothing is typed twice"
        terminal.act(Action.FINISH)
        person.wait(lambda each: idle(each) and not each.parked)
