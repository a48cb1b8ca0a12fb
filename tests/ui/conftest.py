"""Fixtures for the window: offscreen, real texts, no Qt warning tolerated, nothing left running."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "counter", HERE.parent / "cases"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from PySide6.QtWidgets import QApplication  # noqa: E402
from ui_scenes import PlayedDoor  # noqa: E402

from ui.counter import SMALLEST, CounterWindow  # noqa: E402
from ui.dress import application  # noqa: E402
from ui.screenshots import settle  # noqa: E402
from ui.site import Site  # noqa: E402

SITE = Site(
    branch="virtual",
    terminal="terminal-1",
    service_standard="普通业务等候不超过十分钟\n一次性告知所需材料",
    negative_list="不得代客户操作\n不得要求客户提供密码",
    supervision_phone="0571-12345678",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every Qt warning in this folder's tests is a failure."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            # the offscreen platform says so of every window with a smallest size
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    """The QApplication with our style and type face."""
    return application([])


@pytest.fixture
def door() -> PlayedDoor:
    return PlayedDoor()


@pytest.fixture
def window(dressed: QApplication, door: PlayedDoor) -> Iterator[CounterWindow]:
    """A shown counter window at its smallest size, attached to `door`; closed, and nothing is left of it."""
    before = set(threading.enumerate())
    made = CounterWindow(SITE)
    made.resize(*SMALLEST)
    made.show()
    made.attach(door)
    settle()
    yield made
    made.close()
    made.deleteLater()
    settle()
    assert not door.listeners
    assert set(threading.enumerate()) <= before
