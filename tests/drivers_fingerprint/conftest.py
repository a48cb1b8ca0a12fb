"""A simulated EF01 module with short limits, and a person before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.fingerprint.settings import Ef01Settings
from drivers.sim.handle import Simulated
from tests.drivers_fingerprint.people import HURRIED

Opener = Callable[..., Ef01Sensor]


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulated]]:
    """Starts a module with the given arguments; ends what it started."""
    started: list[Simulated] = []

    def start(*arguments: str) -> Simulated:
        words = ["--link", "{folder}/port", "--work-ms", "5", "--wire-rate", "2000000", *arguments]
        started.append(Simulated("drivers.fingerprint.ef01_simulator", words))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def shared_module() -> Iterator[Simulated]:
    arguments = ["--link", "{folder}/port", "--work-ms", "5", "--wire-rate", "2000000"]
    with Simulated("drivers.fingerprint.ef01_simulator", arguments) as simulated:
        yield simulated


@pytest.fixture
def module(shared_module: Simulated) -> Simulated:
    """An R30x, powered up anew, nobody's finger on it."""
    shared_module.clear()
    shared_module.unplug()
    shared_module.replug()
    shared_module.tell("lift")
    return shared_module


@pytest.fixture
def open_sensor() -> Iterator[Opener]:
    """Opens the driver with short limits; closes what it opened."""
    opened: list[Ef01Sensor] = []

    def open_(module: Simulated, **options: Any) -> Ef01Sensor:
        settings = Ef01Settings.model_validate({**HURRIED, **options})
        opened.append(Ef01Sensor.open(module.address, settings))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
