"""A simulated service with keys that are made once, and the drivers opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydantic.fields  # noqa: F401  before PySide6: its import hook breaks the lazy import later
import pytest

from drivers.registry import open_device
from drivers.sim.handle import Simulated

MODULE = "drivers.sbi.simulator"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the simulated service's keys."""
    return tmp_path_factory.mktemp("sbi-keys")


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the root that the terminal trusts."""
    return tmp_path_factory.mktemp("sbi-roots")


@pytest.fixture(scope="module")
def shared_service(keys: Path, roots: Path) -> Iterator[Simulated]:
    with Simulated(MODULE, ["--keys", str(keys), "--roots", str(roots), "--capture-ms", "10"]) as running:
        yield running


@pytest.fixture
def service(shared_service: Simulated) -> Simulated:
    """The process, plugged in, ready and without a fault."""
    shared_service.clear()
    shared_service.replug()
    return shared_service


@pytest.fixture
def opened(service: Simulated, roots: Path) -> Iterator[Callable[..., Any]]:
    """Opens a driver on the service, with the right roots unless told otherwise; closes it at the end."""
    devices: list[Any] = []

    def opener(driver: str, **options: object) -> Any:
        address = str(options.pop("address", service.address))
        devices.append(open_device(driver, address, {"roots": str(roots), **options}))
        return devices[-1]

    yield opener
    for device in devices:
        device.close()
