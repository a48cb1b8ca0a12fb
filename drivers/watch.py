"""Says when something is plugged in or pulled out: by udev where it speaks, by looking again everywhere.

udev knows nothing of network addresses, pseudo-terminals and links, and does not run in every container,
so device nodes and the paths among the addresses are looked at in any case, twice a second.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
SUBSYSTEMS = ("tty", "usb", "hidraw", "video4linux", "sound")
UDEV_CONTROL = Path("/run/udev/control")
"""There while a udev daemon runs; without one its monitor stays silent for ever."""
NODES = (
    "/dev/serial/by-id/*",
    "/dev/v4l/by-path/*",
    "/dev/ttyUSB*",
    "/dev/ttyACM*",
    "/dev/hidraw*",
    "/dev/video*",
    "/dev/usb/lp*",
    "/dev/bus/usb/*/*",
)
CLOSE_SECONDS = 3.0


class Way(enum.StrEnum):
    """How changes are noticed."""

    UDEV = "udev"
    POLLING = "polling"


@dataclass(frozen=True, slots=True)
class Plug:
    """Something came or went."""

    node: str
    """Its path below ``/dev``, or the path of an address."""
    present: bool


class PlugWatch:
    """A thread that tells `changed` of every plug; close it after use.

    `addresses` are looked at where they are paths (``serial:/dev/…``, ``v4l2:/dev/…``, ``/dev/…``). With
    `monitor` None, udev is asked where it runs; False never; anything else is used as its monitor.
    """

    def __init__(
        self,
        changed: Callable[[Plug], None],
        addresses: Iterable[str] = (),
        *,
        nodes: Sequence[str] = NODES,
        monitor: Any = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._changed = changed
        self._paths = tuple(path for path in map(path_of, addresses) if path)
        self._nodes = tuple(nodes)
        self._poll_seconds = poll_seconds
        self._monitor = _udev_monitor() if monitor is None else monitor or None
        self._stop = threading.Event()
        self._seen: dict[str, tuple[int, int]] = {}
        self._thread = threading.Thread(target=self._run, name="plugs", daemon=True)

    @property
    def way(self) -> Way:
        """How it notices."""
        return Way.UDEV if self._monitor is not None else Way.POLLING

    def start(self) -> None:
        """Begin to watch; what is there now is no news."""
        self._seen = self._look()
        if self._monitor is not None:
            self._monitor.start()
        self._thread.start()
        log.info("plugs.watched", way=self.way)

    def close(self) -> None:
        """Stop. Safe twice."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._wait()
                self._compare()
            except Exception as error:  # noqa: BLE001  lane loop: a plug more or less must not end the watch
                log.warning("plugs.failed", cause=type(error).__name__)
                self._stop.wait(self._poll_seconds)

    def _wait(self) -> None:
        """Until something may have changed."""
        if self._monitor is None:
            self._stop.wait(self._poll_seconds)
            return
        event = self._monitor.poll(timeout=self._poll_seconds)
        while event is not None and not self._stop.is_set():
            node = event.device_node
            if node and event.action in ("add", "remove"):
                self._tell(Plug(str(node), event.action == "add"))
            event = self._monitor.poll(timeout=0)

    def _compare(self) -> None:
        now, before = self._look(), self._seen
        self._seen = now
        for node in before.keys() - now.keys():
            self._tell(Plug(node, False))
        for node in now.keys() - before.keys():
            self._tell(Plug(node, True))
        for node in now.keys() & before.keys():
            if now[node] != before[node]:  # pulled and plugged in again between two looks
                self._tell(Plug(node, False))
                self._tell(Plug(node, True))

    def _look(self) -> dict[str, tuple[int, int]]:
        """What is there, each with what it is: an inode, which another device does not have."""
        wanted = [*self._paths]
        if self._monitor is None:
            wanted += [str(found) for each in self._nodes for found in Path("/").glob(each.lstrip("/"))]
        seen = {}
        for path in wanted:
            try:
                state = Path(path).stat()
            except OSError:
                continue
            seen[path] = (state.st_ino, state.st_rdev)
        return seen

    def _tell(self, plug: Plug) -> None:
        log.info("plugs.changed", node=plug.node, present=plug.present)
        self._changed(plug)


def path_of(address: str) -> str:
    """The path in an address such as ``serial:/dev/ttyUSB0``; empty when it holds none."""
    scheme, colon, rest = address.partition(":")
    path = rest if colon and "/" not in scheme else address
    return path if path.startswith("/") and not path.startswith("//") else ""


def _udev_monitor() -> Any:
    """udev's monitor of the subsystems our devices belong to; None where there is no udev."""
    if not UDEV_CONTROL.exists():
        return None
    try:
        import pyudev

        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
    except (ImportError, OSError) as error:
        log.info("plugs.no_udev", cause=type(error).__name__)
        return None
    return monitor
