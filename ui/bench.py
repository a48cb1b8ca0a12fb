"""How quick the window is: ``python -m ui.bench --json --seconds 8 [--virtual SCRIPT]``.

Measures the time from the start of the process to the first window on screen, the camera pictures painted
a second, the frames that the networks look at a second while a person is watched, how late the Qt thread is
for a heartbeat every 10 ms, and the memory. Without ``--virtual`` a door gives 640×480 pictures at 30 a
second and a changing case; with it the real terminal does, networks running.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from terminal.asking import Label, Reply
from terminal.caseview import BusinessLine
from terminal.latest import Latest
from terminal.view import Action, CardView, Image, Preview, Snapshot, Stage, Status
from ui.counter import SMALLEST, CounterWindow
from ui.dress import application
from ui.opening import ClosableDoor, Wanted, open_wanted
from ui.site import Site

BEAT_MS: Final = 10
FRAMES_A_SECOND: Final = 30
SNAPSHOTS_A_SECOND: Final = 10
WARM_UP_S: Final = 1.0
READY_S: Final = 60.0
PICTURES: Final = 30


@dataclass(frozen=True, slots=True)
class Measured:
    """What the bench prints."""

    first_window_ms: float
    preview_fps: float
    looks_fps: float
    """Frames a second that the networks looked at while a person was watched."""
    late_p99_ms: float
    peak_mb: float
    """Most memory that this process took: window, networks, devices."""


class PatternDoor:
    """A Door that a thread feeds with noisy pictures and a changing case; for measuring only."""

    def __init__(self) -> None:
        self._pictures = [_picture(number) for number in range(PICTURES)]
        self._newest: Latest[Preview] = Latest()
        self._snapshot = _snapshot(0)
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="pattern")

    def start(self) -> None:
        """Begin to feed."""
        self._thread.start()

    def close(self) -> None:
        """Stop feeding."""
        self._stop.set()
        self._thread.join(5)

    def begin(self, business: str) -> None:
        """Nothing: the case runs by itself."""

    def act(self, action: Action) -> None:
        """Nothing: the case runs by itself."""

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._snapshot

    def subscribe(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Hear of every change."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def preview(self) -> Preview | None:
        """The newest picture."""
        return self._newest.peek()

    def reply(self, reply: Reply) -> None:
        """Nothing is asked."""

    def resume(self, case_id: str) -> None:
        """Nothing waits."""

    def hand_over(self, case_id: str) -> None:
        """Nothing waits."""

    def take_over(self) -> None:
        """There are no other terminals."""

    def businesses(self) -> tuple[BusinessLine, ...]:
        """One."""
        return (BusinessLine("verify_identity", Label("business.verify_identity")),)

    def _feed(self) -> None:
        begun = time.monotonic()
        number = 0
        while not self._stop.wait(max(0.0, begun + number / FRAMES_A_SECOND - time.monotonic())):
            number += 1
            guidance = None if number % 60 > 20 else "guide.come_closer"
            face = (220.0 + 40 * math.sin(number / 15), 120.0, 180.0, 230.0)
            picture = self._pictures[number % PICTURES]
            self._newest.put(Preview(picture, number, face, guidance, guidance is None))
            if number % (FRAMES_A_SECOND // SNAPSHOTS_A_SECOND) == 0:
                self._snapshot = _snapshot(number)
                for listener in tuple(self._listeners):
                    listener(self._snapshot)


class Heartbeat(QObject):
    """Notes how late each beat of a precise timer is, and how long the camera picture was on screen."""

    def __init__(self, window: CounterWindow) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self.shown_s = 0.0
        self.watched_s = 0.0
        self.looks = 0
        self._window = window
        self._preview_before: Preview | None = None
        self._before = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to beat."""
        self._before = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._before) * 1000 - BEAT_MS))
        if self._window.case.camera.isVisible():
            self.shown_s += now - self._before
        before, preview = self._preview_before, self._window.preview
        if before is not None and preview is not None and before.watched and preview.watched:
            self.watched_s += now - self._before
            self.looks += preview.looks - before.looks
        self._preview_before = preview
        self._before = now


