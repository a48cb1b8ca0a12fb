"""Starts the window: first the window, then the terminal behind it.

Order: command line and settings → QApplication with our type face → window → first picture on screen →
terminal opened in its own thread → the window draws it. Closing runs backwards: timers and bridge with the
window, then the event loop, then the terminal. Everything unexpected ends in `Alarm`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, NoReturn

import structlog
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from config import logs
from config.paths import paths
from config.settings import Settings
from config.sources import WrongSettings, load
from terminal.messages import LANGUAGES
from terminal.reference import new_reference
from terminal.view import Shown
from terminal.virtual.ways import Way
from ui.counter import CounterWindow
from ui.dress import application
from ui.opening import Opening, Wanted, cause_of, open_wanted
from ui.site import Site

log = structlog.get_logger(__name__)
WAYS: Final = tuple(map(str, Way))
EX_USAGE: Final = 64
EX_UNAVAILABLE: Final = 69


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the window until it is closed; returns the exit code."""
    asked = parse(sys.argv[1:] if arguments is None else arguments)
    if not has_screen(os.environ):
        sys.stderr.write("No display to open a window on. Use: renzheng run --headless\n")
        return EX_UNAVAILABLE
    settings, trouble = _settings()
    logs.set_up(settings.logs, paths().logs)
    qt = application(sys.argv[:1])
    window = CounterWindow(site_of(settings), asked.language or settings.ui.language.value)
    alarm = Alarm(window)
    alarm.watch()
    wanted = Wanted(asked.virtual, asked.reader, asked.camera, staffed=True, way=asked.way)
    opening = Opening(lambda: open_wanted(wanted))
    opening.opened.connect(window.attach, Qt.ConnectionType.QueuedConnection)
    opening.failed.connect(window.show_trouble, Qt.ConnectionType.QueuedConnection)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    window.show()
    if trouble is None:
        QTimer.singleShot(0, opening.start)
    else:
        window.show_trouble(trouble)
    code = qt.exec()
    opening.close()
    alarm.rest()
    return code


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; wrong usage ends the process with 64."""
    parser = _Parser(prog="python -m ui", description="Renzheng: the window at the counter.")
    parser.add_argument("--virtual", metavar="SCRIPT", help="play a visit on virtual devices")
    parser.add_argument("--way", choices=WAYS, help="how people of whole cases on virtual devices behave")
    parser.add_argument("--reader", metavar="ADDRESS", help="card reader, for example /dev/ttyUSB0")
    parser.add_argument("--camera", metavar="SOURCE", help="camera, for example v4l2:/dev/video0")
    parser.add_argument("--language", choices=LANGUAGES, help="language in which the window opens")
    parser.add_argument("--profile", choices=("counter",), default="counter", help="kind of window")
    asked = parser.parse_args(arguments)
    if (asked.virtual or asked.way) and (asked.reader or asked.camera):
        parser.error("--virtual and --way play on virtual devices; leave --reader and --camera out")
    if asked.virtual and asked.way:
        parser.error("--virtual plays one visit, --way whole cases; leave one out")
    if bool(asked.reader) != bool(asked.camera):
        parser.error("--reader and --camera belong together")
    return asked


def has_screen(environ: Mapping[str, str]) -> bool:
    """True when a window can be opened; without a display Qt ends the process."""
    if not sys.platform.startswith("linux"):
        return True
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def site_of(settings: Settings) -> Site:
    """What the window shows of the settings."""
    return Site(
        branch=settings.terminal.branch,
        terminal=settings.terminal.id,
        service_standard=settings.ui.service_standard,
        negative_list=settings.ui.negative_list,
        supervision_phone=settings.ui.supervision_phone,
        larger_type=settings.ui.larger_type,
    )


class Alarm(QObject):
    """The top-level hook: logs what nobody caught and shows it with its reference, from any thread."""

    raised = Signal(object)

    def __init__(self, window: CounterWindow) -> None:
        super().__init__()
        self.raised.connect(window.show_trouble, Qt.ConnectionType.QueuedConnection)

    def watch(self) -> None:
        """Hear of every uncaught error from now on."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_elsewhere

    def rest(self) -> None:
        """Leave it to Python again."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        reference = new_reference()
        log.critical("ui.unexpected", reference=reference, exc_info=(kind, error, trace))
        self.raised.emit(Shown("ui.unexpected", {}, reference))

    def _uncaught_elsewhere(self, failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None:
            self._uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)


class _Parser(argparse.ArgumentParser):
    """Ends with the code for wrong usage that the command line uses, too."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog}: {message}\n")


def _settings() -> tuple[Settings, Shown | None]:
    """The settings, or the defaults with what is wrong with the settings."""
    try:
        return load().settings, None
    except WrongSettings as error:
        return Settings(), cause_of(error)
