"""Opens the bulk pipes of a USB device by PyUSB, found by its descriptors (spec id_reader_protocol §1).

Four bulk pipes 02 06 81 85 → each frame in two parts; one bulk pair → a byte stream in 64-byte packets.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from drivers.errors import Busy, DeviceError, Missing, Refused, Unsupported
from drivers.link.pipe import Pipe
from drivers.link.usb_split import PIPES, SplitPipe
from drivers.link.usb_transfer import Transfers, release

UDEV_RULES = "drivers/udev/70-renzheng-card-readers.rules"
"""What an administrator installs when permission is refused."""

_ADDRESS = re.compile(r"usb:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(?:(\d+)-(\d+)|(.+)))?")
_IN = 0x80
_BULK = 2
_TRANSFER_TYPE = 3
_backends: list[Any] = []


@dataclass(frozen=True, slots=True)
class UsbId:
    """One device seen on the bus, not opened."""

    vendor: int
    product: int
    bus: int
    place: int
    split: bool
    """True when it has the four pipes of the security module."""


@dataclass(frozen=True, slots=True)
class _Way:
    """The interface to claim and its bulk pipes: both 0 stands for the four of the split."""

    interface: int
    out: int
    back: int
    packet: int
    """Bytes of the largest packet that comes in."""


class StreamPipe:
    """A `Pipe` over one bulk pair."""

    def __init__(self, transfers: Transfers, out: int, back: int) -> None:
        self._transfers = transfers
        self._out = out
        self._back = back

    @property
    def address(self) -> str:
        """As it was asked for."""
        return self._transfers.address

    def send(self, data: bytes) -> None:
        """Write all of `data`."""
        self._transfers.write(self._out, data)

    def receive(self, seconds: float) -> bytes:
        """What has come; empty when nothing came within `seconds`."""
        return self._transfers.read(self._back, seconds)

    def purge(self) -> None:
        """Forget what has come."""
        self._transfers.drain(self._back)

    def check(self) -> None:
        """Raise `Missing` when the device has gone."""
        self._transfers.check()

    def set_rate(self, rate: int) -> None:
        """USB has no rate."""

    def close(self) -> None:
        """Release the device. Safe twice; never raises."""
        self._transfers.close()


def open_usb(address: str, topic: str) -> Pipe:
    """The pipe to ``usb:VID:PID[:BUS-ADDRESS or :SERIAL]``. Raises as `drivers.link.opening.open_pipe`."""
    try:
        import usb.core
    except ImportError as error:
        raise Unsupported(f"{topic}.not_a_port", address, reason="PyUSB is not installed") from error
    try:
        device = _find(address, topic)
        way = _way(device)
        if way is None:
            raise Unsupported(f"{topic}.not_a_port", address, reason="no bulk pipes")
        _claim(device, way.interface)
    except usb.core.NoBackendError as error:
        raise Unsupported(f"{topic}.not_a_port", address, reason="libusb is not installed") from error
    except OSError as error:
        raise _opening_error(error, address, topic) from error
    transfers = Transfers(device, way.interface, way.packet, address, topic)
    return StreamPipe(transfers, way.out, way.back) if way.out else SplitPipe(transfers)


def usb_devices() -> list[UsbId]:
    """The devices on the bus that have bulk pipes fit for a pipe; none is opened, no error leaves."""
    try:
        import usb.core

        seen = list(usb.core.find(find_all=True, backend=_backend()))
    except (ImportError, ValueError, OSError):
        return []
    found = []
    for device in seen:
        with contextlib.suppress(OSError):
            way = _way(device)
            if way is not None:
                place = (device.bus or 0, device.address or 0)
                found.append(UsbId(device.idVendor, device.idProduct, *place, split=not way.out))
    return sorted(found, key=lambda each: (each.bus, each.place))


@contextlib.contextmanager
def usb_by(backend: Any) -> Iterator[None]:
    """Use `backend` (a `usb.backend.IBackend`) in place of libusb meanwhile: simulated devices."""
    _backends.append(backend)
    try:
        yield
    finally:
        _backends.remove(backend)


def _backend() -> Any:
    """What PyUSB works with. Raises its `NoBackendError` where there is no libusb."""
    import usb.core

    backend = _backends[-1] if _backends else _libusb()
    if backend is None:
        raise usb.core.NoBackendError("no libusb")
    return backend


@cache
def _libusb() -> Any:
    """Looked for once: where it is absent, looking runs other programs each time."""
    from usb.backend import libusb1

    return libusb1.get_backend()


def _find(address: str, topic: str) -> Any:
    import usb.core

    asked = _ADDRESS.fullmatch(address)
    if asked is None:
        raise Unsupported(f"{topic}.not_a_port", address, reason="usb:VID:PID expected")
    vendor, product, bus, place, serial = asked.groups()
    wanted: dict[str, int] = {"idVendor": int(vendor, 16), "idProduct": int(product, 16)}
    if bus is not None:
        wanted |= {"bus": int(bus), "address": int(place)}
    seen = list(usb.core.find(find_all=True, backend=_backend(), **wanted))
    for device in sorted(seen, key=lambda each: (each.bus or 0, each.address or 0)):
        if serial is None or _serial_of(device) == serial:
            return device
    raise Missing(f"{topic}.unplugged", address, reason="not on the bus")


def _serial_of(device: Any) -> str | None:
    import usb.util

    try:
        return str(device.serial_number)
    except ValueError:  # No permission to read it.
        raise PermissionError(errno.EACCES, "serial number") from None
    finally:
        usb.util.dispose_resources(device)


def _way(device: Any) -> _Way | None:
    """Which interface and pipes to use, from the descriptors alone."""
    for configuration in device:
        for interface in configuration:
            bulk = [end for end in interface if end.bmAttributes & _TRANSFER_TYPE == _BULK]
            numbers = {end.bEndpointAddress for end in bulk}
            out, back = [e for e in numbers if not e & _IN], [e for e in numbers if e & _IN]
            packet = max((e.wMaxPacketSize for e in bulk if e.bEndpointAddress & _IN), default=0)
            if not packet:
                continue
            if numbers >= PIPES:
                return _Way(interface.bInterfaceNumber, 0, 0, packet)
            if len(out) == len(back) == 1:
                return _Way(interface.bInterfaceNumber, out[0], back[0], packet)
    return None


def _claim(device: Any, interface: int) -> None:
    import usb.core
    import usb.util

    try:
        # RuntimeError: a platform that knows no kernel drivers for USB devices.
        with contextlib.suppress(RuntimeError):
            if device.is_kernel_driver_active(interface):
                device.detach_kernel_driver(interface)
        try:
            device.get_active_configuration()
        except usb.core.USBError as error:
            # Setting it again would reset a device that another program may be using.
            if error.errno not in {None, errno.ENOENT}:
                raise
            device.set_configuration()
        usb.util.claim_interface(device, interface)
    except OSError:
        release(device, interface)
        raise


def _opening_error(error: OSError, address: str, topic: str) -> DeviceError:
    if error.errno in {errno.EACCES, errno.EPERM}:
        return Refused(f"{topic}.permission", address, errno=error.errno, remedy=f"udev: {UDEV_RULES}")
    if error.errno == errno.EBUSY:
        return Busy(f"{topic}.busy", address, errno=error.errno)
    return Missing(f"{topic}.unplugged", address, errno=error.errno or 0)
