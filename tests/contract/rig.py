"""A rig: one driver on one transport before its simulator, with what the conformance suite may do to it.

Each file of ``tests/contract/rigs`` offers ``RIGS``; the suite runs every promise over every rig.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from drivers.errors import DeviceError
from drivers.registry import open_device


@dataclass(frozen=True)
class Injected:
    """A fault, how to bring it about, and what the driver must make of it."""

    name: str
    inject: Callable[[Any], None]
    """Called with the bench after opening (or before, when `at_open`)."""
    error: type[DeviceError]
    """The exact class."""
    code: str
    at_open: bool = False
    """The fault shows when the device is opened."""
    seconds: float = 12.0
    """Longest time until the error is out."""


@dataclass
class Bench:
    """One simulated device, plugged in."""

    address: str
    options: Mapping[str, object]
    prepare: Callable[[], None]
    """Make the next `work` succeed: card down, finger on, paper in."""
    work: Callable[[Any], object]
    """Do the device's main job once with the opened device; raises what the driver raises."""
    unplug: Callable[[], None] | None
    """None where the transport cannot be unplugged."""
    replug: Callable[[], None] | None
    sim: Any = None
    """The simulator's handle, for `Injected.inject`."""


@dataclass(frozen=True)
class Rig:
    """One driver × one transport."""

    driver: str
    transport: str
    start: Callable[[], AbstractContextManager[Bench]]
    faults: tuple[Injected, ...] = ()
    needs: Callable[[], str] = field(default=lambda: "")
    """Why it cannot run here; empty when it can."""
    opens: Callable[[str, str, Mapping[str, object]], Any] = open_device
    """How the device is opened: driver, address, options."""

    def __str__(self) -> str:
        return f"{self.driver}-{self.transport}"
