"""Snapshots cross from the terminal's threads in order, newest first when busy; pictures are pulled."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal
from ui_scenes import Heard, PlayedDoor, frame

from terminal.view import Snapshot, Stage
from ui.bridge import PULL_MS, Bridge
from ui.counter import CounterWindow
from ui.screenshots import settle
from ui.site import Site


@pytest.fixture
def bridge(dressed, door: PlayedDoor):
    made = Bridge(door)
    yield made
    made.close()
    made.deleteLater()
    settle()


def numbered(*numbers: int) -> list[Snapshot]:
    return [Snapshot(case_id=str(number)) for number in numbers]


def test_the_present_snapshot_comes_first(bridge: Bridge, door: PlayedDoor) -> None:
    door.now = Snapshot(stage=Stage.CARD)
    heard = Heard()
    bridge.changed.connect(heard.note)
    bridge.start()
    assert heard.values == [door.now]


def test_snapshots_of_another_thread_arrive_in_order_in_the_qt_thread(qtbot, bridge, door) -> None:
    heard, threads = Heard(), []
    bridge.changed.connect(heard.note)
    bridge.changed.connect(lambda _: threads.append(threading.current_thread()))
    for number in range(20):
        door.play_elsewhere(*numbered(number))
        qtbot.waitUntil(lambda number=number: len(heard.values) == number + 1, timeout=2000)
    assert [each.case_id for each in heard.values] == [str(number) for number in range(20)]
    assert set(threads) == {threading.main_thread()}


def test_a_busy_window_gets_only_the_newest(qtbot, bridge, door) -> None:
    heard = Heard()
    bridge.changed.connect(heard.note)
    door.play_elsewhere(*numbered(*range(500)))
    qtbot.waitUntil(lambda: bool(heard.values), timeout=2000)
    QCoreApplication.processEvents()
    assert [each.case_id for each in heard.values] == ["499"]


def test_many_threads_never_bring_an_older_one_last(qtbot, bridge, door) -> None:
    heard = Heard()
    bridge.changed.connect(heard.note)
    lock, count = threading.Lock(), iter(range(4000))

    def publish() -> None:
        for _ in range(1000):
            with lock:
                door.play(Snapshot(case_id=str(next(count))))

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        QCoreApplication.processEvents()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: bool(heard.values) and heard.values[-1].case_id == "3999", timeout=2000)
    numbers = [int(each.case_id) for each in heard.values]
    assert numbers == sorted(numbers)


def test_pictures_are_pulled_and_not_shown_twice(qtbot, bridge, door) -> None:
    heard = Heard()
    bridge.pictured.connect(heard.note)
    door.picture = frame(number=1)
    bridge.start()
    qtbot.waitUntil(lambda: len(heard.values) == 1, timeout=2000)
    qtbot.wait(PULL_MS * 5)
    assert len(heard.values) == 1
    door.picture = replace(door.picture, number=2)
    qtbot.waitUntil(lambda: len(heard.values) == 2, timeout=2000)
    door.picture = None
    qtbot.waitUntil(lambda: len(heard.values) == 3, timeout=2000)
    qtbot.wait(PULL_MS * 4)
    assert heard.values[2] is None
    assert len(heard.values) == 3


def test_nothing_comes_after_closing(bridge, door) -> None:
    heard = Heard()
    bridge.changed.connect(heard.note)
    bridge.pictured.connect(heard.note)
    listener = door.listeners[0]
    door.play_elsewhere(*numbered(1))
    bridge.close()
    bridge.close()
    assert not door.listeners
    listener(Snapshot())
    door.picture = frame()
    settle()
    time.sleep(PULL_MS * 2 / 1000)
    settle()
    assert not heard.values


def test_closing_the_window_leaves_no_thread_timer_or_subscription(dressed, door) -> None:
    before = set(threading.enumerate())
    window = CounterWindow(Site("virtual", "terminal-1"))
    window.show()
    window.attach(door)
    settle()
    assert any(timer.isActive() for timer in window.findChildren(QTimer))
    window.close()
    assert not [timer for timer in window.findChildren(QTimer) if timer.isActive()]
    assert not window.findChildren(QThread)
    assert not door.listeners
    window.deleteLater()
    settle()
    assert set(threading.enumerate()) <= before


class Sender(QObject):
    told = Signal(bool)
    sent = Signal(object)
    plain = Signal()


def test_signals_do_not_eat_references(dressed) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one reference to True or None a call and then aborts."""
    sender, heard = Sender(), []
    sender.told.connect(heard.append)
    sender.sent.connect(heard.append)
    sender.plain.connect(heard.clear)
    sender.told.emit(True)
    watched = (True, None)
    before = [sys.getrefcount(each) for each in watched]
    for _ in range(50_000):
        sender.told.emit(True)
        sender.sent.emit(None)
        sender.plain.emit()
    after = [sys.getrefcount(each) for each in watched]
    for one, other in zip(before, after, strict=True):
        assert abs(one - other) < 500
