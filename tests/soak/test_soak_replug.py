"""Every device pulled and plugged in a hundred times in a row, idle and in work: soon back, nothing grows."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest

from drivers.errors import DeviceError
from drivers.registry import entry
from drivers.watch import PlugWatch, path_of
from terminal.choice import Choice
from terminal.devices import KeptDevice
from terminal.sight import Sight
from terminal.simulators import RECIPES
from terminal.supervisor import Supervisor
from terminal.view import Health
from tests.contract.all_rigs import benches, our_drivers, with_cables
from tests.contract.rig import Bench

TIMES = 100
BACK_SECONDS = 5.0
WARM = 40
"""Rounds before counting begins: caches fill, allocators settle."""
SPARE_DESCRIPTORS = 2
SPARE_MEGABYTES = 5.0
BEGUN_SECONDS = 0.1
"""At most so long after a call began the plug is pulled."""
ALONE_EVERY = 10
"""So often those without a path are plugged in first: nothing but looking again tells that they are back."""
ENDED_SECONDS = 15.0
"""Longest time for a call whose device was pulled; many wait for a person meanwhile."""
SEEN = "opencv"
"""The camera that is read all the time."""
NO_CABLE = {"camera-virtual"}
"""A picture on this machine; its loss in a case is tried in tests/terminal."""
HANDS = "hand"
"""How the threads of this test are called."""
RIGS = {name: rig for name, rig in with_cables().items() if not rig.needs()}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Networks:
    """Sight needs none here."""

    def warm_up(self) -> None:
        """Ready."""

    def close(self) -> None:
        """Nothing to close."""


class Device:
    """One kept device before its simulator."""

    def __init__(self, name: str, bench: Bench) -> None:
        self.name = name
        self.bench = bench
        choice = Choice(entry(name).kind, name, bench.address, bench.options, name)
        self.kept = KeptDevice[Any](choice, lambda: None)
        self.took: list[float] = []
        self.broken_off = 0
        """Calls that the loss ended."""

    def until(self, health: Health, began: float) -> float:
        """Wait for it; seconds since `began`."""
        while self.kept.view().health is not health:
            late = time.monotonic() - began
            assert late < BACK_SECONDS, f"{self.name}: not {health} in {BACK_SECONDS} s: {self.kept.view()}"
            time.sleep(0.002)
        return time.monotonic() - began

    def work(self) -> None:
        """Its main job, which may be broken off."""
        try:
            self.bench.prepare()
            self.bench.work(self.kept.get())
        except (DeviceError, AssertionError):
            self.broken_off += 1


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


class Allocated(ctypes.Structure):
    """mallinfo2 of the GNU C library, malloc.h: sums over everything that was allocated."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def megabytes() -> float:
    """Allocated and not freed.

    The size of the process is no measure: threads that come and go leave it holes that it fills only slowly.
    """
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = Allocated
    now = ask()
    return (now.uordblks + now.hblkhd) / 2**20


def threads() -> int:
    return sum(not each.name.startswith(HANDS) for each in threading.enumerate())


def grown() -> tuple[int, int, float]:
    """Descriptors, threads and megabytes now."""
    gc.collect()
    return descriptors(), threads(), megabytes()


def settled(before: tuple[int, int, float]) -> tuple[int, int, float]:
    """The same, once what is on its way out has gone."""
    ends = time.monotonic() + BACK_SECONDS
    while time.monotonic() < ends:
        now = grown()
        if now[0] <= before[0] and now[1] <= before[1]:
            break
        time.sleep(0.05)
    return now


def next_picture(sight: Sight) -> None:
    """A picture arrives."""
    ends = time.monotonic() + 2.0
    while sight.preview() is None:
        assert time.monotonic() < ends, "no picture after plugging in"
        time.sleep(0.005)


@contextmanager
def watched_over() -> Iterator[tuple[list[Device], Sight]]:
    """Every device that can be simulated here, supervised; pictures of one camera are read."""
    with ExitStack() as undo:
        devices = [Device(name, bench) for name, bench in undo.enter_context(benches(RIGS)).items()]
        supervisor = Supervisor(
            tuple(each.kept for each in devices),
            watching=lambda told, paths: PlugWatch(told, paths, nodes=(), monitor=False, poll_seconds=0.1),
        )
        camera = next(each.kept for each in devices if each.name == SEEN)
        sight = Sight(camera, Networks)  # type: ignore[arg-type]
        supervisor.start()
        undo.callback(supervisor.close)
        sight.start()
        undo.callback(sight.close)
        yield devices, sight


def one_round(devices: list[Device], hands: ThreadPoolExecutor, number: int) -> None:
    """Pull all, idle or in work by turns; see all lost; plug all in; see all back."""
    jobs: list[Future[None]] = []
    if number % 2:
        jobs = [hands.submit(each.work) for each in devices if each.name != SEEN]
        time.sleep(number / TIMES * BEGUN_SECONDS)
    list(hands.map(lambda each: each.bench.unplug(), devices))
    pulled = time.monotonic()
    for each in devices:
        each.until(Health.LOST, pulled)
    for job in jobs:
        job.result(ENDED_SECONDS)
    if number % ALONE_EVERY == 0:
        plug_in([each for each in devices if not path_of(each.bench.address)], hands)
        devices = [each for each in devices if path_of(each.bench.address)]
    plug_in(devices, hands)


def plug_in(devices: list[Device], hands: ThreadPoolExecutor) -> None:
    """All at once; each must be back in time."""
    plugged = time.monotonic()
    list(hands.map(lambda each: each.bench.replug(), devices))
    list(hands.map(lambda each: each.took.append(each.until(Health.HEALTHY, plugged)), devices))


def test_every_driver_and_every_simulator_is_here():
    assert our_drivers() | set(RECIPES) <= set(with_cables()) | NO_CABLE


def test_a_hundred_times_in_a_row():
    with watched_over() as (devices, sight), ThreadPoolExecutor(2 * len(RIGS), HANDS) as hands:
        for each in devices:
            each.until(Health.HEALTHY, time.monotonic() + 25)
        before = grown()
        for time_no in range(TIMES):
            one_round(devices, hands, time_no)
            next_picture(sight)
            if time_no == WARM:
                before = grown()
        after, left = settled(before), [each.name for each in threading.enumerate()]
        for each in devices:
            each.bench.prepare()
            if each.name != SEEN:
                each.bench.work(each.kept.get())
    print(f"descriptors, threads, megabytes: {before} {after}")
    for each in devices:
        often = f"{each.broken_off} calls broken off"
        print(f"{each.name}: {np.median(each.took):.2f} s (median), {max(each.took):.2f} s at most, {often}")
    assert after[0] <= before[0] + SPARE_DESCRIPTORS
    assert after[1] <= before[1], left
    assert after[2] <= before[2] + SPARE_MEGABYTES
    assert sum(each.broken_off for each in devices) > TIMES, "hardly any call was in work"
