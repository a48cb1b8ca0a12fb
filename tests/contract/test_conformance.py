"""Every driver on every transport keeps the promises of `drivers.api` before its simulator, with faults."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.api import About, Can, Found, Grade
from drivers.errors import DeviceError, Missing, Retry, Unsupported
from drivers.registry import entry, known, open_device
from tests.contract.all_rigs import all_rigs, our_drivers
from tests.contract.rig import Bench, Injected, Rig

ROOT = Path(__file__).resolve().parents[2]
SDKS = ("usb", "hid", "smartcard", "linuxpy", "pyudev", "sounddevice", "escpos", "jeepney")
BACK_SECONDS = 5.0
"""A device must be usable again this soon after it was plugged in."""
PROBE_SECONDS = 3.0
NONSENSE = "nonsense:/does/not/exist"
SPARE_DESCRIPTORS = 2

RIGS = all_rigs()
DRIVERS = sorted(
    name for name, each in known().items() if not each.implementation.__module__.startswith("tests.")
)
FIRST = {rig.driver: rig for rig in reversed(RIGS)}
"""Of each driver, the transport tried in full every day; the others' faults and cables are slow tests."""
ALIKE = {"sbi-face", "sbi-iris"}
"""They share all that can fail with ``sbi-finger``."""
FAULTS = [(rig, fault) for rig in RIGS for fault in rig.faults]
every_rig = pytest.mark.parametrize("rig", RIGS, ids=str)


def _marks(rig: Rig) -> Any:
    return () if rig is FIRST[rig.driver] and rig.driver not in ALIKE else pytest.mark.slow


every_cable = pytest.mark.parametrize("rig", [pytest.param(rig, marks=_marks(rig)) for rig in RIGS], ids=str)


@contextmanager
def started(rig: Rig) -> Iterator[Bench]:
    """The rig's simulator, running; skips where it cannot be."""
    reason = rig.needs()
    if reason:
        pytest.skip(reason)
    with rig.start() as bench:
        yield bench


@contextmanager
def opened(rig: Rig, bench: Bench) -> Iterator[Any]:
    """The device, closed at the end whatever happened."""
    device = rig.opens(rig.driver, bench.address, bench.options)
    try:
        yield device
    finally:
        device.close()


def reopened(rig: Rig, bench: Bench) -> Any:
    """The device once it can be opened again, `BACK_SECONDS` at most."""
    ends = time.monotonic() + BACK_SECONDS
    while True:
        try:
            return rig.opens(rig.driver, bench.address, bench.options)
        except DeviceError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


def worked(rig: Rig, bench: Bench, device: Any) -> None:
    """The main job succeeds within `BACK_SECONDS`, if need be with the device opened anew."""
    ends = time.monotonic() + BACK_SECONDS
    while True:
        bench.prepare()
        try:
            bench.work(device)
            return
        except DeviceError:
            if time.monotonic() > ends:
                raise
        finally:
            device.close()
        device = reopened(rig, bench)


def eventually_missing(ask: Callable[[], object], seconds: float) -> DeviceError:
    """The error that ends the device; a person's `Retry` or a wait without result may come before it."""
    ends = time.monotonic() + seconds
    while True:
        try:
            ask()
        except Retry:
            pass
        except DeviceError as error:
            return error
        assert time.monotonic() < ends, "the loss was not noticed"
        time.sleep(0.02)


def test_every_driver_of_ours_has_a_rig():
    assert our_drivers() - {rig.driver for rig in RIGS} == set()


def test_at_least_thirty_faults_are_injected():
    assert len({(rig.driver, fault.name) for rig, fault in FAULTS}) >= 30


@pytest.mark.parametrize("name", DRIVERS)
def test_a_probe_is_quick_and_silent(name, capfd):
    item = entry(name)
    began = time.monotonic()
    try:
        found = item.implementation.probe(item.settings())
    except DeviceError:
        found = []
    assert time.monotonic() - began < PROBE_SECONDS
    assert all(isinstance(each, Found) and each.driver == name for each in found)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_explains_itself(name):
    item = entry(name)
    assert item.summary.endswith(".")
    assert item.addresses
    assert all(field.description for field in item.settings.model_fields.values())
    assert item.settings.model_config.get("extra") == "forbid"
    if name in our_drivers():
        assert item.grade in (Grade.SIMULATED, Grade.PROTOCOL_TESTED), "no real device was tried yet"


@pytest.mark.parametrize("name", DRIVERS)
def test_a_misspelt_option_is_named(name):
    with pytest.raises(Unsupported) as caught:
        open_device(name, NONSENSE, {"no_such_option": 1})
    assert caught.value.code == "driver.bad_option"
    assert caught.value.facts["key"] == "no_such_option"


