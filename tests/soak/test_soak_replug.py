"""Reader and camera pulled and plugged in a hundred times in a row: back in time, and nothing grows."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.api import Kind
from drivers.camera.simulated import start_camera
from drivers.watch import PlugWatch
from terminal.choice import Choice
from terminal.devices import KeptDevice
from terminal.sight import Sight
from terminal.simulators import simulating
from terminal.supervisor import Supervisor
from terminal.view import Health

TIMES = 100
BACK_SECONDS = 5.0
WARM = 10
"""Rounds before counting begins: caches fill, allocators settle."""
SPARE_DESCRIPTORS = 2
SPARE_MEGABYTES = 20.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Networks:
    """Sight needs none here."""

    def warm_up(self) -> None:
        """Ready."""

    def close(self) -> None:
        """Nothing to close."""


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def until(kept: KeptDevice[Any], health: Health, seconds: float, began: float | None = None) -> float:
    began = time.monotonic() if began is None else began
    while kept.view().health is not health:
        assert time.monotonic() - began < seconds, f"{kept.choice.called} not {health} in {seconds} s"
        time.sleep(0.002)
    return time.monotonic() - began


def _next_picture(sight: Sight) -> int:
    """A picture arrives; its number."""
    ends = time.monotonic() + 2.0
    while (picture := sight.preview()) is None:
        assert time.monotonic() < ends, "no picture after plugging in"
        time.sleep(0.005)
    return picture.number


@pytest.fixture
def camera():
    with start_camera(fps=30) as made:
        yield made


def test_a_hundred_times_in_a_row(camera):
    with simulating("sdt") as reader:
        choices = (
            Choice(Kind.CARD_READER, "sdt", reader.address),
            Choice(Kind.CAMERA, "opencv", camera.address),
        )
        kept = tuple(KeptDevice[Any](each, lambda: None) for each in choices)
        supervisor = Supervisor(
            kept,
            watching=lambda told, paths: PlugWatch(told, paths, nodes=(), monitor=False, poll_seconds=0.1),
        )
        sight = Sight(kept[1], Networks)  # type: ignore[arg-type]
        supervisor.start()
        sight.start()
        took: dict[str, list[float]] = {"card_reader": [], "camera": []}
        before: tuple[int, int, float] | None = None
        try:
            for each in kept:
                until(each, Health.HEALTHY, 20)
            for time_no in range(TIMES):
                reader.handle.unplug()
                camera.unplug()
                for each in kept:
                    until(each, Health.LOST, BACK_SECONDS)
                camera.replug()
                reader.handle.replug()
                plugged = time.monotonic()
                for each in kept:
                    took[each.choice.called].append(until(each, Health.HEALTHY, BACK_SECONDS, plugged))
                assert kept[0].get().wait_for_card(2.0)
                _next_picture(sight)
                if time_no == WARM:
                    gc.collect()
                    before = (descriptors(), threading.active_count(), megabytes())
            gc.collect()
            assert before is not None
            after = (descriptors(), threading.active_count(), megabytes())
            print(f"descriptors, threads, megabytes: {before} {after}")
            assert after[0] <= before[0] + SPARE_DESCRIPTORS
            assert after[1] <= before[1]
            assert after[2] <= before[2] + SPARE_MEGABYTES
        finally:
            sight.close()
            supervisor.close()
    for name, times in took.items():
        print(f"{name}: back after {np.median(times):.2f} s (median), {max(times):.2f} s at most")
