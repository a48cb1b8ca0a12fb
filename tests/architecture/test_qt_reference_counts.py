"""PySide6 must not eat references to True and None (6.12.0 does on Python 3.11 and then aborts)."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal, QTimer

class Bell(QObject):
    rung = Signal(bool)

application = QCoreApplication([])
bell = Bell()
timer = QTimer()
heard = []
bell.rung.connect(lambda on: None)

def work(times):
    for _ in range(times):
        bell.rung.emit(True)
        bell.rung.emit(False)
        timer.setInterval(5)
        timer.stop()
        bell.setObjectName("bell")
        bell.blockSignals(False)

work(200)
before = [sys.getrefcount(one) for one in (True, False, None)]
work(20_000)
after = [sys.getrefcount(one) for one in (True, False, None)]
print(*(b - a for a, b in zip(before, after)))
"""


def test_signals_and_calls_keep_reference_counts_steady():
    pytest.importorskip("PySide6")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert all(abs(int(drift)) < 100 for drift in done.stdout.split()), f"drift: {done.stdout}"


def test_the_version_is_one_that_was_measured():
    from PySide6 import __version_info__

    assert (6, 9, 3) <= tuple(__version_info__[:3]) < (6, 12, 0)