class PaintCount(QObject):
    """Counts how often a widget was painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Count and let pass."""
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def measure(seconds: float, script: str | None) -> Measured:
    """Open the window, run it for `seconds`, close everything."""
    application(["renzheng"])
    window = CounterWindow(Site("bench", "bench"))
    window.resize(*SMALLEST)
    window.show()
    QApplication.processEvents()
    first_ms = _since_process_start_ms()
    door = _door(script)
    try:
        window.attach(door)
        _run_until(lambda: _showing(window), READY_S)
        _run_for(WARM_UP_S)
        return replace(_watch(window, door, seconds), first_window_ms=round(first_ms, 1))
    finally:
        window.close()
        door.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m ui.bench", description="Measure the window.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long to measure")
    parser.add_argument(
        "--virtual", metavar="SCRIPT", help="measure with the real terminal on virtual devices"
    )
    asked = parser.parse_args(arguments)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = asdict(measure(asked.seconds, asked.virtual))
    lines = [f"{name:16} {value}" for name, value in figures.items()]
    sys.stdout.write((json.dumps(figures) if asked.json else "\n".join(lines)) + "\n")
    return 0


def _door(script: str | None) -> ClosableDoor:
    if script is not None:
        return open_wanted(Wanted(virtual=script, unattended=True))
    door = PatternDoor()
    door.start()
    return door


def _showing(window: CounterWindow) -> bool:
    """True once the face is being looked at; begins a case when none is open."""
    if window.snapshot.stage is Stage.IDLE:
        window.choose(Action.BEGIN)
    return window.snapshot.stage is Stage.FACE and window.preview is not None


def _watch(window: CounterWindow, door: ClosableDoor, seconds: float) -> Measured:
    """Case after case, so that the networks of a real terminal are at work all the time."""
    camera = window.case.camera
    paints, beat = PaintCount(camera), Heartbeat(window)
    begun = time.perf_counter()
    beat.start()
    while time.perf_counter() - begun < seconds:
        _run_for(0.25)
        if window.snapshot.stage in (Stage.IDLE, Stage.DONE):
            door.begin(door.businesses()[0].name)
    beat.stop()
    camera.removeEventFilter(paints)
    late = float(np.percentile(beat.late_ms, 99)) if beat.late_ms else math.inf
    shown = max(beat.shown_s, 0.001)
    looks_fps = beat.looks / max(beat.watched_s, 0.001)
    return Measured(0.0, round(paints.count / shown, 2), round(looks_fps, 2), round(late, 2), _peak_mb())


def _run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _run_until(there: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not there():
        if time.monotonic() > until:
            raise TimeoutError("the window showed no face in time")
        _run_for(0.02)


def _since_process_start_ms() -> float:
    """Milliseconds since the system made this process (Linux: proc(5), field 22 of stat)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    begun = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - begun) * 1000


def _peak_mb() -> float:
    """Most memory in use so far (getrusage(2); Linux counts in kilobytes)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _picture(number: int) -> Image:
    random = np.random.default_rng(number)
    ramp = np.linspace(40, 200, 640, dtype=np.float32)[None, :, None] * np.ones((480, 1, 3), np.float32)
    return np.clip(ramp + random.normal(0, 12, (480, 640, 3)), 0, 255).astype(np.uint8)


def _snapshot(number: int) -> Snapshot:
    card = CardView(
        "resident", "—", "", "1", "", "1990-01-01", "—", "000000********0000", "—", "", "long_term"
    )
    turning = "turn_left" if number % 90 > 60 else None
    status = Status(online=True, waiting=number % 7, simulated=True)
    return Snapshot(
        stage=Stage.FACE,
        business="business.verify_identity",
        challenge=turning,
        tries=number // 90 % 3,
        max_tries=3,
        card=card,
        chip_photo=CHIP,
        actions=(Action.CANCEL,),
        status=status,
    )


CHIP: Final = np.full((126, 102, 3), 180, np.uint8)


if __name__ == "__main__":
    sys.exit(main())
