"""Opens the terminal beside the window, so that the window is there first, and closes it after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from PySide6.QtCore import QObject, Signal

from terminal.reference import new_reference
from terminal.view import Door, Shown

log = structlog.get_logger(__name__)
CLOSING_S: Final = 60.0
"""Opening loads networks and enrols the terminal; closing waits for it to come to an end."""


class ClosableDoor(Door, Protocol):
    """A running terminal."""

    def close(self) -> None:
        """End it: case, devices, book, line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which terminal the command line asks for; nothing means what the settings say."""

    virtual: str | None = None
    reader: str | None = None
    camera: str | None = None
    unattended: bool = False
    staffed: bool = False
    """Somebody works here: whole cases, by who signs in."""
    way: str | None = None
    """How the virtual people behave, where a visit is not asked for."""


def open_wanted(wanted: Wanted) -> ClosableDoor:
    """The one place where the window meets the terminal's composition; imported late because it is heavy."""
    from terminal.app import Options, open_terminal
    from terminal.virtual.ways import CONDUCT, Way

    return open_terminal(
        Options(
            virtual=wanted.virtual,
            reader=wanted.reader,
            camera=wanted.camera,
            unattended=wanted.unattended,
            staffed=wanted.staffed,
            conduct=CONDUCT[Way(wanted.way)] if wanted.way else None,
        )
    )


class Opening(QObject):
    """Runs an opener in a thread of its own; tells the Qt thread what came of it."""

    opened = Signal(object)
    failed = Signal(object)
    """A Shown with what kept the terminal from opening."""

    def __init__(self, opener: Callable[[], ClosableDoor]) -> None:
        super().__init__()
        self._opener = opener
        self._door: ClosableDoor | None = None
        self._thread = threading.Thread(target=self._run, name="opening")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Wait for the opening to end and close what was opened. Call it after the window has closed."""
        if self._thread.ident is not None:
            self._thread.join(CLOSING_S)
        if self._door is not None:
            self._door.close()
            self._door = None

    def _run(self) -> None:
        try:
            self._door = self._opener()
        except Exception as error:  # noqa: BLE001 - end of a lane: the screen must say it
            self.failed.emit(cause_of(error))
            return
        self.opened.emit(self._door)


def cause_of(error: BaseException) -> Shown:
    """What to show of an error: its own code where it has one, and a reference that is in the log, too."""
    reference = new_reference()
    code = getattr(error, "code", None)
    facts = getattr(error, "facts", None) or getattr(error, "detail", None)
    log.error("ui.terminal_not_opened", reference=reference, code=code, exc_info=error)
    shown = code if isinstance(code, str) and "." in code else "ui.cannot_start"
    return Shown(shown, facts if isinstance(facts, Mapping) else {}, reference)
