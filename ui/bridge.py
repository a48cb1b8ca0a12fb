"""The only door between the core's threads and Qt's.

Snapshots come from a terminal thread: the newest is kept in one slot and a queued signal wakes the Qt
thread, so a busy window skips snapshots instead of lagging behind. Pictures are never signalled; a
precise timer pulls the newest one from the terminal and skips what was shown already.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from terminal.view import Door, Preview, Snapshot

PULL_MS = 33
"""Thirty pictures a second, the rate of common cameras."""


class Bridge(QObject):
    """Turns one Door into two signals of the Qt thread. Make and close it there."""

    changed = Signal(object)
    """A new Snapshot; from the Qt thread only."""
    pictured = Signal(object)
    """A new Preview, or None once when the camera stops giving pictures."""
    _woken = Signal()

    def __init__(self, door: Door, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._door = door
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._awake = False
        self._open = True
        self._number: int | None = None
        self._blank = False
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PULL_MS)
        self._timer.timeout.connect(self._pull)
        self._unsubscribe = door.subscribe(self._arrived)

    def start(self) -> None:
        """Deliver the present snapshot, then every change and every picture."""
        self.changed.emit(self._door.snapshot())
        self._timer.start()

    def close(self) -> None:
        """Stop the timer and the subscription; nothing is emitted afterwards. Safe twice."""
        self._timer.stop()
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._newest = None
        self._unsubscribe()

    def _arrived(self, snapshot: Snapshot) -> None:
        """Runs in a terminal thread."""
        with self._lock:
            if not self._open:
                return
            self._newest = snapshot
            if self._awake:
                return
            self._awake = True
            self._woken.emit()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            self._awake = False
            snapshot, self._newest = self._newest, None
        if snapshot is not None:
            self.changed.emit(snapshot)

    @Slot()
    def _pull(self) -> None:
        preview: Preview | None = self._door.preview()
        if preview is None:
            if not self._blank:
                self._blank, self._number = True, None
                self.pictured.emit(None)
            return
        if preview.number != self._number:
            self._blank, self._number = False, preview.number
            self.pictured.emit(preview)