@pytest.mark.parametrize("name", DRIVERS)
def test_an_address_that_is_none_is_a_device_error(name):
    began = time.monotonic()
    with pytest.raises(DeviceError) as caught:
        open_device(name, NONSENSE, {}).close()
    assert not isinstance(caught.value, Retry)
    assert time.monotonic() - began < BACK_SECONDS


def test_drivers_are_listed_without_their_makers_software():
    script = (
        "import sys\n"
        f"for name in {SDKS!r}: sys.modules[name] = None\n"
        "from drivers.registry import known\n"
        "print(*known())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(done.stdout.split("\n")[-2].split()) == set(DRIVERS)


@every_rig
def test_it_opens_works_and_closes(rig):
    with started(rig) as bench, opened(rig, bench) as device:
        assert isinstance(device.about, About)
        assert device.about.driver == rig.driver
        assert device.about.address
        assert isinstance(device.can, Can)
        device.check()
        bench.prepare()
        bench.work(device)
        assert device.about.simulated, "a simulator must be known as one"
        device.close()
        device.close()
        with pytest.raises(DeviceError) as caught:
            device.check()
        assert type(caught.value) is Missing


@every_cable
def test_pulling_the_cable_is_noticed_in_work(rig):
    with started(rig) as bench:
        if bench.unplug is None or bench.replug is None:
            pytest.skip("this transport has no cable")
        with opened(rig, bench) as device:
            bench.prepare()
            bench.work(device)
            bench.prepare()
            bench.unplug()
            error = eventually_missing(lambda: bench.work(device), 10)
            assert type(error) is Missing
            assert type(eventually_missing(lambda: bench.work(device), 1)) is Missing, (
                "a dead object stays dead"
            )
        bench.replug()
        again = reopened(rig, bench)
        try:
            bench.prepare()
            bench.work(again)
        finally:
            again.close()


@every_cable
def test_pulling_the_cable_is_noticed_while_idle(rig):
    with started(rig) as bench:
        if bench.unplug is None or bench.replug is None:
            pytest.skip("this transport has no cable")
        with opened(rig, bench) as device:
            bench.unplug()
            assert type(eventually_missing(device.check, 5)) is Missing
        with pytest.raises(DeviceError):
            rig.opens(rig.driver, bench.address, bench.options).close()
        bench.replug()
        reopened(rig, bench).close()


@pytest.mark.parametrize(
    ("rig", "fault"),
    [pytest.param(rig, fault, id=f"{rig}-{fault.name}", marks=_marks(rig)) for rig, fault in FAULTS],
)
def test_a_fault_is_named_and_survived(rig: Rig, fault: Injected):
    with started(rig) as bench:
        device = None
        if fault.at_open:
            fault.inject(bench)
            began = time.monotonic()
            with pytest.raises(DeviceError) as caught:
                device = rig.opens(rig.driver, bench.address, bench.options)
        else:
            device = rig.opens(rig.driver, bench.address, bench.options)
            bench.prepare()
            fault.inject(bench)
            began = time.monotonic()
            with pytest.raises(DeviceError) as caught:
                bench.work(device)
        took = time.monotonic() - began
        try:
            assert (type(caught.value), caught.value.code) == (fault.error, fault.code)
            assert took < fault.seconds
            _clear(bench)
            device = device or reopened(rig, bench)
            worked(rig, bench, device)
        finally:
            if device is not None:
                device.close()


@pytest.mark.slow
@every_rig
def test_nothing_leaks(rig):
    with started(rig) as bench:
        _once(rig, bench)
        before = _descriptors(), threading.active_count()
        for _ in range(5):
            _once(rig, bench)
        gc.collect()
        ends = time.monotonic() + BACK_SECONDS
        while _grown(before) and time.monotonic() < ends:
            time.sleep(0.05)
        assert not _grown(before), f"{before} became {_descriptors(), threading.active_count()}"


def _once(rig: Rig, bench: Bench) -> None:
    device = reopened(rig, bench)
    try:
        bench.prepare()
        bench.work(device)
    finally:
        device.close()


def _grown(before: tuple[int, int]) -> bool:
    descriptors, threads = before
    return _descriptors() > descriptors + SPARE_DESCRIPTORS or threading.active_count() > threads


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counts without opening one a file


def _clear(bench: Bench) -> None:
    if hasattr(bench.sim, "clear"):
        bench.sim.clear()
    if bench.replug is not None:
        bench.replug()
