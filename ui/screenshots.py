"""Pictures of the counter window at every stage, in every language: ``python -m ui.screenshots OUT_DIR``.

The real window draws the real terminal on the virtual branch; a scene says which script to run and
which moment to wait for. Nothing is drawn that a teller would not see at that moment.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from config.sources import load
from terminal.messages import LANGUAGES
from terminal.view import Action, Decision, Health, Stage
from ui.app import site_of
from ui.counter import SMALLEST, CounterWindow
from ui.dress import application
from ui.opening import Wanted, open_wanted

Moment = Callable[[CounterWindow], bool]
"""Is this what the picture is to show?"""
PATIENCE_S: Final = 180.0
"""A virtual case takes some seconds; a slow machine many."""


class NeverCame(RuntimeError):
    """The moment of a scene did not come within the time allowed."""


def grab(window: CounterWindow, name: str, folder: Path) -> list[Path]:
    """Save the window as it is now, once in each language; nothing new is drawn in between."""
    saved = []
    before = window.words.language
    for language in LANGUAGES:
        window.speak_in(language)
        _lay_out(window)
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


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its name and how to recognise its moment."""

    name: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Visit:
    """One virtual customer and the pictures taken on the way."""

    script: str
    scenes: tuple[Scene, ...]


def doing(stage: Stage) -> Moment:
    """The case is in `stage`."""
    return lambda window: window.snapshot.stage is stage


def ended(decision: Decision) -> Moment:
    """The case ended so, and its record has arrived at the centre."""

    def moment(window: CounterWindow) -> bool:
        result = window.snapshot.result
        return (
            window.snapshot.stage is Stage.DONE
            and result is not None
            and result.decision is decision
            and result.synced
        )

    return moment


def seen(window: CounterWindow) -> bool:
    """The card is read and the camera shows a face."""
    return window.snapshot.card is not None and window.preview is not None and window.preview.face is not None


def ready(window: CounterWindow) -> bool:
    """Every device is usable."""
    devices = window.snapshot.status.devices
    return bool(devices) and all(device.health is Health.HEALTHY for device in devices)


def capturing(window: CounterWindow) -> bool:
    """The face is good and no movement is asked for yet."""
    snapshot = window.snapshot
    good = window.preview is not None and window.preview.good
    return snapshot.stage is Stage.FACE and snapshot.challenge is None and snapshot.live_face is None and good


def guided(instruction: str) -> Moment:
    """The person is told `instruction`."""

    def moment(window: CounterWindow) -> bool:
        preview = window.preview
        capturing = window.snapshot.stage is Stage.FACE and window.snapshot.challenge is None
        return capturing and preview is not None and preview.guidance == instruction

    return moment


def challenged(window: CounterWindow) -> bool:
    """A movement is asked for."""
    return window.snapshot.challenge is not None and window.preview is not None


NEXT: Final = {
    Stage.IDLE: Action.BEGIN,
    Stage.CONSENT: Action.CONSENT,
    Stage.FAULT: Action.CANCEL,
    Stage.DONE: Action.FINISH,
}
"""What a teller presses at a stage to get on."""
VISITS: Final = (
    Visit(
        "genuine",
        (
            Scene("waiting", ready),
            Scene("consent", doing(Stage.CONSENT)),
            Scene("card-wanted", doing(Stage.CARD)),
            Scene("card-read", seen),
            Scene("capturing", capturing),
            Scene("challenge", challenged),
            Scene("accepted", ended(Decision.ACCEPT)),
        ),
    ),
    Visit(
        "two_people",
        (
            Scene("guide-one-person", guided("guide.one_person")),
            Scene("referred", ended(Decision.REFER)),
        ),
    ),
    Visit("nobody", (Scene("guide-no-face", guided("guide.no_face")),)),
    Visit("other_person", (Scene("refused", ended(Decision.REFUSE)),)),
    Visit("reader_unplugged", (Scene("device-fault", doing(Stage.FAULT)),)),
)


def take(visit: Visit, folder: Path) -> list[Path]:
    """Open the terminal on a virtual visit, walk through it and save its pictures."""
    door = open_wanted(Wanted(virtual=visit.script))
    window = CounterWindow(site_of(load().settings))
    try:
        window.resize(*SMALLEST)
        window.attach(door)
        window.show()
        return walk(window, visit.scenes, folder)
    finally:
        window.close()
        door.close()
        settle()


def walk(window: CounterWindow, scenes: Iterable[Scene], folder: Path) -> list[Path]:
    """Begin a case and save each scene when its moment comes; the customer consents when asked."""
    saved: list[Path] = []
    wait_for(window, ready)
    for scene in scenes:
        wait_for(window, partial(_moved_on, scene))
        saved += grab(window, scene.name, folder)
    return saved


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all pictures into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m ui.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application(["renzheng"])
    folder.mkdir(parents=True, exist_ok=True)
    for visit in VISITS:
        for path in take(visit, folder):
            sys.stdout.write(f"{path}\n")
    from ui.screenshots_of_cases import take_case

    for path in take_case(folder):
        sys.stdout.write(f"{path}\n")
    return 0


def _lay_out(window: CounterWindow) -> None:
    """Let Qt show, lay out and delete, but hear neither of the terminal nor of timers."""
    for _ in range(4):
        for widget in window.findChildren(QWidget):  # a layout shows new widgets by a call it posts to them
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.MetaCall)
        for kind in (QEvent.Type.DeferredDelete, QEvent.Type.Polish, QEvent.Type.LayoutRequest):
            QCoreApplication.sendPostedEvents(None, kind)


def _moved_on(scene: Scene, window: CounterWindow) -> bool:
    """True at the scene's moment; otherwise does what a teller would do to get there.

    A case that ended in another way is finished and begun again: on a slow machine a virtual customer may
    miss a movement.
    """
    if scene.moment(window):
        return True
    snapshot = window.snapshot
    if snapshot.stage is Stage.DONE and (snapshot.result is None or not snapshot.result.synced):
        return False
    action = NEXT.get(snapshot.stage)
    if action in snapshot.actions and action is not None:
        window.choose(action)
    return False


if __name__ == "__main__":
    sys.exit(main())
