"""Pictures of the counter window at every stage, in every language: ``python -m ui.screenshots OUT_DIR``.

The real window draws the real terminal on the virtual branch; a scene says which script to run and
which moment to wait for. Nothing is drawn that a teller would not see at that moment.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication

from terminal.messages import LANGUAGES
from terminal.view import Action, Decision, Snapshot, Stage, StepState
from ui.counter import SMALLEST, CounterWindow

Moment = Callable[[CounterWindow], bool]
PATIENCE_S: Final = 90.0
"""A virtual case takes some seconds; a slow machine many."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its name, the virtual script that leads there, and how to recognise the moment."""

    name: str
    script: str
    moment: Moment


class NeverCame(RuntimeError):
    """The moment of a scene did not come within the time allowed."""


def grab(window: CounterWindow, name: str, folder: Path) -> list[Path]:
    """Save the window as it is now, once in each language."""
    saved = []
    before = window.words.language
    for language in LANGUAGES:
        window.speak_in(language)
        settle()
        path = folder / f"counter-{name}-{language}.png"
        if not window.grab().save(str(path)):
            raise OSError(f"cannot write {path.name}")
        saved.append(path)
    window.speak_in(before)
    return saved


def settle(rounds: int = 3) -> None:
    """Let Qt lay out and delete what is to be deleted."""
    for _ in range(rounds):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for(window: CounterWindow, moment: Moment, seconds: float = PATIENCE_S) -> None:
    """Run the window until `moment`; raises NeverCame."""
    until = time.monotonic() + seconds
    while not moment(window):
        if time.monotonic() > until:
            raise NeverCame(f"stage {window.snapshot.stage} after {seconds:.0f} s")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)


