"""A simulated near-infrared camera, and the driver opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pydantic.fields  # noqa: F401  before PySide6: its import hook breaks the lazy import later
import pytest

from drivers.registry import open_device
from drivers.sim.handle import Simulated


@pytest.fixture(scope="module")
def shared_camera() -> Iterator[Simulated]:
    with Simulated("drivers.iris.simulator") as running:
        yield running


@pytest.fixture
def eye_camera(shared_camera: Simulated) -> Simulated:
    """The process, plugged in, a left eye before it."""
    shared_camera.clear()
    shared_camera.replug()
    return shared_camera


@pytest.fixture
def opened(eye_camera: Simulated) -> Iterator[Callable[..., Any]]:
    """Opens the driver on the simulated camera or another address; closes it at the end."""
    devices: list[Any] = []

    def opener(address: str = "", **options: object) -> Any:
        devices.append(open_device("iris-camera", address or eye_camera.address, options))
        return devices[-1]

    yield opener
    for device in devices:
        device.close()
