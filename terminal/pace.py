"""Measures the pace of camera and card reader while another device hangs: ``renzheng bench`` and tests."""

from __future__ import annotations

import enum
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drivers.api import About, Can, Kind
from drivers.errors import DeviceError
from terminal.choice import Choice, Opener, open_choice
from terminal.devices import KeptDevice
from terminal.supervisor import Supervisor
from terminal.view import Health

READY_SECONDS = 30.0
HANGING = "hanging"


class Hang(enum.StrEnum):
    """Where the other device hangs."""

    NOWHERE = "nowhere"
    OPEN = "open"
    CHECK = "check"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured."""

    camera_fps: float
    card_ms: float
    """Median time of reading one card."""
    cards: int
    named: str | None
    """Code under which the device that hangs is shown."""


class _Hanging:
    """Does nothing, and does not return where it hangs."""

    about = About(HANGING, "", vendor="Simulated", model="Hangs", simulated=True)
    can = Can.NOTHING

    def __init__(self, where: Hang, released: threading.Event) -> None:
        self._where = where
        self._released = released
        self._hang_at(Hang.OPEN)

    def check(self) -> None:
        self._hang_at(Hang.CHECK)

    def work(self) -> None:
        self._hang_at(Hang.WORK)

    def close(self) -> None:
        """Nothing to release."""

    def _hang_at(self, call: Hang) -> None:
        if self._where is call:
            self._released.wait()


def measure(
    choices: tuple[Choice, ...],
    insert: Callable[[], None],
    remove: Callable[[], None],
    hang: Hang,
    seconds: float,
    opener: Opener = open_choice,
) -> Pace:
    """Read cards and frames side by side for `seconds`, all `choices` open and one more device hanging.

    `insert` and `remove` play the person at the reader. Raises `DeviceError` when a device does not open.
    """
    released = threading.Event()

    def open_one(choice: Choice) -> Any:
        return _Hanging(hang, released) if choice.driver == HANGING else opener(choice)

    everything = (*choices, Choice(Kind.STAFF_FINGERPRINT, HANGING, "", name=HANGING))
    kept = tuple(KeptDevice[Any](each, lambda: None, open_one) for each in everything)
    supervisor = Supervisor(kept)
    supervisor.start()
    try:
        for each in kept[:-1]:
            _wait_for(each)
        if hang is Hang.WORK:
            threading.Thread(target=_work, args=(kept[-1],), name="working", daemon=True).start()
        frames = _Frames(_of(supervisor, Kind.CAMERA), seconds)
        frames.start()
        times = list(_cards(_of(supervisor, Kind.CARD_READER), insert, remove, seconds))
        frames.join()
        return Pace(
            frames.per_second, statistics.median(times) if times else 0.0, len(times), kept[-1].view().code
        )
    finally:
        released.set()
        supervisor.close()


class _Frames(threading.Thread):
    """Takes every frame for some seconds."""

    def __init__(self, camera: KeptDevice[Any], seconds: float) -> None:
        super().__init__(name="camera:pace", daemon=True)
        self._camera = camera
        self._seconds = seconds
        self.per_second = 0.0

    def run(self) -> None:
        began = time.monotonic()
        count = 0
        while time.monotonic() - began < self._seconds:
            try:
                self._camera.get().frame(1.0)
                count += 1
            except DeviceError as error:
                self._camera.lost(error)
        self.per_second = count / (time.monotonic() - began)


def _cards(
    reader: KeptDevice[Any], insert: Callable[[], None], remove: Callable[[], None], seconds: float
) -> list[float]:
    """Milliseconds for each card that was laid down and read."""
    times: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        insert()
        device = reader.get()
        device.wait_for_card(2.0)
        began = time.monotonic()
        device.read()
        times.append((time.monotonic() - began) * 1000)
        remove()
        time.sleep(0.5)
    return times


def _work(kept: KeptDevice[Any]) -> None:
    try:
        kept.get().work()
    except DeviceError:
        return


def _of(supervisor: Supervisor, kind: Kind) -> KeptDevice[Any]:
    kept = supervisor.of(kind)
    if kept is None:
        raise ValueError(f"no {kind}")
    return kept


def _wait_for(kept: KeptDevice[Any]) -> None:
    """Until it is open; what keeps it from that is raised."""
    ends = time.monotonic() + READY_SECONDS
    while kept.view().health in (Health.OPENING, Health.LOST):
        if time.monotonic() > ends:
            kept.get()
            return
        time.sleep(0.02)
