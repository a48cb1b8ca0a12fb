"""Keeps each chosen device open; reopens it after a loss; says healthy, or why not; logs each change once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from drivers.api import About, Device, Kind
from drivers.errors import DeviceError, Missing, Retry
from drivers.registry import open_device
from terminal.view import DeviceView, Health

log = structlog.get_logger(__name__)
D = TypeVar("D", bound=Device)
REOPEN_SECONDS = 1.0
"""Pause between two attempts to open a device that is not there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which device to use: driver, address and the driver's own options."""

    kind: Kind
    driver: str
    address: str
    options: Mapping[str, object] = field(default_factory=dict)


class KeptDevice(Generic[D]):
    """One device, used from one thread at a time; its health may be asked from any."""

    def __init__(self, choice: Choice, changed: Callable[[], None]) -> None:
        self.choice = choice
        self._changed = changed
        self._lock = threading.RLock()
        self._device: D | None = None
        self.about: About | None = None
        """Who the device last said it is; kept after a loss."""
        self._code: str | None = None
        self._health = Health.OPENING
        self._tried = float("-inf")
        self._last_error: DeviceError | None = None

    def get(self) -> D:
        """The open device, opened now if need be; `DeviceError` when it cannot be had."""
        with self._lock:
            if self._device is None:
                self._device = self._open()
            return self._device

    def _open(self) -> D:
        if self._last_error is not None and time.monotonic() - self._tried < REOPEN_SECONDS:
            raise self._last_error
        self._tried = time.monotonic()
        try:
            device: D = open_device(self.choice.driver, self.choice.address, self.choice.options)
        except DeviceError as error:
            self._last_error = error
            self._set(Health.LOST, error)
            raise
        self._last_error = None
        self.about = device.about
        self._set(Health.HEALTHY, None)
        return device

    def lost(self, error: DeviceError) -> None:
        """Report an error met in use; a dead device is closed so that the next `get` opens it anew."""
        if isinstance(error, Retry):
            return
        with self._lock:
            self._set(Health.LOST, error)
            if isinstance(error, Missing):
                self._last_error = error
                self._tried = time.monotonic()
            self._drop()

    def ready(self) -> bool:
        """Try to have it open; True when it is."""
        try:
            self.get()
        except DeviceError:
            return False
        return True

    def view(self) -> DeviceView:
        """For the status strip."""
        about = self.about
        label = about.model if about is not None and about.model else self.choice.driver
        simulated = about is not None and about.simulated
        return DeviceView(self.choice.kind.value, label, self._health, self._code, simulated)

    def close(self) -> None:
        """Release the device for good."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def _set(self, health: Health, error: DeviceError | None) -> None:
        code = error.code if error else None
        if (health, code) == (self._health, self._code):
            return
        known_before = self._health is not Health.OPENING
        self._health, self._code = health, code
        if error is not None:
            log.warning("device.lost", device=self.choice.driver, kind=self.choice.kind, code=code)
        elif known_before:
            log.info("device.back", device=self.choice.driver, kind=self.choice.kind)
        self._changed()
