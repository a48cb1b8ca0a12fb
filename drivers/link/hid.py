"""A byte pipe over HID reports of 64 bytes, by hidapi: each report is handed on as it is.

`send` fills the last report with zeros. What a maker wraps into the reports is his protocol's affair.
"""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.errors import Busy, DeviceError, Missing, Refused, TimedOut, Unsupported
from drivers.link.usb import UDEV_RULES

REPORT = 64
"""Bytes of one report, without its number."""

_NUMBER = b"\0"
"""Report number of devices that have but one kind."""
_ADDRESS = re.compile(r"hid:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.+))?")
_VENDOR_PAGE = 0xFF00
_DRAINS = 128
_apis: list[Any] = []


@dataclass(frozen=True, slots=True)
class HidId:
    """One interface seen, not opened."""

    vendor: int
    product: int
    path: str
    name: str
    own_reports: bool
    """True when its reports are the maker's own, not those of a keyboard, mouse …"""


class HidPipe:
    """One HID interface, ``hid:VID:PID[:PATH]``."""

    def __init__(self, address: str, topic: str) -> None:
        self._address = address
        self._topic = topic
        self._device: Any = None
        try:
            self._api = _api()
        except ImportError as error:
            raise Unsupported(f"{topic}.not_a_port", address, reason="hidapi is not installed") from error
        self._seen = self._find()
        device = self._api.device()
        try:
            device.open_path(self._seen.path.encode())
        except (OSError, ValueError) as error:
            raise self._opening_error(device, error) from error
        self._device = device

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._address

    def send(self, data: bytes) -> None:
        """Write all of `data`, in as many reports as it takes."""
        with self._live() as device:
            for at in range(0, len(data), REPORT):
                report = _NUMBER + data[at : at + REPORT].ljust(REPORT, b"\0")
                if device.write(report) < 0:
                    if self._present():
                        raise TimedOut(f"{self._topic}.silent", self._address, reason="write")
                    raise OSError("write error")

    def receive(self, seconds: float) -> bytes:
        """The next report; empty when none came within `seconds`."""
        with self._live() as device:
            # No time at all would mean for ever.
            return bytes(device.read(REPORT, max(1, round(seconds * 1000))))

    def purge(self) -> None:
        """Forget the reports that have come."""
        for _ in range(_DRAINS):
            if not self.receive(0):
                return

    def check(self) -> None:
        """Raise `Missing` when the device has gone."""
        with self._live():
            if not self._present():
                raise OSError("not on the bus")

    def set_rate(self, rate: int) -> None:
        """HID has no rate."""

    def close(self) -> None:
        """Release the device. Safe twice; never raises."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError, ValueError):
                device.close()

    @contextlib.contextmanager
    def _live(self) -> Iterator[Any]:
        if self._device is None:
            raise Missing(f"{self._topic}.unplugged", self._address, reason="closed")
        try:
            yield self._device
        except (OSError, ValueError) as error:
            self.close()
            raise Missing(f"{self._topic}.unplugged", self._address, reason=str(error)) from error

    def _present(self) -> bool:
        if self._seen.path.startswith("/dev/"):
            return Path(self._seen.path).exists()
        return any(each.path == self._seen.path for each in _seen(self._api))

    def _find(self) -> HidId:
        asked = _ADDRESS.fullmatch(self._address)
        if asked is None:
            raise Unsupported(f"{self._topic}.not_a_port", self._address, reason="hid:VID:PID expected")
        vendor, product, path = int(asked[1], 16), int(asked[2], 16), asked[3]
        for each in _seen(self._api):
            if (each.vendor, each.product) == (vendor, product) and path in {None, each.path}:
                return each
        raise Missing(f"{self._topic}.unplugged", self._address, reason="not on the bus")

    def _opening_error(self, device: Any, error: Exception) -> DeviceError:
        """hidapi gives no number, only words, and not those everywhere."""
        said = str(error).lower()
        with contextlib.suppress(OSError, ValueError):
            said += str(device.error()).lower()
        if not self._present():
            return Missing(f"{self._topic}.unplugged", self._address, reason=said)
        if "busy" in said:
            return Busy(f"{self._topic}.busy", self._address, reason=said)
        return Refused(f"{self._topic}.permission", self._address, reason=said, remedy=f"udev: {UDEV_RULES}")


def hid_devices() -> list[HidId]:
    """The HID interfaces of this machine; none is opened, no error leaves."""
    try:
        return _seen(_api())
    except (ImportError, OSError):
        return []


@contextlib.contextmanager
def hid_by(api: Any) -> Iterator[None]:
    """Use `api` in place of hidapi (`enumerate` and `device`) meanwhile: simulated devices."""
    _apis.append(api)
    try:
        yield
    finally:
        _apis.remove(api)


def _api() -> Any:
    """hidapi over the kernel's hidraw where it has that, or else over libusb."""
    if _apis:
        return _apis[-1]
    try:
        return importlib.import_module("hidraw")
    except ImportError:
        return importlib.import_module("hid")


def _seen(api: Any) -> list[HidId]:
    return [
        HidId(
            vendor=each["vendor_id"],
            product=each["product_id"],
            path=each["path"].decode(),
            name=each.get("product_string") or "",
            own_reports=each.get("usage_page", 0) >= _VENDOR_PAGE,
        )
        for each in api.enumerate()
    ]
