"""Rigs of the iris camera: the simulated near-infrared camera over HTTP, and drawn eyes in a folder."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2

from drivers.capture import Eye
from drivers.errors import Busy, DeviceError, Garbled, Missing, Retry, TimedOut, Unsupported
from drivers.iris.synthetic import draw
from drivers.sim.handle import Simulated
from tests.contract.rig import Bench, Injected, Rig

SETTLING_S = 0.3
"""Until pictures from before a fault have passed."""


def _work(device: Any) -> object:
    return device.capture([Eye.LEFT], 1.5)


@contextmanager
def _http() -> Iterator[Bench]:
    with Simulated("drivers.iris.simulator") as sim:
        options = {"good_pictures": 3, "camera": {"stall_seconds": 2.0}}
        yield Bench(sim.address, options, lambda: None, _work, sim.unplug, sim.replug, sim)


@contextmanager
def _images() -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="renzheng-eyes-"))
    eye = folder / "eye.png"

    def clear() -> None:
        cv2.imwrite(str(eye), draw(2, Eye.LEFT))

    try:
        clear()
        sim = SimpleNamespace(eye=eye, clear=clear)
        options = {"camera": {"loop": True, "fps": 20.0}}
        yield Bench(f"images:{folder}", options, lambda: None, _work, None, None, sim)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(name: str, error: type[DeviceError], code: str, at_open: bool = False) -> Injected:
    def inject(bench: Bench) -> None:
        bench.sim.fault(name)
        time.sleep(0.0 if at_open else SETTLING_S)

    return Injected(name, inject, error, code, at_open)


def _nobody(bench: Bench) -> None:
    bench.sim.tell("eye none")
    time.sleep(SETTLING_S)


RIGS = (
    Rig(
        "iris-camera",
        "http",
        _http,
        (
            _told("blurred", Retry, "iris.blurred"),
            _told("dark", Retry, "iris.too_dark"),
            _told("bright", Retry, "iris.too_bright"),
            _told("closed", Retry, "iris.closed"),
            Injected("nobody", _nobody, Retry, "iris.none"),
            _told("hang", TimedOut, "camera.timed_out"),
            _told("drop", Missing, "camera.unplugged"),
            _told("damaged", Garbled, "camera.damaged"),
            _told("refuse", Busy, "camera.busy", at_open=True),
            Injected(
                "unplugged_before_open",
                lambda bench: bench.sim.unplug(),
                Missing,
                "camera.missing",
                at_open=True,
            ),
        ),
    ),
    Rig(
        "iris-camera",
        "images",
        _images,
        (
            Injected("empty", lambda bench: bench.sim.eye.unlink(), Missing, "camera.missing", at_open=True),
            Injected(
                "no_picture",
                lambda bench: bench.sim.eye.write_bytes(b"none"),
                Unsupported,
                "camera.not_a_picture",
                at_open=True,
            ),
        ),
    ),
)
