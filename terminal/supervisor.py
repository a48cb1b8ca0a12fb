"""Looks after every chosen device: opens all at the start, reopens what returns, gives up what hangs.

What it knows is kept in a small file while the terminal runs, for ``renzheng devices`` beside it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from drivers.api import Kind
from drivers.watch import Plug, PlugWatch
from terminal.devices import KeptDevice
from terminal.view import DeviceView

log = structlog.get_logger(__name__)
TICK_SECONDS = 0.2
Watching = Callable[[Callable[[Plug], None], list[str]], PlugWatch]


class Supervisor:
    """All devices of the terminal; `heard` is told of every plug.

    `report` is where their health is written while it runs.
    """

    def __init__(
        self,
        devices: tuple[KeptDevice[Any], ...],
        report: Path | None = None,
        watching: Watching = PlugWatch,
        heard: Callable[[Plug], None] = lambda plug: None,
    ) -> None:
        self.devices = devices
        self._report = report
        self._heard = heard
        self._written: tuple[DeviceView, ...] | None = None
        self._watch = watching(self._plugged, [each.choice.address for each in devices])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)

    def start(self) -> None:
        """Open every device in the background; returns at once."""
        for each in self.devices:
            each.keep()
        self._watch.start()
        self._thread.start()

    def close(self) -> None:
        """Close every device, each within some seconds even when it hangs. Safe twice."""
        self._stop.set()
        self._watch.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        closers = [threading.Thread(target=each.close, name="closing", daemon=True) for each in self.devices]
        for closer in closers:
            closer.start()
        for closer in closers:
            closer.join(timeout=10)
        if self._report is not None:
            with suppress(OSError):  # a folder that became read-only must not keep the rest from closing
                self._report.unlink(missing_ok=True)

    def views(self) -> tuple[DeviceView, ...]:
        """Every device for the status strip, in the order of the settings."""
        return tuple(each.view() for each in self.devices)

    def of(self, kind: Kind) -> KeptDevice[Any] | None:
        """The first device of `kind`; None when there is none."""
        return next((each for each in self.devices if each.choice.kind is kind), None)

    def _plugged(self, plug: Plug) -> None:
        self._heard(plug)
        for each in self.devices:
            each.plugged()

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                for each in self.devices:
                    each.watch_over()
                self._write()
            except Exception as error:  # lane loop: supervision goes on whatever happens
                log.error("devices.supervision_failed", cause=type(error).__name__, exc_info=error)

    def _write(self) -> None:
        views = self.views()
        if self._report is None or views == self._written:
            return
        self._written = views
        rows = list(_rows(self.devices))
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        text = json.dumps(
            {"pid": os.getpid(), "life": _life(os.getpid()), "at": now, "devices": rows}, ensure_ascii=False
        )
        part = self._report.with_suffix(".part")
        with suppress(OSError):  # for people beside the terminal; the terminal itself does without
            part.write_text(text, encoding="utf-8")
            part.replace(self._report)


def reported(file: Path) -> dict[str, Any] | None:
    """What a running terminal wrote of its devices; None when none runs."""
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        lives = said["life"] == _life(int(said["pid"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    return said if lives else None


def _life(pid: int) -> str:
    """Which process this is: a number is given again, most of all after a power cut. `OSError` when none."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    began = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    return f"{boot} {began}"


def _rows(devices: tuple[KeptDevice[Any], ...]) -> Iterator[dict[str, Any]]:
    for each in devices:
        view = each.view()
        tested = [
            {"step": one.step, "ms": one.ms, "code": one.code, "facts": dict(one.facts)}
            for one in each.tested
        ]
        yield {
            "name": view.name,
            "kind": view.kind,
            "driver": each.choice.driver,
            "model": view.label,
            "health": view.health.value,
            "code": view.code,
            "simulated": view.simulated,
            "self_test": tested,
        }
