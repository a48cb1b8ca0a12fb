"""Devices that do what a test tells them: come and go, hang, fail; and ways to wait for what follows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from drivers.api import About, Can, Frame, Kind
from drivers.errors import DeviceError, Missing
from terminal.choice import Choice


class Plugged:
    """One made-up device behind `Bench.open`; `plugged` and `errors` say how it fares."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.plugged = True
        self.errors: dict[str, Exception] = {}
        self.hanging: dict[str, threading.Event] = {}
        self.opened = 0
        self.closed = 0
        self.frames = 0

    def hang(self, call: str) -> None:
        """From now on `call` does not return until `release`."""
        self.hanging[call] = threading.Event()

    def release(self) -> None:
        """Let everything that hangs return."""
        while self.hanging:
            self.hanging.popitem()[1].set()

    def at(self, call: str) -> None:
        """What happens to whoever calls: nothing, a hang, an error."""
        waiting = self.hanging.get(call)
        if waiting is not None:
            waiting.wait(60)
        if not self.plugged:
            raise Missing(f"{self.kind.value}.unplugged", self.kind.value)
        if call in self.errors:
            raise self.errors[call]


class Opened:
    """An open made-up device: each method asks its `Plugged` first."""

    def __init__(self, source: Plugged) -> None:
        self._source = source
        self._gone = False
        self.about = About("made-up", "", model=source.kind.value, serial="1", simulated=True)
        self.can = Can.NOTHING

    def check(self) -> None:
        self._at("check")

    def wait_for_card(self, seconds: float) -> bool:
        self._at("wait_for_card")
        time.sleep(min(seconds, 0.02))
        return False

    def frame(self, seconds: float) -> Frame:
        self._at("frame")
        time.sleep(0.01)
        self._source.frames += 1
        image = np.random.default_rng(self._source.frames).integers(0, 255, (24, 32, 3), np.uint8)
        return Frame(image, self._source.frames, time.monotonic())

    def wait_for_document(self, seconds: float) -> bool:
        self._at("wait_for_document")
        return False

    def wait_for_finger(self, seconds: float) -> bool:
        self._at("wait_for_finger")
        return False

    def strokes(self) -> tuple[()]:
        self._at("strokes")
        return ()

    def cancel(self) -> None:
        self._at("cancel")

    def play(self, sound: object) -> None:
        self._at("play")

    def playing(self) -> bool:
        return False

    def stop(self) -> None:
        self._at("stop")

    def close(self) -> None:
        self._gone = True
        self._source.closed += 1
        waiting = self._source.hanging.get("close")
        if waiting is not None:
            waiting.wait(60)

    def _at(self, call: str) -> None:
        if self._gone:
            raise Missing(f"{self._source.kind.value}.closed", self._source.kind.value)
        try:
            self._source.at(call)
        except Missing:
            self._gone = True
            raise


class Bench:
    """Opens made-up devices by name."""

    def __init__(self, *kinds: Kind) -> None:
        self.devices = {kind.value: Plugged(kind) for kind in kinds}
        self.choices = tuple(Choice(kind, "made-up", "") for kind in kinds)

    def __getitem__(self, kind: Kind) -> Plugged:
        return self.devices[kind.value]

    def open(self, choice: Choice) -> Any:
        source = self.devices[choice.kind.value]
        source.at("open")
        source.opened += 1
        return Opened(source)

    def release(self) -> None:
        for each in self.devices.values():
            each.release()


def until(ask: Callable[[], object], seconds: float = 5.0, what: str = "it never came") -> float:
    """Wait until `ask` says yes; how long that took."""
    began = time.monotonic()
    while not ask():
        assert time.monotonic() - began < seconds, what
        time.sleep(0.005)
    return time.monotonic() - began


def error_of(work: Callable[[], object]) -> DeviceError:
    """The error that `work` raises."""
    try:
        work()
    except DeviceError as error:
        return error
    raise AssertionError("no error was raised")
