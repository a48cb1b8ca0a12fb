"""Where readers may be: serial ports, and USB and HID devices by their descriptors; nothing is opened."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from serial.tools import list_ports

from drivers.api import Found
from drivers.link.hid import hid_devices
from drivers.link.usb import usb_devices

BY_PATH = Path("/dev/serial/by-path")
KNOWN_USB = frozenset({(0x0400, 0xC35A), (0x0483, 0x5652)})
"""Vendor and product of security modules, as several makers' readers have them (spec §1)."""


def candidates(driver: str) -> list[Found]:
    """Addresses at which `driver` may find a reader. Any serial port or maker's own HID may be one."""
    return [Found(driver, address, label) for address, label in (*_usb(), *_hid(), *_serial())]


def _serial() -> list[tuple[str, str]]:
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    return [(_stable(port.device), f"Serial port ({port.description})") for port in ports]


def _stable(device: str) -> str:
    """The name by the socket it is plugged into, which stays when it is plugged in again, if it has one."""
    real = Path(device)
    return next((str(link) for link in sorted(BY_PATH.glob("*")) if link.resolve() == real), device)


def _usb() -> list[tuple[str, str]]:
    seen = [each for each in usb_devices() if each.split or (each.vendor, each.product) in KNOWN_USB]
    alike = Counter((each.vendor, each.product) for each in seen)
    found = []
    for each in seen:
        address = f"usb:{each.vendor:04x}:{each.product:04x}"
        # The place changes with every plugging, so it is named only where the numbers do not suffice.
        if alike[each.vendor, each.product] > 1:
            address += f":{each.bus}-{each.place}"
        found.append((address, f"USB security module ({each.vendor:04X}:{each.product:04X})"))
    return found


def _hid() -> list[tuple[str, str]]:
    return [
        (f"hid:{each.vendor:04x}:{each.product:04x}:{each.path}", f"HID device ({each.name or 'no name'})")
        for each in hid_devices()
        if each.own_reports
    ]
